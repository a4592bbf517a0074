"""SNS's delivery logs by the real handler: from the SMS that was sent to its step and the list."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.executions.execution import Step, StepStatus
from bookflow.domain.messages.suppression import SMS_STOP
from bookflow.domain.shared.errors import TransientError
from bookflow.use_cases.messages.sent_messages import SentMessages
from tests.integration.handlers.conftest import PERSONAL, Log
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.messages.test_sms_feedback import batch, line
from tests.unit.runtime.samples import graph

MESSAGE = {"id": "msg", "type": "send_template", "config": {"template": "welcome"}}


def take(stack: Stack, *lines: Any, kind: str = "DATA_MESSAGE") -> None:
    stack.handlers["sms_feedback"](batch(*lines, kind=kind), None)


def sent(stack: Stack, place: OwnLocation, event_id: str = "evt-1") -> Step:
    """Run a workflow that writes to the guest; return its step."""
    stack.put(place.event(event_id=event_id, booking_id=f"bk-{event_id}"))
    assert not stack.queue.deliver()
    return dict(place.steps(stack.complete(place, "wf-a", event_id=event_id)))["msg"]


@pytest.fixture
def step(stack: Stack, place: OwnLocation) -> Step:
    place.texts()
    place.publish("wf-a", graph(MESSAGE))
    return sent(stack, place)


def outcomes(place: OwnLocation) -> list[str | None]:
    found = place.steps(place.execution("wf-a", event_id="evt-1"))["msg"]
    assert found.status is StepStatus.COMPLETED
    return [each.get("delivery") for each in found.showing_deliveries().output_data["sms"]]


def listed(stack: Stack, place: OwnLocation) -> list[tuple[str, str]]:
    items = stack.ports.suppressions.list(place.id).items
    return [(each.reason.value, each.detail) for each in items]


def test_what_was_delivered_says_so_at_its_step(
    stack: Stack, place: OwnLocation, step: Step, log: Log
) -> None:
    (text,) = step.output_data["sms"]
    take(stack, line("delivered", text["message_id"]))
    assert outcomes(place) == ["delivered"]
    execution = place.execution("wf-a", event_id="evt-1")
    page = SentMessages(stack.ports).of_execution(place.id, execution.id)
    states = {each.channel: each.state.value for each in page.items}
    assert states == {"email": "accepted", "sms": "delivered"}
    assert listed(stack, place) == []
    assert len(log.metrics("SmsDelivered")) == 1


def test_a_number_that_answered_stop_is_listed_and_written_to_if_it_opts_in_again(
    stack: Stack, place: OwnLocation, step: Step, log: Log
) -> None:
    (text,) = step.output_data["sms"]
    for _ in range(2):
        take(stack, line("opted_out", text["message_id"]))
        assert outcomes(place) == ["not delivered: Phone number is opted out"]
        assert listed(stack, place) == [("unsubscribed", SMS_STOP)]
    # moto says that this number has not opted out, as SNS does of one that has opted in again.
    assert len(sent(stack, place, "evt-2").output_data["sms"]) == 1
    assert listed(stack, place) == []
    assert not any(each in log.text for each in PERSONAL)


def test_one_call_brings_lines_of_many_and_a_bad_one_stops_none(
    stack: Stack, place: OwnLocation, step: Step, log: Log
) -> None:
    (text,) = step.output_data["sms"]
    foreign = line("opted_out")
    broken = {**line("delivered", text["message_id"]), "status": "PENDING"}
    take(stack, "no JSON", foreign, broken, line("invalid_number", text["message_id"]))
    assert outcomes(place) == ["not delivered: Invalid phone number"]
    assert listed(stack, place) == []
    rejected = log.lines("log line rejected")
    assert [each["field"] for each in rejected] == ["body", "status"]
    assert len(log.metrics("LogLinesRefused")) == 2
    assert not any(each in log.text for each in PERSONAL)


def test_a_question_whether_the_function_is_there_changes_nothing(
    stack: Stack, place: OwnLocation, step: Step
) -> None:
    (text,) = step.output_data["sms"]
    take(stack, line("delivered", text["message_id"]), kind="CONTROL_MESSAGE")
    assert outcomes(place) == [None]


def test_a_table_that_is_busy_has_lambda_call_again_after_all_lines(
    stack: Stack, place: OwnLocation, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = step.output_data["sms"]
    store = type(stack.ports.sent_sms)
    find = store.find

    def busy(self: Any, message_id: str) -> Any:
        if message_id == line("opted_out")["notification"]["messageId"]:
            raise RuntimeError("busy")
        return find(self, message_id)

    lines = (line("opted_out"), line("delivered", text["message_id"]))
    with monkeypatch.context() as problem:
        problem.setattr(store, "find", busy)
        with pytest.raises(RuntimeError):
            take(stack, *lines)
        assert outcomes(place) == ["delivered"]
    take(stack, *lines)
    assert outcomes(place) == ["delivered"]


def test_a_table_that_is_busy_after_the_send_fails_no_step(
    stack: Stack, place: OwnLocation, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    def busy(self: Any, record: Any) -> None:
        raise TransientError("busy")

    monkeypatch.setattr(type(stack.ports.sent_sms), "add", busy)
    place.texts()
    place.publish("wf-a", graph(MESSAGE))
    step = sent(stack, place)
    assert step.status is StepStatus.COMPLETED
    assert len(log.metrics("SmsUntraced")) == 1
    take(stack, line("delivered", step.output_data["sms"][0]["message_id"]))
    assert outcomes(place) == [None]


def test_a_bare_sample_is_taken_as_sam_local_invoke_sends_it(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    assert stack.handlers["sms_feedback"](line(), None) is None
    assert not log.lines("log line rejected")
