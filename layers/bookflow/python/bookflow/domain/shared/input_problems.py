"""What is wrong with some input, as sentences: each fault that pydantic finds, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import IDENTIFIER_PATTERN


def shown(text: str) -> str:
    """Return an id or name as a message may show it: short, and without invisible characters."""
    start = text if len(text) <= 64 else text[:61] + "..."
    visible = (each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in start)
    return f"'{''.join(visible)}'"


def field_path(location: Sequence[int | str]) -> str:
    """Return a pydantic error's location as a path: `headers.Accept`, `cases[0].name`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


_FORMS: Mapping[str, str] = {
    IDENTIFIER_PATTERN: "Use letters, digits and . _ : @ -, a letter or digit first.",
    r"^[a-z]{1,40}$": "Use small letters only.",
    r"^[0-9a-f]{16}$": "Send it as it was given.",
    r"^[0-9a-f]{64}$": "Send it as it was given.",
    r"^[A-Z]{2}$": "Use a code of two capital letters, such as DE.",
    r"^[A-Za-z]{3}$": "Use a code of three letters, such as EUR.",
}
"""What the patterns of our models mean."""

_REASONS: Mapping[str, tuple[str, str]] = {
    "missing": ("{field} is missing.", "Fill it in."),
    "extra_forbidden": ("{field} is not a known field.", "Remove it or correct its name."),
    "string_type": ("{field} is not a text.", "Enter a text."),
    "string_too_short": ("{field} is empty or too short.", "Use {min_length} or more characters."),
    "string_too_long": ("{field} is too long.", "Use at most {max_length} characters."),
    "string_unicode": ("{field} is not Unicode.", "Enter the text again."),
    "string_pattern_mismatch": ("{field} does not have the right form.", "{form}"),
    "int_parsing_size": ("{field} is too large.", "Use a smaller number."),
    "int_type": ("{field} is not a whole number.", "Enter a whole number."),
    "int_parsing": ("{field} is not a whole number.", "Enter a whole number."),
    "int_from_float": ("{field} is not a whole number.", "Enter a whole number."),
    "float_type": ("{field} is not a number.", "Enter a number."),
    "float_parsing": ("{field} is not a number.", "Enter a number."),
    "finite_number": ("{field} is not a finite number.", "Enter a number."),
    "decimal_type": ("{field} is not a decimal number.", "Enter a number such as 12.50."),
    "decimal_parsing": ("{field} is not a decimal number.", "Enter a number such as 12.50."),
    "decimal_max_digits": ("{field} has too many digits.", "Use at most {max_digits}."),
    "decimal_max_places": ("{field} has too many decimals.", "Use at most {decimal_places}."),
    "bool_type": ("{field} is neither true nor false.", "Choose one of the two."),
    "bool_parsing": ("{field} is neither true nor false.", "Choose one of the two."),
    "greater_than_equal": ("{field} is too small.", "Use {ge} or more."),
    "greater_than": ("{field} is too small.", "Use more than {gt}."),
    "less_than_equal": ("{field} is too large.", "Use {le} or less."),
    "less_than": ("{field} is too large.", "Use less than {lt}."),
    "literal_error": ("{field} has a value that is not known.", "Use one of: {expected}."),
    "enum": ("{field} has a value that is not known.", "Use one of: {expected}."),
    "union_tag_not_found": ("{field} does not say its {discriminator}.", "Fill it in."),
    "union_tag_invalid": (
        "{field} has a {discriminator} that is not known.",
        "Use one of: {expected_tags}.",
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"),
        (
            "{field} is not a time with its offset.",
            "Write it by RFC 3339, such as 2026-12-12T10:00:00+01:00.",
        ),
    ),
    "mapping_type": ("{field} is not an object.", "Use a JSON object."),
    "dict_type": ("{field} is not an object.", "Use a JSON object."),
    "model_type": ("{field} is not an object.", "Use a JSON object."),
    "model_attributes_type": ("{field} is not an object.", "Use a JSON object."),
    "tuple_type": ("{field} is not a list.", "Use a list."),
    "list_type": ("{field} is not a list.", "Use a list."),
    "too_short": ("{field} has too few entries.", "Use at least {min_length}."),
    "too_long": ("{field} has too many entries.", "Use at most {max_length}."),
}


InputProblem = tuple[tuple[int | str, ...], str, str, str]
"""Location, type, reason and remedy of an error that pydantic found."""

MAX_PROBLEMS = 20
"""Faults that one message lists."""


@dataclass(frozen=True)
class InvalidField:
    """What is wrong with one field, which is named by its path."""

    field: str
    reason: str
    remedy: str | None = None


class FaultyInputError(InvalidInputError):
    """Input breaks a contract at one place or several; `faults` lists all of them."""

    def __init__(self, faults: Sequence[InvalidField], *, remedy: str | None = None) -> None:
        told = (
            " ".join(filter(None, [f"{each.field}:", each.reason, each.remedy]))
            for each in faults[:MAX_PROBLEMS]
        )
        super().__init__(" ".join(told), field=faults[0].field, remedy=remedy)
        self.faults = tuple(faults)


def problems_of(error: ValidationError) -> Iterator[InputProblem]:
    """Yield each fault of a model's input; see `problems_among`."""
    return problems_among(error.errors(include_url=False, include_input=False))


def problems_among(errors: Iterable[Mapping[str, Any]]) -> Iterator[InputProblem]:
    """Yield what each error says; `errors` are as `ValidationError.errors` returns them.

    The offending values themselves are never repeated: they may be secrets or personal data.
    """
    found = list(errors)
    within = {tuple(each["loc"][:-1]) for each in found}
    for each in found:
        location = tuple(each["loc"])
        if each["type"] == "too_short" and location in within:
            continue  # pydantic counts the entries that are right, and names the others as well
        name = shown(_name(location)) if location else "The value"
        known = _REASONS.get(each["type"])
        if known is None:
            reason, remedy = f"{name} is not valid: {_message(each['msg'])}.", "Correct it."
        else:
            given = each.get("ctx") or {}
            form = _FORMS.get(str(given.get("pattern")), "Correct it.")
            context: dict[str, Any] = {**given, "field": name, "form": form}
            reason, remedy = (part.format_map(context) for part in known)
        yield location, each["type"], reason, remedy


def _name(location: Sequence[int | str]) -> str:
    """Return the end of a location that a reader knows it by: `name`, or `questions[0]`."""
    start = max((at for at, part in enumerate(location) if isinstance(part, str)), default=0)
    return field_path(location[start:])


def _message(text: str) -> str:
    return text.removeprefix("Value error, ").removesuffix(".")
