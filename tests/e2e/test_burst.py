"""A thousand events of one location at once: all are carried out, and others wait for few of them."""

from __future__ import annotations

import json
from functools import partial

import pytest

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.shared.pagination import pages
from bookflow.ports import ExecutionFilter
from local.stack import LocalStack
from tests.e2e.location import OwnLocation

EVENTS = 1000
MOST_BEFORE_ANOTHER = EVENTS / 2
"""Counted and not timed, as a slow machine is slow with each event. Taken in order, all come before."""

LIMIT_SECONDS = 1500.0
NOTE = {"type": "add_booking_note", "config": {"note": "{{ customer.first_name }} booked"}}


@pytest.mark.soak
def test_every_event_of_a_flood_is_carried_out_and_another_location_waits_for_half_at_most(
    stack: LocalStack, services: Services, place: OwnLocation
) -> None:
    quiet = OwnLocation(stack, services, f"{place.id[:40]}-quiet")
    for each in (place, quiet):
        each.workflow("wf", {"event": "Booking Created"}, {"note": NOTE}, "trigger>note")
    began = services.clock.now()
    for start in range(0, EVENTS, 10):
        numbers = range(start, start + 10)
        place.put(*(place.created(booking_id=f"bk-{number}") for number in numbers))
    alone, sent_at = quiet.created(), services.clock.now()
    quiet.put(alone)

    def completed() -> list[Execution]:
        wanted = ExecutionFilter(workflow_id="wf", status=ExecutionStatus.COMPLETED)
        found = pages(partial(services.executions.page, place.id, wanted))
        return [execution for page in found for execution in page.items]

    stack.wait_until(
        lambda: len(completed()) == EVENTS, LIMIT_SECONDS, f"the end of {EVENTS} executions"
    )
    ended = services.clock.now()
    execution = quiet.ended(alone["detail"]["event_id"], "wf")
    before = sum(each.started_at < execution.started_at for each in completed())
    figures = {
        "events": EVENTS,
        "sent_seconds": (sent_at - began).total_seconds(),
        "all_ended_seconds": (ended - began).total_seconds(),
        "other_location_started_after_seconds": (execution.started_at - sent_at).total_seconds(),
        "started_before_it": before,
    }
    print(json.dumps(figures))
    assert execution.status is ExecutionStatus.COMPLETED
    assert before <= MOST_BEFORE_ANOTHER
    counts = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["EventDeadLetterQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    assert counts["Attributes"]["ApproximateNumberOfMessages"] == "0"
