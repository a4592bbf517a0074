"""Reads what a simulation is made of: exported workflows, events, and locations, from files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from bookflow.domain.bookings.records import Location
from bookflow.domain.events import Event, parse_event
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.input_problems import valid
from bookflow.domain.workflows.export import EXPORT_FORMAT, WorkflowExport

STANDARD_INPUT = Path("-")
BYTE_ORDER_MARK = "\ufeff"
"""Editors on Windows begin UTF-8 files with it; a reader of JSON may pass over it (RFC 8259, 8.1)."""


def read_workflows(path: Path) -> Mapping[str, WorkflowExport]:
    """Return the exported workflows of a file, or of all `.json` files of a folder, by an id each.

    The ids are made of the files' names, so that the same files always have the same ids.

    Raises:
        InvalidInputError: A file is not a workflow as exported, or there is none.
        OSError: It cannot be read.
    """
    found: dict[str, WorkflowExport] = {}
    for file in _files(path):
        for content in values_of(file):
            found[_id(file.stem, found)] = _workflow(file, content)
    if not found:
        raise InvalidInputError("holds no workflow.", field=str(path), remedy=_EXPORT)
    return found


def read_events(path: Path) -> Sequence[Event]:
    """Return the events of a file: one envelope, a list of them, or one a line; or of a folder.

    Raises:
        InvalidInputError: One of them is not an event, the message says which; or there is none.
        OSError: It cannot be read.
    """
    found = [
        _event(file, number, value)
        for file in _files(path)
        for number, value in enumerate(values_of(file), start=1)
    ]
    if not found:
        raise InvalidInputError(
            "holds no event.",
            field=str(path),
            remedy="Write one envelope, a list of them, or one a line, as in events/ and "
            "docs/events.md.",
        )
    return found


def read_location(path: Path) -> Location:
    """Return the location's record of a file.

    Raises:
        InvalidInputError: It is not one.
        OSError: It cannot be read.
    """
    values = list(values_of(path))
    if len(values) != 1 or not isinstance(values[0], dict):
        raise InvalidInputError("is not one object.", field=path.name, remedy=_LOCATION)
    return valid(
        Location.model_validate,
        values[0],
        path.name,
        prefix=f"{path.name}: ",
        remedy=_LOCATION,
    )


_EXPORT = "Export the workflow from the dashboard or the API."
_LOCATION = "Write the location's record as in events: at least its id, and its time zone."


def _id(stem: str, taken: Container[str]) -> str:
    """Return an id made of a file's name, numbered where that is taken."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:100] or "workflow"
    ids = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(each for each in ids if each not in taken)


def _files(path: Path) -> Sequence[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def _workflow(file: Path, content: Any) -> WorkflowExport:
    if not isinstance(content, dict) or content.get("format") != EXPORT_FORMAT:
        raise InvalidInputError(
            f'is not an exported workflow: it has no "format": "{EXPORT_FORMAT}".',
            field=file.name,
            remedy=_EXPORT,
        )
    return valid(
        WorkflowExport.model_validate,
        content,
        file.name,
        prefix=f"{file.name}: ",
        remedy=_EXPORT,
    )


def _event(file: Path, number: int, value: Any) -> Event:
    place = f"{file.name}, event {number}"
    if not isinstance(value, dict):
        raise InvalidInputError("is not an object.", field=place)
    try:
        return parse_event(value)
    except InvalidInputError as error:
        where = error.field or ""
        message = error.message if where in error.message else f"{where} {error.message}"
        raise InvalidInputError(
            f"{message.removesuffix('.')}.", field=place, remedy=error.remedy
        ) from None


def values_of(file: Path) -> Iterator[Any]:
    """Yield the JSON values of a file: the items of a list, the lines of JSON lines, or the one."""
    try:
        text = sys.stdin.read() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
        text = text.removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError:
        raise InvalidInputError("is not text in UTF-8.", field=file.name) from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(file, text)
        return
    yield from value if isinstance(value, list) else [value]


def _lines(file: Path, text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                f"is neither JSON nor JSON lines: {error}.", field=f"{file.name}, line {number}"
            ) from None
