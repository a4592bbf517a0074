"""How values of a Python type behave in rules and texts, and a plain value of each type."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ValidationError, create_model
from pydantic.fields import FieldInfo

from bookflow.domain.flow.variables import Kind
from bookflow.domain.shared.values import Money

_PLAIN_VALUES: Mapping[Kind, Sequence[Any]] = {
    "string": (
        *("example", "e", "ex", "EUR", "en", "DE", "2027-06-10", "09:00", "Europe/Berlin"),
        *("guest@example.com", "https://example.com/", "+49 151 23456789"),
    ),
    "number": (1, 0, 10, 100, 1000, -1),
    "money": ("10.00 EUR",),
    "datetime": ("2027-06-10T09:12:00+02:00",),
    "boolean": (False, True),
    "list": ([],),
    "object": ({},),
}
"""Values of each kind; a type may accept only some of them."""


def kind_of_type(annotation: Any) -> tuple[Kind, bool]:
    """Return the kind of a field's type, and whether it admits None."""
    inner, is_optional = without_none(annotation)
    if len(inner) > 1:
        kinds = {kind_of_type(each)[0] for each in inner}
        return (kinds.pop() if len(kinds) == 1 else "any"), is_optional
    return _kind(inner[0]), is_optional


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the texts that a field's type is limited to; nothing if it takes any."""
    found: list[str] = []
    for each in without_none(annotation)[0]:
        if get_origin(each) is Literal:
            found += map(str, get_args(each))
        elif isinstance(each, type) and issubclass(each, StrEnum):
            found += (member.value for member in each)
        else:
            return ()
    return tuple(found)


def item_type(annotation: Any) -> Any:
    """Return the type of a list's items; None for what is not a list, or a list of anything."""
    for each in without_none(annotation)[0]:
        if get_origin(each) in {tuple, list}:
            return (get_args(each) or (None,))[0]
    return None


def without_none(annotation: Any) -> tuple[Sequence[Any], bool]:
    """Return the types of a union without None, and whether None was among them."""
    plain = _unannotated(annotation)
    if get_origin(plain) not in {Union, types.UnionType}:
        return (plain,), False
    parts = get_args(plain)
    return [_unannotated(each) for each in parts if each is not type(None)], type(None) in parts


def kind_of_value(value: Any) -> Kind:
    """Return the kind of a JSON value; a text is a text, whatever it says."""
    if isinstance(value, str):
        return "string"
    if value is None:
        return "any"
    return _class_kind(type(value))


def value_for(name: str, field: FieldInfo) -> Any:
    """Return a value that a field accepts: its example, or else a plain value of its type.

    Raises:
        ValueError: No plain value will do; the field needs an example.
    """
    if field.examples:
        return field.examples[0]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    accepts = create_model("Probe", **fields)
    for value in _candidates(field.annotation):
        try:
            accepts.model_validate({name: value})
        except ValidationError:
            continue
        return value
    raise ValueError(f"The field {name} needs an example: no plain value is valid for it.")


def _candidates(annotation: Any) -> Iterator[Any]:
    for each in without_none(annotation)[0]:
        if get_origin(each) is Literal:
            yield get_args(each)[0]
        elif isinstance(each, type) and issubclass(each, Enum):
            yield next(iter(each))
        elif isinstance(each, type) and issubclass(each, BaseModel) and each is not Money:
            yield {
                name: value_for(name, field)
                for name, field in each.model_fields.items()
                if field.is_required()
            }
        else:
            kind = _kind(each)
            yield from _PLAIN_VALUES.get(kind, ())
            if kind == "list":
                inner = item_type(each)
                yield from ([value] for value in _candidates(inner) if inner is not None)
    for values in _PLAIN_VALUES.values():
        yield from values


def _unannotated(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _kind(annotation: Any) -> Kind:
    origin = get_origin(annotation)
    if origin is Literal:
        return "string"
    if origin in {tuple, list}:
        return "list"
    if annotation is AwareDatetime:
        return "datetime"
    return _class_kind(annotation) if isinstance(annotation, type) else "any"


def _class_kind(kind: type) -> Kind:
    if issubclass(kind, bool):
        return "boolean"
    if issubclass(kind, Money):
        return "money"
    if issubclass(kind, (str, Enum)):
        return "string"
    if issubclass(kind, (int, float, Decimal)):
        return "number"
    if issubclass(kind, datetime):
        return "datetime"
    if issubclass(kind, (BaseModel, Mapping)):
        return "object"
    if issubclass(kind, (list, tuple)):
        return "list"
    return "any"
