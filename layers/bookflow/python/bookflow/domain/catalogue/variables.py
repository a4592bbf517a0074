"""The catalogue of variables that texts and rules may name, generated from the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bookflow.domain.bookings.records import Activity, Booking, Customer, Location
from bookflow.domain.catalogue.kinds import (
    choices_of,
    item_type,
    kind_of_type,
    kind_of_value,
)
from bookflow.domain.catalogue.samples import least_event, sample_context, sample_event
from bookflow.domain.events import event_types
from bookflow.domain.flow.variables import NOT_SUPPLIED, Kind

_HIDDEN = frozenset(
    {
        "booking",
        "customer",
        "activity",
        "location",
        "causation_chain",
        "location_id",
        "replay_of",
        "sent_by",
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
        of_items: Whether it is a part of each item of a list: a rule is met if any item meets it, a
            text needs a loop.
        choices: The only texts that it can be; empty if it can be any.
    """

    path: str
    kind: Kind
    description: str
    example: Any
    optional: bool = False
    of_items: bool = False
    choices: tuple[str, ...] = ()


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
    event_fields = least_event(trigger_type).model_fields_set
    stated = _surely_stated(trigger_type)
    unsure = {f"{name}.id" for name in ("customer", "activity") if name not in event_fields}
    for name, model in _RECORDS.items():
        found += (
            replace(
                each, optional=each.path in unsure or (each.optional and each.path not in stated)
            )
            for each in _walk(name, model, getattr(sample_context(), name))
        )
        if name == "booking":
            found.append(CALENDAR_URL)
    return tuple(found)


def _surely_stated(trigger_type: str) -> frozenset[str]:
    """Return the variables of the booking that have a value because the event needs it."""
    event = least_event(trigger_type)
    stated = event.stated_booking().model_fields_set | event.model_fields_set
    return frozenset(f"booking.{name}" for name in stated)


EVENT_DATA = Variable(
    path="eventData",
    kind="object",
    description="The whole event as JSON, for the body of a webhook",
    example={"booking_id": "bk-4711"},
)

CALENDAR_URL = Variable(
    path="booking.calendar_url",
    kind="string",
    description="Address of the booking as a calendar entry, for an SMS or a button",
    example="https://bookings.example.com/c/spree-kayaks/bk-4711.Zk3fQ9b1xv0aJ5Q2W7Tn1g",
)

UNSUBSCRIBE_URL = Variable(
    path="unsubscribe_url",
    kind="string",
    description="The reader's own link to get no more marketing messages; for those only",
    example="https://bookings.example.com/u/spree-kayaks/3fZk1bQ9",
    optional=True,
)

SURVEY = (
    Variable("survey.name", "string", "Name of the survey", "After the tour"),
    Variable(
        path="survey.link",
        kind="string",
        description="The customer's own link to the survey",
        example="https://bookings.example.com/s/spree-kayaks/Q2xv0aJ5",
    ),
    Variable(
        path="survey.expires_at",
        kind="datetime",
        description="Until when the link works",
        example="2027-07-12T20:30:00+02:00",
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


@cache
def variable_choices(trigger_type: str) -> Mapping[str, Sequence[str]]:
    """Return the only texts that a variable of a trigger can be, of those that are so limited."""
    return {each.path: each.choices for each in variables_of(trigger_type) if each.choices}


@cache
def optional_variables(trigger_type: str) -> frozenset[str]:
    """Return the variables of a trigger that can be without a value."""
    return frozenset(each.path for each in variables_of(trigger_type) if each.optional)


@cache
def known_types() -> Mapping[str, str]:
    """Return the kinds of what any trigger, action or earlier step supplies to a template."""
    kinds: dict[str, str] = {"steps": "object", UNSUBSCRIBE_URL.path: UNSUBSCRIBE_URL.kind}
    kinds |= {each.path: each.kind for each in SURVEY}
    for trigger_type in event_types():
        kinds |= {
            path: kind
            for path, kind in variable_types(trigger_type).items()
            if kind != NOT_SUPPLIED
        }
    return kinds


def _walk(prefix: str, model: type[BaseModel], sample: BaseModel) -> Iterator[Variable]:
    values = sample.model_dump(mode="json")
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        kind, optional = kind_of_type(field.annotation)
        variable = Variable(
            path=f"{prefix}.{name}",
            kind=kind,
            description=field.description or _words(name),
            example=_example(field, values.get(name)),
            optional=optional or _may_be_empty(field),
            choices=choices_of(field.annotation),
        )
        yield variable
        yield from _items(variable, item_type(field.annotation))


def _items(listed: Variable, model: Any) -> Iterator[Variable]:
    """Yield the parts of a list's items: of their model, or else of the example's first item."""
    first = next(iter(listed.example or ()), None) if listed.kind == "list" else None
    example = first if isinstance(first, Mapping) else {}
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            kind, optional = kind_of_type(field.annotation)
            yield Variable(
                path=f"{listed.path}.{name}",
                kind=kind,
                description=f"{listed.description}: {_words(name).lower()}",
                example=_example(field, example.get(name)),
                optional=optional or _may_be_empty(field),
                of_items=True,
                choices=choices_of(field.annotation),
            )
    else:
        yield from _parts(listed, example, lambda _: "any")


def with_item_parts(outputs: Iterable[Variable]) -> Iterator[Variable]:
    """Yield what a step supplies, each list followed by the parts of its items, as in its example."""
    for each in outputs:
        yield each
        if each.kind == "list" and each.example and isinstance(each.example[0], Mapping):
            yield from _parts(each, each.example[0], kind_of_value)


def _parts(
    listed: Variable, item: Mapping[str, Any], kind: Callable[[Any], Kind]
) -> Iterator[Variable]:
    for name, value in item.items():
        yield Variable(
            path=f"{listed.path}.{name}",
            kind=kind(value),
            description=f"{listed.description}: {_words(name).lower()}",
            example=value,
            of_items=True,
        )


def _example(field: FieldInfo, of_the_sample: Any) -> Any:
    if of_the_sample is not None:
        return of_the_sample
    return field.examples[0] if field.examples else None


def _may_be_empty(field: FieldInfo) -> bool:
    return not field.is_required() and field.default is None


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
