"""What bounces for good or complains gets no more e-mails of that location."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.actions.base import StepSkipped
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from bookflow.use_cases.messages.record_mail_feedback import MailFeedbackRecorder
from tests.fakes import Crash, FakePorts
from tests.unit.actions.samples import NOW, new_ports, scope, template

ADA = address_hash("loc-1", "ada@example.com")
EARLIER = NOW - timedelta(hours=2)


def take(ports: FakePorts, kind: FeedbackKind, *, location_id: str = "loc-1") -> None:
    feedback = MailFeedback(
        kind=kind,
        location_id=location_id,
        execution_id="ex_7",
        addresses=("ada@example.com",),
        at=EARLIER,
        detail="Permanent NoEmail",
    )
    MailFeedbackRecorder(ports).take(feedback)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FeedbackKind.HARD_BOUNCE, SuppressionReason.BOUNCED),
        (FeedbackKind.COMPLAINT, SuppressionReason.COMPLAINED),
    ],
)
def test_it_is_on_the_list_with_reason_time_and_run(
    kind: FeedbackKind, reason: SuppressionReason
) -> None:
    ports = new_ports()
    take(ports, kind)
    (found,) = ports.suppressions.list("loc-1").items
    assert found == Suppression(
        location_id="loc-1",
        address_hash=ADA,
        masked="a…@example.com",
        reason=reason,
        scope=SuppressionScope.ALL,
        execution_id="ex_7",
        detail="Permanent NoEmail",
        created_at=EARLIER,
    )


@pytest.mark.parametrize("kind", [FeedbackKind.SOFT_BOUNCE, FeedbackKind.NO_COMPLAINT])
def test_everything_else_is_counted_only(kind: FeedbackKind) -> None:
    ports = new_ports()
    take(ports, kind)
    assert not ports.suppressions.stored
    assert sum(ports.counter.counts.values()) == 1


def test_another_location_still_writes_to_the_address() -> None:
    ports = new_ports()
    take(ports, FeedbackKind.HARD_BOUNCE, location_id="loc-2")
    assert not ports.suppressions.list("loc-1").items


def test_the_next_message_is_kept_back_and_the_step_says_so() -> None:
    ports = new_ports()
    ports.templates.stored["loc-1", "t-1"] = template()
    action = SendTemplate(ports)
    config = action.config_model.model_validate({"template": "t-1"})
    action.plan(config, scope())
    take(ports, FeedbackKind.HARD_BOUNCE)
    with pytest.raises(StepSkipped) as skipped:
        action.plan(config, scope())
    assert skipped.value.reason is ReasonCode.OPTED_OUT


def test_a_repeat_changes_nothing_and_a_complaint_outweighs_an_unsubscription() -> None:
    ports = new_ports()
    mild = Suppression(
        location_id="loc-1",
        address_hash=ADA,
        masked="a…@example.com",
        reason=SuppressionReason.UNSUBSCRIBED,
        scope=SuppressionScope.MARKETING,
        created_at=EARLIER,
    )
    ports.suppressions.add(mild)
    take(ports, FeedbackKind.COMPLAINT)
    first = ports.suppressions.stored["loc-1", ADA]
    assert first.reason is SuppressionReason.COMPLAINED
    take(ports, FeedbackKind.COMPLAINT)
    take(ports, FeedbackKind.HARD_BOUNCE)
    assert ports.suppressions.stored == {("loc-1", ADA): first}


@pytest.mark.parametrize("call", [1, 2])
def test_a_crash_after_any_call_and_a_redelivery_give_one_suppression(call: int) -> None:
    ports = new_ports()
    ports.crash_after(call)
    with pytest.raises(Crash):
        take(ports, FeedbackKind.HARD_BOUNCE)
    take(ports, FeedbackKind.HARD_BOUNCE)
    assert list(ports.suppressions.stored) == [("loc-1", ADA)]
