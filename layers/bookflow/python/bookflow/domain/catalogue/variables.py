"""The catalogue of variables that texts and rules may name, generated from the models."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from bookflow.domain.bookings.records import Activity, Booking, Customer, Location
from bookflow.domain.catalogue.samples import sample_context, sample_event
from bookflow.domain.events import event_types
from bookflow.domain.flow.variables import NOT_SUPPLIED, Kind
from bookflow.domain.shared.values import Money

_HIDDEN = frozenset(
    {
        "booking",
        "customer",
        "activity",
        "location",
        "causation_chain",
        "location_id",
        "replay_of",
        "sequence",
    }
)
"""Fields of an event that have a better name of their own, or are not for texts."""

_RECORDS: Mapping[str, type[BaseModel]] = {
    "booking": Booking,
    "customer": Customer,
    "activity": Activity,
    "location": Location,
}


@dataclass(frozen=True)
class Variable:
    """One variable of a trigger.

    Attributes:
        path: How it is written, such as `customer.first_name`.
        kind: How it behaves in a rule and which filters apply to it.
        optional: Whether it can be without a value; a text then needs `default`.
    """

    path: str
    kind: Kind
    description: str
    example: Any
    optional: bool


@cache
def variables_of(trigger_type: str) -> Sequence[Variable]:
    """Return the variables of a trigger in a readable order: the event first.

    Raises:
        KeyError: There is no such trigger.
    """
    event = event_types()[trigger_type]
    found = [
        EVENT_DATA,
        *(
            v
            for v in _walk("event", event, sample_event(trigger_type))
            if v.path.split(".")[1] not in _HIDDEN
        ),
    ]
    for name, model in _RECORDS.items():
        found += _walk(name, model, getattr(sample_context(), name))
    return tuple(found)


EVENT_DATA = Variable(
    path="eventData",
    kind="object",
    description="The whole event as JSON, for the body of a webhook",
    example={"booking_id": "bk-4711"},
    optional=False,
)

UNSUBSCRIBE_URL = Variable(
    path="unsubscribe_url",
    kind="string",
    description="The reader's own link to get no more marketing messages; for those only",
    example="https://bookings.example.com/u/spree-kayaks/3fZk1bQ9",
    optional=True,
)

SURVEY = (
    Variable("survey.name", "string", "Name of the survey", "After the tour", False),
    Variable(
        path="survey.link",
        kind="string",
        description="The customer's own link to the survey",
        example="https://bookings.example.com/s/spree-kayaks/Q2xv0aJ5",
        optional=False,
    ),
    Variable(
        path="survey.expires_at",
        kind="datetime",
        description="Until when the link works",
        example="2027-07-12T20:30:00+02:00",
        optional=False,
    ),
)


@cache
def variable_types(trigger_type: str) -> Mapping[str, str]:
    """Return the kind of each variable of a trigger; unknown extra fields are stored and allowed.

    What other triggers supply and this one does not is in it too, as `NOT_SUPPLIED`.
    """
    kinds: dict[str, str] = {
        variable.path: NOT_SUPPLIED for each in event_types() for variable in variables_of(each)
    }
    kinds |= dict.fromkeys(("event", *_RECORDS), "object")
    kinds |= {variable.path: variable.kind for variable in variables_of(trigger_type)}
    return kinds


def _walk(prefix: str, model: type[BaseModel], sample: BaseModel) -> Iterator[Variable]:
    values = sample.model_dump(mode="json")
    for name, field in model.model_fields.items():
        kind, optional = _kind(field.annotation)
        yield Variable(
            path=f"{prefix}.{name}",
            kind=kind,
            description=field.description or _words(name),
            example=_example(field, values.get(name)),
            optional=optional or _may_be_empty(field),
        )


def _example(field: FieldInfo, of_the_sample: Any) -> Any:
    if of_the_sample is not None:
        return of_the_sample
    return field.examples[0] if field.examples else None


def _may_be_empty(field: FieldInfo) -> bool:
    return not field.is_required() and field.default is None


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _kind(annotation: Any) -> tuple[Kind, bool]:
    """Return the kind of a field's type and whether it admits None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        inner = [each for each in get_args(annotation) if each is not type(None)]
        kinds = {_kind(each)[0] for each in inner}
        return (kinds.pop() if len(kinds) == 1 else "any"), len(inner) < len(get_args(annotation))
    if origin is Literal:
        return "string", False
    if origin in {tuple, list}:
        return "list", False
    if annotation is AwareDatetime:
        return "datetime", False
    return (_class_kind(annotation) if isinstance(annotation, type) else "any"), False


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
    if issubclass(kind, BaseModel):
        return "object"
    return "any"
