"""What is written to the table for an event: no more than it says, and not for ever."""

from __future__ import annotations

from typing import Any

from bookflow.domain.events import parse_event
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.unit.events.samples import sample
from tests.unit.runtime.samples import LOCATION


def booked(number: int) -> dict[str, Any]:
    """Return one of several bookings of one activity, a second after the last one."""
    return sample(
        "booking_created",
        event_id=f"evt-{number}",
        booking_id=f"bk-{number}",
        occurred_at=f"2026-11-20T09:15:{number:02d}+01:00",
        customer={"id": f"cus-{number}", "first_name": "Ada"},
        location=LOCATION,
    )


def test_a_record_that_stays_the_same_is_not_written_again(aws: AwsPorts) -> None:
    written: list[str] = []

    def watch(params: dict[str, Any], **_: Any) -> None:
        requests = [each for one in params.get("TransactItems", ()) for each in one.values()]
        for each in requests or [params]:
            written.append(str((each.get("Item") or each["Key"])["SK"]))

    aws.bookings.record(parse_event(booked(1)))
    for operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
        aws.dynamodb.meta.events.register(f"provide-client-params.dynamodb.{operation}", watch)
    aws.bookings.record(parse_event(booked(2)))
    assert any("BOOKING" in key for key in written)
    assert [key for key in written if "ACTIVITY" in key or "LOCATION" in key] == []


def test_every_record_of_a_booking_ends_by_itself(aws: AwsPorts) -> None:
    aws.bookings.record(parse_event(booked(1)))
    items = aws.dynamodb.scan(TableName=TABLE)["Items"]
    of_guests = [item for item in items if "bk-1" in str(item) or "cus-1" in str(item)]
    assert of_guests
    assert [item["SK"]["S"] for item in of_guests if "expires_at" not in item] == []
