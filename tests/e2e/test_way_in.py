"""The way in, on the real queue: bad messages stop no good one, and repeats start nothing twice."""

from __future__ import annotations

import json
from typing import Any

from bookflow.domain.executions.execution import ExecutionStatus
from tests.e2e.location import LIMIT_SECONDS, OwnLocation

NOTE = {"note": {"type": "add_booking_note", "config": {"note": "{{ event.event_id }} came"}}}


def noting(place: OwnLocation) -> None:
    place.workflow("noting", {"event": "Booking Created"}, NOTE, "trigger>note")


def dead_letters(place: OwnLocation, count: int) -> dict[str, dict[str, str]]:
    """Return the attributes of the place's messages in the dead-letter queue, by their body."""
    found: dict[str, dict[str, str]] = {}

    def receive() -> bool:
        answer = place.stack.client("sqs").receive_message(
            QueueUrl=place.stack.outputs["EventDeadLetterQueueUrl"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        for message in answer.get("Messages", []):
            if place.id in message["Body"]:
                attributes = message.get("MessageAttributes", {})
                found[message["Body"]] = {
                    name: value["StringValue"] for name, value in attributes.items()
                }
        return len(found) >= count

    place.stack.wait_until(receive, LIMIT_SECONDS, f"{count} dead letters of {place.id}")
    return found


def test_bad_messages_of_a_batch_are_put_aside_and_the_good_ones_run(place: OwnLocation) -> None:
    noting(place)
    good = [place.created(booking_id=f"bk-{number}") for number in range(3)]
    no_json = f"{place.id} is no JSON"
    unknown = json.dumps(place.envelope("Booking Sold"))
    naive_time = json.dumps(place.created(start_time="2027-06-12T18:30:00"))
    without_customer: dict[str, Any] = place.created()
    del without_customer["detail"]["customer"]
    no_customer = json.dumps(without_customer)
    bodies = [
        no_json,
        json.dumps(good[0]),
        unknown,
        json.dumps(good[1]),
        naive_time,
        no_customer,
        json.dumps(good[2]),
    ]
    place.stack.client("sqs").send_message_batch(
        QueueUrl=place.stack.outputs["EventQueueUrl"],
        Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)],
    )

    dead = dead_letters(place, 4)
    assert {body: attributes["field"] for body, attributes in dead.items()} == {
        no_json: "body",
        unknown: "detail-type",
        naive_time: "detail.start_time",
        no_customer: "detail.customer",
    }
    assert all(attributes["reason"] for attributes in dead.values())
    for event in good:
        execution = place.ended(event["detail"]["event_id"], "noting")
        assert execution.status is ExecutionStatus.COMPLETED
        assert place.notes(event["detail"]["booking_id"]) == [
            f"[Workflow] {event['detail']['event_id']} came"
        ]


def test_an_event_that_comes_again_and_again_runs_once_and_sends_once(place: OwnLocation) -> None:
    place.workflow(
        "telling",
        {"event": "Booking Created"},
        {
            "mail": {
                "type": "send_template",
                "config": {"template": "booking-confirmation", "recipient_type": "customer"},
            },
            "crm": {"type": "webhook", "config": place.webhook("crm")},
        },
        "trigger>mail",
        "trigger>crm",
    )
    event = place.created()
    # At once, as when a producer repeats itself, and later, as when a queue delivers again.
    place.put(event, event, event)
    first = place.ended(event["detail"]["event_id"], "telling")
    place.put(event, event)
    place.settled()

    assert first.status is ExecutionStatus.COMPLETED, first.error_message
    again = place.execution(first.event_id, "telling")
    assert again == first
    assert [step.attempts for step in place.steps(first).values()] == [1, 1]
    assert len(place.emails()) == 1
    assert len(place.requests("crm")) == 1
    runs = place.stack.client("stepfunctions").list_executions(
        stateMachineArn=place.machine("telling")
    )["executions"]
    assert [run["name"] for run in runs if run["name"] == first.id] == [first.id]
