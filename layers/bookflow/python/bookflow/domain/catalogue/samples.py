"""One good sample booking with all around it: for previews, and as examples of variables."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingContext,
    Contact,
    Customer,
    Location,
)
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.kinds import kind_of_type, value_for
from bookflow.domain.events import Event, event_types
from bookflow.domain.shared.values import Money

OCCURRED_AT = datetime.fromisoformat("2027-06-10T09:12:00+02:00")
"""When the sample's event happens: two days before the visit."""

_NOT_IN_SAMPLES = frozenset({"sequence", "replay_of", "sent_by"})

_OWN_RECORDS = ("booking", "customer", "activity", "location")


@cache
def sample_context() -> BookingContext:
    """Return the sample's records."""
    return BookingContext(
        location=Location(
            id="spree-kayaks",
            name="Spree Kayaks",
            timezone="Europe/Berlin",
            locale="en-GB",
            country="DE",
            email="hello@spree-kayaks.example.com",
            phone="+49 30 9123 4567",
            address="Dock 4, Müggelseedamm 70, 12587 Berlin",
            directions="Take tram 60 to Müggelseedamm and walk five minutes towards the water. "
            "We wait for you at dock 4.",
            admins=(
                Contact(
                    name="Grace Hopper",
                    email="grace@spree-kayaks.example.com",
                    phone="+49 151 1234 5670",
                ),
            ),
            survey_id="after-tour",
        ),
        booking=Booking(
            id="bk-4711",
            confirmation_code="KAY-4711",
            status=BookingStatus.CONFIRMED,
            customer_id="cus-2001",
            activity_id="act-sunset",
            start_time=datetime.fromisoformat("2027-06-12T18:30:00+02:00"),
            end_time=datetime.fromisoformat("2027-06-12T20:30:00+02:00"),
            booked_at=datetime.fromisoformat("2026-11-20T09:15:00+01:00"),
            total_amount=Money.model_validate("118.00 EUR"),
            party_size=2,
        ),
        customer=Customer(
            id="cus-2001",
            first_name="Ada",
            last_name="Lovelace",
            email="ada@example.com",
            phone="+49 151 2345 6789",
            locale="en-GB",
        ),
        activity=Activity(
            id="act-sunset",
            name="Sunset Kayak Tour",
            description="Two hours on the water with a guide, and the evening sun.",
            facilitators=(
                Contact(
                    name="Jonas Peter",
                    email="jonas@spree-kayaks.example.com",
                    phone="+49 151 1234 5678",
                ),
            ),
            survey_id="after-tour",
        ),
    )


def sample_event(trigger_type: str, context: BookingContext | None = None) -> Event:
    """Return an event of a trigger about the sample's booking, or about another one.

    Raises:
        KeyError: There is no such trigger.
    """
    return event_types()[trigger_type].model_validate(sample_detail(trigger_type, context))


def sample_detail(
    trigger_type: str, context: BookingContext | None = None, *, now: datetime = OCCURRED_AT
) -> dict[str, Any]:
    """Return the fields of such an event, each by the first of these that is there.

    What the records say, the field's own example, and for a required field a plain value of its
    type. The times among the examples keep their distance from the event, which happens `now`.

    Raises:
        KeyError: There is no such trigger.
    """
    about = context or sample_context()
    detail: dict[str, Any] = {"location_id": about.location.id, "occurred_at": now}
    if about.booking is not None:
        detail["booking_id"] = about.booking.id
    for name, field in event_types()[trigger_type].model_fields.items():
        if name in _NOT_IN_SAMPLES:
            continue
        value = _known(name, about, is_required=field.is_required())
        if value is None and (field.examples or field.is_required()):
            value = value_for(name, field)
            if kind_of_type(field.annotation)[0] == "datetime":
                value = datetime.fromisoformat(str(value)) + (now - OCCURRED_AT)
        if value is not None:
            detail.setdefault(name, value)
    return detail


def least_event(trigger_type: str) -> Event:
    """Return the sample's event with its required fields alone.

    Raises:
        KeyError: There is no such trigger.
    """
    model, detail = event_types()[trigger_type], sample_detail(trigger_type)
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    return model.model_validate({name: detail[name] for name in required})


def _known(name: str, about: BookingContext, *, is_required: bool) -> Any:
    """Return what the records say of an event's field: `new_status` is the booking's status."""
    if name in _OWN_RECORDS:
        if not is_required:
            return None
        record = getattr(about, name) or getattr(sample_context(), name)
        return record.model_dump(exclude_unset=True)
    if name in ("event_id", "location_id", "booking_id"):
        return None
    asked = name.removeprefix("new_")
    stated = getattr(about.booking, asked, None)
    if stated is None and asked == "end_time":
        stated = getattr(about.booking, "start_time", None)
    return stated if stated is not None else getattr(sample_context().booking, asked, None)
