"""What became of an SMS stands at its step; a number that answered STOP is listed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.domain.executions.execution import Execution, Step, StepStatus
from bookflow.domain.messages.sent.sent_sms import SentSms
from bookflow.domain.messages.sms_feedback import SmsFeedback, SmsFeedbackKind
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
    sms_stop,
)
from bookflow.use_cases.messages.record_sms_feedback import SmsFeedbackRecorder
from tests.fakes import Crash, FakePorts
from tests.unit.actions.samples import NOW, new_ports

NUMBER = "+4915123456789"
DIGEST = address_hash("loc-1", NUMBER)
LATER = NOW + timedelta(minutes=3)


@pytest.fixture
def ports() -> FakePorts:
    """Ports with the completed step `msg` that has sent the message `m-1`."""
    ports = new_ports()
    ports.executions.claim(
        Execution(
            location_id="loc-1",
            id="ex_7",
            workflow_id="wf-1",
            version=1,
            event_id="evt-1",
            event_type="Booking Created",
            event_data={},
            started_at=NOW,
        )
    )
    sent = [{"message_id": "m-1", "to": "+49…89"}, {"message_id": "m-2", "to": "+49…11"}]
    ports.executions.finish_step(
        Step(
            location_id="loc-1",
            execution_id="ex_7",
            node_id="msg",
            node_type="send_template",
            started_at=NOW,
            status=StepStatus.COMPLETED,
            output_data={"sms": sent},
        )
    )
    ports.sent_sms.add(
        SentSms(
            message_id="m-1",
            location_id="loc-1",
            owner="ex_7",
            execution_id="ex_7",
            node_id="msg",
            record_id="msg_1",
            sent_at=NOW,
        )
    )
    return ports


def take(
    ports: FakePorts, kind: SmsFeedbackKind, detail: str = "Words", message_id: str = "m-1"
) -> None:
    SmsFeedbackRecorder(ports).take(SmsFeedback(kind, message_id, NUMBER, LATER, detail))


def shown(ports: FakePorts) -> list[str | None]:
    (found,) = ports.executions.steps("loc-1", "ex_7")
    assert found.status is StepStatus.COMPLETED
    return [sent.get("delivery") for sent in found.showing_deliveries().output_data["sms"]]


@pytest.mark.parametrize(
    ("kind", "detail", "outcome", "metric"),
    [
        (SmsFeedbackKind.DELIVERED, "Accepted", "delivered", "SmsDelivered"),
        (SmsFeedbackKind.OPTED_OUT, "Opted out", "not delivered: Opted out", "SmsOptedOut"),
        (SmsFeedbackKind.INVALID_NUMBER, "Invalid", "not delivered: Invalid", "SmsInvalidNumber"),
        (SmsFeedbackKind.FAILED, "", "not delivered: no reason given", "SmsFailed"),
    ],
)
def test_the_outcome_stands_at_its_own_message_once(
    ports: FakePorts, kind: SmsFeedbackKind, detail: str, outcome: str, metric: str
) -> None:
    for _ in range(2):
        take(ports, kind, detail)
        assert shown(ports) == [outcome, None]
    assert ports.counter.counts == {(metric, None): 2}


def test_only_a_stop_is_listed_and_it_holds_nothing_back_by_itself(ports: FakePorts) -> None:
    for kind in set(SmsFeedbackKind) - {SmsFeedbackKind.OPTED_OUT}:
        take(ports, kind)
    assert not ports.suppressions.stored
    take(ports, SmsFeedbackKind.OPTED_OUT)
    assert ports.suppressions.stored == {
        ("loc-1", DIGEST): sms_stop("loc-1", NUMBER, "ex_7", LATER)
    }
    assert ports.suppressions.stored["loc-1", DIGEST].is_sms_stop


def test_no_feedback_lifts_or_replaces_a_suppression(ports: FakePorts) -> None:
    own = Suppression(
        location_id="loc-1",
        address_hash=DIGEST,
        masked="+49…89",
        reason=SuppressionReason.MANUAL,
        scope=SuppressionScope.MARKETING,
        created_at=NOW,
    )
    ports.suppressions.add(own)
    for kind in SmsFeedbackKind:
        take(ports, kind)
    assert ports.suppressions.stored == {("loc-1", DIGEST): own}
    stop = sms_stop("loc-1", NUMBER, "ex_7", NOW)
    ports.suppressions.stored["loc-1", DIGEST] = stop
    take(ports, SmsFeedbackKind.DELIVERED)
    assert ports.suppressions.stored == {("loc-1", DIGEST): stop}


def test_a_message_of_somebody_else_in_the_account_is_left_alone(ports: FakePorts) -> None:
    for kind in SmsFeedbackKind:
        take(ports, kind, message_id="m-other")
    assert shown(ports) == [None, None]
    assert not ports.suppressions.stored
    assert not ports.counter.counts


def test_a_step_whose_record_has_expired_is_not_made_again(ports: FakePorts) -> None:
    ports.executions.stored_steps.clear()
    ports.executions.stored.clear()
    take(ports, SmsFeedbackKind.DELIVERED)
    assert not ports.executions.stored_steps


@pytest.mark.parametrize("call", range(1, 5))
def test_a_crash_after_any_call_and_a_repeat_come_to_the_same(ports: FakePorts, call: int) -> None:
    ports.crash_after(call)
    with pytest.raises(Crash):
        take(ports, SmsFeedbackKind.OPTED_OUT, "Opted out")
    take(ports, SmsFeedbackKind.OPTED_OUT, "Opted out")
    assert shown(ports) == ["not delivered: Opted out", None]
    assert list(ports.suppressions.stored) == [("loc-1", DIGEST)]
