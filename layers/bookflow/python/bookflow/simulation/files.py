"""Reads what a simulation is made of: exported workflows, events, and locations, from files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bookflow.domain.bookings import Location
from bookflow.domain.errors import InvalidInputError
from bookflow.domain.events import Event, parse_event
from bookflow.domain.exports import WorkflowExport


def read_workflows(path: Path) -> Mapping[str, WorkflowExport]:
    """Return the exported workflows of a file, or of all `.json` files of a folder, by file name.

    Raises:
        InvalidInputError: A file is not a workflow as exported.
        OSError: It cannot be read.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    return {
        file.stem.replace("_", "-"): _workflow(file, content)
        for file in files
        for content in _values(file)
    }


def read_events(path: Path) -> Sequence[Event]:
    """Return the events of a file: one envelope, a list of them, or one a line; or of a folder.

    Raises:
        InvalidInputError: One of them is not an event; the message says which.
        OSError: It cannot be read.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    return [
        _event(file, number, value)
        for file in files
        for number, value in enumerate(_values(file), start=1)
    ]


def read_location(path: Path) -> Location:
    """Return the location's record of a file.

    Raises:
        InvalidInputError: It is not one.
        OSError: It cannot be read.
    """
    (value,) = _values(path)
    try:
        return Location.model_validate(value)
    except ValidationError as error:
        raise _fault(path, error) from None


def _workflow(file: Path, content: Any) -> WorkflowExport:
    try:
        return WorkflowExport.model_validate(content)
    except ValidationError as error:
        raise _fault(file, error) from None


def _event(file: Path, number: int, value: Any) -> Event:
    if not isinstance(value, dict):
        raise InvalidInputError("is not an object", field=f"{file.name}, event {number}")
    try:
        return parse_event(value)
    except InvalidInputError as error:
        raise InvalidInputError(
            str(error), field=f"{file.name}, event {number}", remedy=error.remedy
        ) from None


def _values(file: Path) -> Iterator[Any]:
    """Yield the JSON values of a file: the items of a list, the lines of JSON lines, or the one."""
    text = file.read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError:
        yield from _lines(file, text)
        return
    yield from value if isinstance(value, list) else [value]


def _lines(file: Path, text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError as error:
            raise InvalidInputError(
                f"is neither JSON nor JSON lines: {error}", field=f"{file.name}, line {number}"
            ) from None


def _fault(file: Path, error: ValidationError) -> InvalidInputError:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return InvalidInputError(first["msg"], field=f"{file.name}: {place}")
