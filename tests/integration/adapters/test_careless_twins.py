"""In memory and on DynamoDB a careless booking system's events end the same: records, order and claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import execution_id
from bookflow.ports import Ports, RecordedBooking
from bookflow.use_cases.runtime.claim_facts import claim_execution
from tests.fakes import FakePorts
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import execution
from tests.soak import amounts

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STATUSES = ("draft", "pending", "confirmed", "cancelled", "completed", "no_show")
STARTS = tuple((NOW + days * DAY).isoformat() for days in (-2, 1, 3))
LOCATION = {"id": "loc-1", "name": "Kayaks", "timezone": "Europe/Berlin"}

moments = st.sampled_from([0.0, 0.0, 0.25, 1, 2, 600, 4000, -3600, 400 * 86400])
told = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("Booking Created"),
            "start_time": st.sampled_from(STARTS),
            "status": st.sampled_from(STATUSES[:3]),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("Booking Status Changed"),
            "old_status": st.sampled_from(STATUSES),
            "new_status": st.sampled_from(STATUSES),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("Booking Rescheduled"),
            "old_start_time": st.sampled_from(STARTS),
            "new_start_time": st.sampled_from(STARTS),
        },
        optional={"new_end_time": st.just((NOW + 4 * DAY).isoformat())},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("Booking Cancelled"), "cancelled_at": st.just(NOW.isoformat())}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("Chat Message Created"),
            "thread_id": st.just("t-1"),
            "sender_type": st.just("customer"),
            "booking": st.fixed_dictionaries(
                {}, optional={"status": st.sampled_from(STATUSES), "party_size": st.integers(1, 3)}
            ),
        }
    ),
)
messages = st.tuples(told, moments, st.sampled_from([None, None, 1, 2]))
lives = st.tuples(
    st.lists(messages, min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), moments), min_size=1, max_size=12),
)


def event_of(number: int, message: tuple[dict[str, Any], float, Any]) -> Event:
    said, seconds, sequence = message
    detail = {
        "event_id": f"evt-{number}",
        "location_id": "loc-1",
        "booking_id": "b-1",
        "occurred_at": (NOW + timedelta(seconds=seconds)).isoformat(),
        "customer": {"id": "cus-1", "email": "ada@example.com"},
        "activity": {"id": "act-1", "name": "Tour"},
        **({"sequence": sequence} if sequence else {}),
        **{name: value for name, value in said.items() if name != "kind"},
    }
    return parse_event({"detail-type": said["kind"], "detail": detail})


def taken(ports: Ports, event: Event, received_at: datetime, now: datetime) -> Any:
    """Record an event and claim its facts; return what came of it."""
    recorded = ports.bookings.record(event, received_at=received_at, now=now)
    assert recorded is not None
    typed = [event, *_derived(event, recorded)]
    claims, booking_id = [], event.booking_id
    for each in typed:
        name = execution_id("loc-1", each.event_id, each.detail_type)
        new = execution(id=name, workflow_id="wf-a", event_id=each.event_id, booking_id=booking_id)
        claims.append((each.detail_type, claim_execution(ports, each, recorded, new)))
    known = ports.executions.fact_claims("loc-1", str(event.booking_id), "wf-a")
    return recorded, claims, known


def _derived(event: Event, recorded: RecordedBooking) -> list[Event]:
    found = [
        model.derived_from(event, recorded.context)
        for model in event.derived(recorded.context.booking)
    ]
    return [each for each in found if each is not None]


@pytest.mark.parametrize("lives_tried", amounts(40, soak=300))
def test_both_worlds_keep_and_claim_the_same(aws_session: boto3.Session, lives_tried: int) -> None:
    @settings(max_examples=lives_tried)
    @given(life=lives)
    def same(life: Any) -> None:
        # moto copies a whole table for each write of a transaction, so each life has new tables.
        with mock_aws():
            _compare(AwsPorts(aws_session), *life)

    same()


def _compare(aws: Any, told_so: list[Any], deliveries: list[tuple[int, float]]) -> None:
    """Deliver messages to both worlds, some never and some several times."""
    memory: Any = FakePorts()
    place = {
        "event_id": "evt-location",
        "location_id": "loc-1",
        "occurred_at": "2026-01-01T00:00:00Z",
        "location": LOCATION,
    }
    for ports in (memory, aws):
        ports.bookings.record(Event.model_validate(place))
    events = [event_of(number, each) for number, each in enumerate(told_so)]
    for number, (which, seconds) in enumerate(deliveries):
        event = events[which % len(events)]
        received_at = NOW + timedelta(seconds=seconds)
        now = NOW + timedelta(minutes=number)
        assert taken(memory, event, received_at, now) == taken(aws, event, received_at, now)
