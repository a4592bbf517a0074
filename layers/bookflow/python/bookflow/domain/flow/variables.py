"""Looks up variables by path in an execution's data, and their types in what a trigger declares.

A path is a chain of names with dots: `booking.start_time`, `steps.survey.output.sent_at`. A number
picks an item of a list: `event.guests.0.name`. A name behind a list means that part of every item:
`event.guests.name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal

Kind = Literal["string", "number", "money", "datetime", "boolean", "list", "object", "any"]
"""How a variable behaves in a comparison. `object` has parts but no value of its own."""

NOT_SUPPLIED = "not supplied"
"""Declared type of a variable that only other triggers supply: no extra field, but a mistake."""

MAX_PATH_LENGTH = 256

_PATH = re.compile(r"[^\s.\x00-\x1f\x7f](?:[^.\x00-\x1f\x7f]*)(?:\.[^.\x00-\x1f\x7f]+)*")

_KINDS: Mapping[str, Kind] = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "decimal": "number",
    "money": "money",
    "datetime": "datetime",
    "boolean": "boolean",
    "list": "list",
    "array": "list",
    "object": "object",
}

_MONEY_PARTS: Mapping[str, Kind] = {"amount": "number", "currency": "string"}


def is_path(path: str) -> bool:
    """Return whether a text is a well-formed path of at most 256 characters."""
    return len(path) <= MAX_PATH_LENGTH and _PATH.fullmatch(path) is not None


def values_at(scope: Mapping[str, Any], path: str) -> Sequence[Any]:
    """Return the values that a path means: one for each item where it goes through a list.

    A path that goes through no list means one value, None where nothing is. Never raises.
    """
    values: list[Any] = [scope]
    for name in path.split("."):
        values = [part for value in values for part in _parts(value, name)]
    return values


def _parts(value: Any, name: str) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return (value.get(name),)
    if not _is_list(value):
        return (None,)
    if name.isascii() and name.isdecimal() and len(name) <= 6:
        return (value[int(name)] if int(name) < len(value) else None,)
    return [item.get(name) if isinstance(item, Mapping) else None for item in value]


def kind_of(path: str, types: Mapping[str, str]) -> Kind | None:
    """Return how the variable of that path behaves, or None if nothing supplies it.

    Args:
        path: The variable.
        types: Declared type by path. An `object`, a `list` or a type that is not known here lets
            every path below it pass as `any`, since extra fields of an event are stored.
    """
    path = of_any_item(path, types)
    if path in types:
        return None if types[path] == NOT_SUPPLIED else _KINDS.get(types[path], "any")
    names = path.split(".")
    for length in range(len(names) - 1, 0, -1):
        declared = types.get(".".join(names[:length]))
        if declared is None:
            continue
        if declared == NOT_SUPPLIED:
            return None
        above = _KINDS.get(declared, "any")
        if above == "money" and length == len(names) - 1:
            return _MONEY_PARTS.get(names[-1])
        return "any" if above in ("object", "list", "any") else None
    return "object" if has_parts(path, types) else None


def of_any_item(path: str, types: Mapping[str, str]) -> str:
    """Return a part of one item, `event.guests.0.name`, as that part of any: `event.guests.name`."""
    names: list[str] = []
    parts = path.split(".")
    for place, name in enumerate(parts):
        picks = name.isascii() and name.isdecimal() and types.get(".".join(names)) == "list"
        if not picks or place == len(parts) - 1:
            names.append(name)
    return ".".join(names)


def is_of_other_triggers(path: str, types: Mapping[str, str]) -> bool:
    """Return whether only other triggers supply a variable."""
    return types.get(path) == NOT_SUPPLIED or any(
        kind == NOT_SUPPLIED and path.startswith(f"{known}.") for known, kind in types.items()
    )


def is_extra(path: str, types: Mapping[str, str]) -> bool:
    """Return whether a path names an undeclared part of an object whose known parts are declared.

    The items of a list count as such objects.

    Such a field exists only if the booking system sends it beside the known ones.
    """
    path = of_any_item(path, types)
    above, _, name = path.rpartition(".")
    if path in types or (name.isdecimal() and types.get(above) == "list"):
        return False
    while above and above not in types:
        above = above.rpartition(".")[0]
    return types.get(above) in ("object", "list") and has_parts(above, types)


def has_parts(path: str, types: Mapping[str, str]) -> bool:
    """Return whether parts of a variable, or of the items of a list, are declared."""
    return any(known.startswith(f"{path}.") for known in types)


def suggestion(path: str, types: Mapping[str, str]) -> str | None:
    """Return a question that names the most similar variable, None if none is similar."""
    known = (each for each, kind in types.items() if kind != NOT_SUPPLIED)
    similar = get_close_matches(path, known, n=1, cutoff=0.8)
    return f"Did you mean {similar[0]}?" if similar else None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))
