"""The problem: one thing that is wrong with a graph, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Severity = Literal["error", "warning"]


class Problem(BaseModel):
    """One problem of a graph.

    An error forbids publishing; a warning says what will probably surprise. A problem of the
    graph as a whole names neither node nor edge.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    node_id: str | None = Field(default=None, description="The node at fault")
    edge_id: str | None = Field(default=None, description="The edge at fault")
    field: str = Field(
        default="", description="Path inside the node or edge (or the graph), such as config.url"
    )
    reason: str = Field(description="What is wrong, as a sentence")
    remedy: str = Field(description="What to do about it, as a sentence")
    severity: Severity = "error"


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether the problems forbid publishing."""
    return any(problem.severity == "error" for problem in problems)


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


_REASONS: Mapping[str, tuple[str, str]] = {
    "missing": ("{field} is missing.", "Fill it in."),
    "extra_forbidden": ("{field} is not a known field.", "Remove it or correct its name."),
    "string_type": ("{field} is not a text.", "Enter a text."),
    "string_too_short": ("{field} is empty or too short.", "Use at least {min_length} characters."),
    "string_too_long": ("{field} is too long.", "Use at most {max_length} characters."),
    "string_pattern_mismatch": ("{field} does not have the right form.", "Correct it."),
    "int_type": ("{field} is not a whole number.", "Enter a whole number."),
    "int_parsing": ("{field} is not a whole number.", "Enter a whole number."),
    "int_from_float": ("{field} is not a whole number.", "Enter a whole number."),
    "float_type": ("{field} is not a number.", "Enter a number."),
    "float_parsing": ("{field} is not a number.", "Enter a number."),
    "finite_number": ("{field} is not a finite number.", "Enter a number."),
    "bool_type": ("{field} is neither true nor false.", "Choose one of the two."),
    "bool_parsing": ("{field} is neither true nor false.", "Choose one of the two."),
    "greater_than_equal": ("{field} is too small.", "Use {ge} or more."),
    "greater_than": ("{field} is too small.", "Use more than {gt}."),
    "less_than_equal": ("{field} is too large.", "Use {le} or less."),
    "less_than": ("{field} is too large.", "Use less than {lt}."),
    "literal_error": ("{field} has a value that is not known.", "Use one of: {expected}."),
    "enum": ("{field} has a value that is not known.", "Use one of: {expected}."),
    "mapping_type": ("{field} is not an object.", "Use a JSON object."),
    "dict_type": ("{field} is not an object.", "Use a JSON object."),
    "model_type": ("{field} is not an object.", "Use a JSON object."),
    "model_attributes_type": ("{field} is not an object.", "Use a JSON object."),
    "tuple_type": ("{field} is not a list.", "Use a list."),
    "list_type": ("{field} is not a list.", "Use a list."),
    "too_short": ("{field} has too few entries.", "Use at least {min_length}."),
    "too_long": ("{field} has too many entries.", "Use at most {max_length}."),
}


def faults_of(error: ValidationError) -> Iterator[tuple[tuple[int | str, ...], str, str, str]]:
    """Yield location, type, reason and remedy of each error that pydantic found.

    The offending values themselves are never repeated: they may be secrets or personal data.
    """
    for each in error.errors(include_url=False, include_input=False):
        location = each["loc"]
        name = shown(str(location[-1])) if location else "The value"
        known = _REASONS.get(each["type"])
        if known is None:
            reason, remedy = f"{name} is not valid: {_message(each['msg'])}.", "Correct it."
        else:
            context: dict[str, Any] = {**each.get("ctx", {}), "field": name}
            reason, remedy = (part.format_map(context) for part in known)
        yield location, each["type"], reason, remedy


def _message(text: str) -> str:
    return text.removeprefix("Value error, ").removesuffix(".")
