"""Reads a template's file: as exported, or written by hand with at least a name and its texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.input_problems import problems_of, valid
from bookflow.domain.templates.content import TemplateContent, TemplateDetails, TemplateText
from bookflow.domain.templates.export import EXPORT_FORMAT, EXPORT_FORMAT_VERSION
from bookflow.simulation.files import values_of

_EXPORT = "Export the template from the dashboard or the API, or write it as the docs say."


@dataclass(frozen=True)
class FileProblem:
    """One thing to fix in a template's file.

    Attributes:
        field: Where it is, such as `translations.fr.subject`.
        message: What is wrong and what to do.
        severity: With a warning the template can be sent all the same.
    """

    field: str
    message: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class TemplateFile:
    """What a file says.

    Attributes:
        content: The template; None if its texts have not the form of texts.
        problems: What is wrong with the file's form.
    """

    content: TemplateContent | None
    problems: tuple[FileProblem, ...]


def read_template(path: Path) -> TemplateFile:
    """Return the template of a file.

    Raises:
        InvalidInputError: It is not a template: no object, of another kind, or without a name.
        OSError: It cannot be read.
    """
    values = list(values_of(path))
    if len(values) != 1 or not isinstance(values[0], dict):
        raise InvalidInputError("is not one object.", field=path.name, remedy=_EXPORT)
    given = _without_nulls(values[0])
    _require_format(given, path.name)
    known = {*TemplateContent.model_fields, "format", "format_version"}
    unknown = [
        FileProblem(
            str(name), "No field of a template has this name: it is passed over.", "warning"
        )
        for name in given
        if name not in known
    ]
    fields = {name: value for name, value in given.items() if name in TemplateContent.model_fields}
    details = {name: fields[name] for name in TemplateDetails.model_fields if name in fields}
    valid(
        TemplateDetails.model_validate, details, path.name, prefix=f"{path.name}: ", remedy=_EXPORT
    )
    try:
        return TemplateFile(TemplateContent.model_validate(fields), tuple(unknown))
    except ValidationError as error:
        return TemplateFile(None, (*_problems(error), *unknown))


def _require_format(given: Mapping[str, Any], name: str) -> None:
    form = given.get("format", EXPORT_FORMAT)
    if form != EXPORT_FORMAT:
        raise InvalidInputError(
            f'is not an exported template: its "format" is {str(form)[:60]!r}.',
            field=name,
            remedy=_EXPORT,
        )
    version = given.get("format_version", EXPORT_FORMAT_VERSION)
    if version != EXPORT_FORMAT_VERSION:
        raise InvalidInputError(
            f"has the format_version {str(version)[:20]!r}, which is unknown.",
            field=name,
            remedy=f"This command reads version {EXPORT_FORMAT_VERSION}.",
        )


def _without_nulls(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's fields; a text that is null is one that is absent."""
    absent = {*TemplateText.model_fields, "translations", "calendar_entry"}
    fields = {name: each for name, each in given.items() if each is not None or name not in absent}
    translations = fields.get("translations")
    if isinstance(translations, dict):
        fields["translations"] = {
            tag: {name: each for name, each in text.items() if each is not None}
            if isinstance(text, dict)
            else text
            for tag, text in translations.items()
        }
    return fields


def _problems(error: ValidationError) -> Iterator[FileProblem]:
    for location, _, reason, remedy in problems_of(error):
        yield FileProblem(".".join(map(str, location)), f"{reason} {remedy}".strip())
