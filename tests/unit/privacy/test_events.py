"""Each field of an event either stays when the guest is erased, or is known to be the guest's."""

from __future__ import annotations

import pytest

from bookflow.domain.bookings.erased_guests import pseudonym
from bookflow.domain.events import Event, event_types, parse_event
from bookflow.domain.events.without_guest import event_without_guest
from tests.guests import CUSTOMER_ID, found_in
from tests.unit.events.samples import sample

NEVER_OF_GUEST = {
    "activity",
    "batch_id",
    "booking_id",
    "cancelled_at",
    "causation_chain",
    "end_time",
    "event_id",
    "location",
    "location_id",
    "moved_by",
    "new_end_time",
    "new_start_time",
    "new_status",
    "occurred_at",
    "old_end_time",
    "old_start_time",
    "old_status",
    "overall_rating",
    "replay_of",
    "scheduled_for",
    "sender_type",
    "sent_by",
    "sequence",
    "since",
    "start_time",
    "status",
    "survey_id",
    "thread_id",
    "total_amount",
    "turn",
    "until",
    "workflow_id",
}
"""Fields that say when, where and how much. A new field needs its line here or in `of_guest`."""

GUEST = pseudonym("spree-kayaks", CUSTOMER_ID)


@pytest.mark.parametrize("model", event_types().values(), ids=lambda each: each.__name__)
def test_each_field_is_the_guests_or_not(model: type[Event]) -> None:
    declared = model.model_fields.keys() - {"booking", "customer"}
    assert declared - model.of_guest <= NEVER_OF_GUEST
    assert model.of_guest <= declared - NEVER_OF_GUEST
    assert not any(model.model_fields[name].is_required() for name in model.of_guest)


@pytest.mark.parametrize(
    "name",
    [
        "booking_created",
        "booking_cancelled",
        "booking_rescheduled",
        "booking_status_changed",
        "booking_completed",
        "booking_confirmed",
        "booking_reminder",
        "chat_message_created",
        "survey_submitted",
    ],
)
def test_an_event_without_its_guest_is_still_one_of_its_type(name: str) -> None:
    detail = sample(name)["detail"]
    model = event_types()[sample(name)["detail-type"]]
    texts = dict.fromkeys(model.of_guest - {"answers"}, "Zephyrine")
    booking = {"confirmation_code": "ZQ-CODE-1", "customer_id": CUSTOMER_ID, "party_size": 2}
    customer = {"id": CUSTOMER_ID, "last_name": "Quillfeather"}
    said = {**texts, "booking": booking, "customer": customer, "form": "walnuts"}
    event = parse_event(sample(name, **said))
    after = event_without_guest(event, GUEST)
    assert type(after) is type(event)
    assert after.event_id == detail["event_id"]
    assert found_in(after.model_dump_json()) == []
    assert after.stated_booking().party_size == 2
    assert after.stated_booking().customer_id == GUEST
    assert [type(each).__name__ for each in after.stated_records()].count("Customer") == 0
    assert event_without_guest(after, GUEST) == after
