"""An unknown outcome becomes known: by the mail service's reports, and by a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.executions.execution import Execution, ReasonCode, Step, StepStatus
from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError
from bookflow.use_cases.executions.settle_outcome import OutcomeSettler
from bookflow.use_cases.messages.record_mail_feedback import MailFeedbackRecorder
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    event,
    graph,
    new_ports,
    payloads,
    publish,
)

MAIL = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
EMAIL, SMS = "email:customer", "sms:customer"


def begun(channel: str = "email") -> tuple[FakePorts, Execution]:
    ports = new_ports()
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(channel=channel, sms="Hi")
    publish(ports, "wf-a", graph(MAIL))
    (execution,) = Dispatcher(ports).dispatch(event())
    return ports, execution


def run(ports: FakePorts, execution: Execution) -> None:
    StepRunner(action_types()["send_template"](ports), ports).run(
        payloads(ports, execution)["mail"]
    )


def step(ports: FakePorts) -> Step:
    (found,) = ports.executions.stored_steps.values()
    return found


def report(ports: FakePorts, execution: Execution, kind: FeedbackKind = FeedbackKind.SENT) -> None:
    MailFeedbackRecorder(ports).take(
        MailFeedback(
            kind=kind,
            location_id=LOCATION_ID,
            execution_id=execution.id,
            node_id="mail",
            effect=EMAIL,
            message_id="m-7",
            addresses=(),
            at=ports.clock.now(),
            detail="",
        )
    )


def break_answer(ports: FakePorts) -> None:
    ports.fail_next("mailer.send", OutcomeUnknownError("AWS answered InternalFailure."))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FeedbackKind.SENT, StepStatus.COMPLETED),
        (FeedbackKind.DELIVERED, StepStatus.COMPLETED),
        (FeedbackKind.SOFT_BOUNCE, StepStatus.COMPLETED),
        (FeedbackKind.COMPLAINT, StepStatus.COMPLETED),
        (FeedbackKind.REJECTED, StepStatus.FAILED),
        (FeedbackKind.HARD_BOUNCE, StepStatus.FAILED),
    ],
)
def test_a_report_settles_the_step_and_nothing_is_sent_again(
    kind: FeedbackKind, status: StepStatus
) -> None:
    ports, execution = begun()
    break_answer(ports)
    with pytest.raises(OutcomeUnknownError):
        run(ports, execution)
    assert step(ports).unknown_effects == (EMAIL,)
    for _ in range(2):
        report(ports, execution, kind)
        assert (step(ports).status, step(ports).unknown_effects) == (status, ())
        assert step(ports).reason_code is (
            None if status is StepStatus.COMPLETED else ReasonCode.STEP_FAILED
        )
    run(ports, execution)
    assert step(ports).status is StepStatus.COMPLETED
    assert ports.mailer.sent == []


def test_a_report_about_a_try_that_died_lets_the_next_one_complete() -> None:
    ports, execution = begun()
    straight, other = begun()
    straight.calls.made.clear()
    run(straight, other)
    ports.crash_after(straight.calls.made.index("mailer.send") + 1)
    with pytest.raises(Crash):
        run(ports, execution)
    report(ports, execution)
    run(ports, execution)
    assert step(ports).status is StepStatus.COMPLETED
    assert len(ports.mailer.sent) == 1
    assert step(ports).output_data["emails"] == [{"message_id": "m-7", "confirmed": True}]


def test_a_report_of_what_is_known_changes_nothing() -> None:
    ports, execution = begun()
    run(ports, execution)
    before = step(ports)
    report(ports, execution, FeedbackKind.HARD_BOUNCE)
    assert step(ports) == before


def test_a_report_about_a_run_whose_record_has_expired_is_only_counted() -> None:
    ports, execution = begun()
    ports.executions.stored.clear()
    report(ports, execution)
    assert [name for name, *_ in ports.counter.counts].count("EmailsSent") == 1


def settle(ports: FakePorts, execution: Execution) -> None:
    OutcomeSettler(ports).arrived(LOCATION_ID, execution.id, "mail")


def report_sent(ports: FakePorts, execution: Execution) -> None:
    report(ports, execution)


@pytest.mark.parametrize("settling", [settle, report_sent])
def test_what_failed_beside_an_unknown_outcome_is_still_to_be_done(
    settling: Callable[[FakePorts, Execution], None],
) -> None:
    ports, execution = begun("both")
    break_answer(ports)
    ports.fail_next("texter.send", PermanentError("refused"))
    with pytest.raises(OutcomeUnknownError):
        run(ports, execution)
    assert (step(ports).unknown_effects, step(ports).failed_effects) == ((EMAIL,), (SMS,))
    settling(ports, execution)
    assert (step(ports).status, step(ports).reason_code) == (
        StepStatus.FAILED,
        ReasonCode.STEP_FAILED,
    )
    run(ports, execution)
    assert step(ports).status is StepStatus.COMPLETED
    assert (len(ports.mailer.sent), len(ports.texter.sent)) == (0, 1)
