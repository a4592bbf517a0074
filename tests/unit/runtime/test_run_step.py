"""A step has its effect once, whatever breaks and however often it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepLack,
    StepStatus,
)
from bookflow.domain.executions.payloads import StepPayload
from bookflow.domain.shared.errors import (
    NotFoundError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.templates import Template
from bookflow.domain.webhooks.http_messages import DeliveryUncertain
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.actions import ACTIONS
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    NOW,
    event,
    graph,
    new_ports,
    payloads,
    publish,
)

MAIL: Mapping[str, Any] = {"id": "mail", "type": "send_template"}
WAIT = {"id": "wait", "type": "delay", "config": {"value": 2, "unit": "hours"}}


def begun(*nodes: Mapping[str, Any]) -> tuple[FakePorts, Execution]:
    """Return ports on which a workflow of these nodes has been started."""
    ports = new_ports()
    publish(ports, "wf-a", graph(*nodes))
    (execution,) = Dispatcher(ports).dispatch(event())
    ports.calls.made.clear()
    return ports, execution


def node(node_type: str, **fields: Any) -> Mapping[str, Any]:
    return {"id": "step", "type": node_type, "config": ACTIONS[node_type].config, **fields}


def run(
    ports: FakePorts, execution: Execution, *, node_id: str = "step", **more: object
) -> Mapping[str, Any]:
    payload = payloads(ports, execution, **more)[node_id]
    return StepRunner(action_types()[payload.node.type](ports), ports).run(payload)


def step(ports: FakePorts, node_id: str = "step") -> Step:
    (found,) = (each for key, each in ports.executions.stored_steps.items() if key[2] == node_id)
    return found


def effects(ports: FakePorts) -> Mapping[str, int]:
    """Return how often each kind of thing happened that the outside world sees."""
    context = ports.bookings.context(LOCATION_ID, "bk-4711")
    assert context is not None
    assert context.booking is not None
    return {
        "emails": len(ports.mailer.sent),
        "texts": len(ports.texter.sent),
        "requests": len(ports.http.requests),
        "notes": len(ports.notes.stored),
        "tasks": len(ports.tasks.stored),
        "events": len({each.detail["event_id"] for each in ports.events.published}),
        "cancelled": int(context.booking.status == "cancelled"),
    }


def test_every_action_has_a_sample() -> None:
    assert set(ACTIONS) == set(action_types())


@pytest.mark.parametrize("node_type", sorted(ACTIONS))
def test_a_step_is_done_and_recorded(node_type: str) -> None:
    ports, execution = begun(node(node_type))
    assert run(ports, execution) == {"status": "completed"}
    found = step(ports)
    assert (found.status, found.attempts) == (StepStatus.COMPLETED, 1)
    assert (found.reason_code, found.error_message) == (None, None)
    assert found.output_data
    assert found.completed_at == ports.clock.now()
    assert found.expires_at == execution.expires_at
    done = {kind: times for kind, times in effects(ports).items() if times}
    assert done == ACTIONS[node_type].effects


@pytest.mark.parametrize("node_type", sorted(ACTIONS))
def test_a_step_that_is_asked_for_again_is_not_done_again(node_type: str) -> None:
    ports, execution = begun(node(node_type))
    run(ports, execution)
    once = effects(ports)
    for _ in range(3):
        ports.clock.advance(minutes=1)
        assert run(ports, execution) == {"status": "completed"}
    assert effects(ports) == once
    assert step(ports).attempts == 1


@pytest.mark.parametrize("node_type", sorted(ACTIONS))
def test_a_crash_after_any_call_and_a_retry_give_one_effect(node_type: str) -> None:
    straight, execution = begun(node(node_type))
    run(straight, execution)
    calls = len(straight.calls.made)
    unknown = crashes = 0
    for number in range(1, calls + 1):
        ports, execution = begun(node(node_type))
        ports.crash_after(number)
        try:
            run(ports, execution)
        except Crash:
            crashes += 1
        ports.clock.advance(minutes=1)
        try:
            run(ports, execution)
        except OutcomeUnknownError:
            # The effect may have happened: the step says so and does not guess.
            unknown += 1
            assert step(ports).status is StepStatus.FAILED
            assert step(ports).reason_code is ReasonCode.OUTCOME_UNKNOWN
            for name, count in effects(ports).items():
                assert count <= effects(straight)[name], (number, name)
        else:
            assert step(ports).status is StepStatus.COMPLETED
            assert effects(ports) == effects(straight), ports.calls.made
        with_unknown = effects(ports)
        ports.clock.advance(minutes=1)
        try:
            run(ports, execution)
        except OutcomeUnknownError:
            assert step(ports).reason_code is ReasonCode.OUTCOME_UNKNOWN
        assert effects(ports) == with_unknown
    # No crash comes after a call that itself fails, such as the look-up of an optional record.
    assert crashes >= calls - 1
    # Only between the begin of an effect and its record is the outcome unknown; a message is also
    # kept in between.
    assert unknown <= (4 if node_type in {"send_template", "send_survey_email"} else 3)
    if node_type in {"add_booking_note", "create_task", "update_booking"}:
        assert unknown == 0


def test_a_transient_error_leaves_the_step_open_until_the_last_try() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 2}))
    ports.fail_next("http.send", TransientError("busy"), TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    assert step(ports).status is StepStatus.RUNNING
    assert step(ports).completed_at is None
    assert "busy" in str(step(ports).error_message)
    # No transient error, which Step Functions might try again: it counts by kind of error.
    with pytest.raises(PermanentError, match="busy"):
        run(ports, execution)
    assert (step(ports).status, step(ports).attempts) == (StepStatus.FAILED, 2)
    assert step(ports).reason_code is ReasonCode.STEP_FAILED
    assert step(ports).completed_at is not None


def test_a_request_that_may_have_arrived_is_not_repeated_and_named() -> None:
    ports, execution = begun(node("webhook"))
    ports.fail_next("http.send", DeliveryUncertain("cut off"))
    for _ in range(2):
        with pytest.raises(PermanentError, match="cut off"):
            run(ports, execution)
        found = step(ports)
        assert found.status is StepStatus.FAILED
        assert found.reason_code is ReasonCode.OUTCOME_UNKNOWN
        assert (found.unknown_effects, found.failed_effects) == (("request",), ())
    assert ports.http.requests == []


def test_a_step_is_not_tried_more_often_than_its_node_allows() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 2}))
    for _ in range(2):
        ports.crash_after(3)
        with pytest.raises(Crash, match=r"executions\.begin_step"):
            run(ports, execution)
    with pytest.raises(PermanentError, match="no try left"):
        run(ports, execution)
    assert ports.http.requests == []
    assert step(ports).status is StepStatus.FAILED
    # Nothing was begun, and that is known.
    assert step(ports).reason_code is ReasonCode.STEP_FAILED
    assert step(ports).failed_effects == ("request",)


@pytest.mark.parametrize(("call", "outcome"), [("http.send", None), ("effects.once", "completed")])
def test_what_a_last_try_did_that_died_is_looked_up(call: str, outcome: str | None) -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 1}))
    run(ports, execution)
    number = [f"{each}" for each in ports.calls.made].index(call) + 1
    ports, execution = begun(node("webhook", retry={"max_attempts": 1}))
    ports.crash_after(number)
    with pytest.raises(Crash):
        run(ports, execution)
    if outcome:
        assert run(ports, execution) == {"status": outcome}
    else:
        with pytest.raises(OutcomeUnknownError):
            run(ports, execution)
        assert step(ports).unknown_effects == ("request",)
    assert len(ports.http.requests) == 1


def test_calls_that_lambda_refused_are_no_tries() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 2}))
    # Machines of version 1 send how often they called, whether or not a function began.
    assert run(ports, execution, schema_version=1, attempt=70) == {"status": "completed"}
    assert (len(ports.http.requests), step(ports).attempts) == (1, 1)


def test_one_allowed_try_stays_one_after_calls_that_lambda_refused() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 1}))
    ports.fail_next("http.send", TransientError("busy"))
    with pytest.raises(PermanentError, match="busy"):
        run(ports, execution)
    assert step(ports).status is StepStatus.FAILED


def test_a_failure_whose_answer_was_lost_is_reported_again_as_it_was() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 1}))
    ports.fail_next("http.send", TransientError("busy"))
    with pytest.raises(PermanentError, match="busy"):
        run(ports, execution)
    failed = step(ports)
    with pytest.raises(PermanentError, match="busy"):
        run(ports, execution)
    assert (step(ports), len(ports.http.requests)) == (failed, 0)


def test_a_redrive_of_an_ended_execution_has_one_more_try() -> None:
    ports, execution = begun(node("webhook", retry={"max_attempts": 1}))
    ports.fail_next("http.send", TransientError("busy"))
    with pytest.raises(PermanentError):
        run(ports, execution)
    ports.executions.update(execution.changed(status=ExecutionStatus.FAILED))
    assert run(ports, execution) == {"status": "completed"}


def test_the_record_of_a_step_that_sent_a_part_says_who_got_it() -> None:
    ports, execution = begun(node("send_template"))
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(channel="both", sms="Hi")
    ports.fail_next("texter.send", PermanentError("refused"))
    assert run(ports, execution) == {"status": "completed"}
    assert [sent["to"] for sent in step(ports).output_data["emails"]] == ["a…@example.com"]
    (failed,) = step(ports).output_data["failed"]
    assert (failed["channel"], failed["error"]) == ("sms", "refused")


def test_a_step_that_sent_a_part_and_has_no_try_left_is_completed_unless_it_may_have_sent_more() -> (
    None
):
    for unknown in (False, True):
        ports, execution = begun(node("send_template", retry={"max_attempts": 2}))
        stored = ports.templates.stored[LOCATION_ID, "welcome"]
        ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(channel="both", sms="Hi")
        busy = TransientError("busy", outcome_unknown=unknown)
        ports.fail_next("texter.send", busy, busy)
        with pytest.raises(TransientError):
            run(ports, execution)
        if unknown:
            with pytest.raises(OutcomeUnknownError):
                run(ports, execution, attempt=1)
        else:
            assert run(ports, execution, attempt=1) == {"status": "completed"}
        assert step(ports).status is (StepStatus.FAILED if unknown else StepStatus.COMPLETED)
        assert len(step(ports).output_data["emails"]) == len(ports.mailer.sent) == 1
        assert len(step(ports).output_data["failed"]) == 1


def test_a_configuration_is_read_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    ports, execution = begun(node("webhook"))
    model = action_types()["webhook"].config_model
    read: list[object] = []
    validate = model.model_validate
    monkeypatch.setattr(
        model, "model_validate", lambda each: (read.append(each), validate(each))[1]
    )
    run(ports, execution)
    assert len(read) == 1


def test_a_retry_that_succeeds_leaves_no_trace_of_the_error() -> None:
    ports, execution = begun(node("webhook"))
    ports.fail_next("http.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    run(ports, execution)
    found = step(ports)
    assert (found.status, found.attempts) == (StepStatus.COMPLETED, 2)
    assert (found.reason_code, found.error_message) == (None, None)


def test_a_step_whose_template_is_missing_says_so() -> None:
    ports, execution = begun(node("send_template"))
    ports.templates.stored.pop((LOCATION_ID, "welcome"))
    assert lack(ports, execution) == StepLack(kind="template", name="welcome")


def test_a_step_whose_template_has_no_value_names_the_variable_and_the_template() -> None:
    ports, execution = begun(node("send_template"))
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    broken = stored.changed(channel="email", html="<p>{{ booking.shoe_size }}</p>")
    ports.templates.stored[LOCATION_ID, "welcome"] = broken
    wanted = StepLack(kind="variable", name="booking.shoe_size", template_id="welcome")
    assert lack(ports, execution) == wanted


def test_a_step_whose_own_text_has_no_value_names_the_variable() -> None:
    note = {"id": "step", "type": "add_booking_note", "config": {"note": "{{ booking.shoe }}"}}
    ports, execution = begun(note)
    assert lack(ports, execution) == StepLack(kind="variable", name="booking.shoe")


def test_a_step_whose_secret_is_missing_names_it_and_a_retry_that_succeeds_forgets_it() -> None:
    ports, execution = begun(node("webhook"))
    config = {"url": "https://crm.example.com/", "headers": {"X-Token": "{{ secret.crm_token }}"}}
    key = (LOCATION_ID, "wf-a", 1)
    version = ports.workflows.published[key]
    changed = version.graph.nodes[-1].model_copy(update={"config": config})
    graph_of = version.graph.model_copy(update={"nodes": (version.graph.nodes[0], changed)})
    ports.workflows.published[key] = version.changed(graph=graph_of)
    assert lack(ports, execution) == StepLack(kind="secret", name="crm_token")
    ports.workflows.published[key] = version
    run(ports, execution)
    assert step(ports).lacks is None


def test_a_step_that_the_mail_service_refuses_lacks_what_the_service_says() -> None:
    ports, execution = begun(node("send_template"))
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(channel="email")
    ports.fail_next("mailer.send", PermanentError("Not verified.").lacking("sender"))
    assert lack(ports, execution) == StepLack(kind="sender")


def lack(ports: FakePorts, execution: Execution) -> StepLack | None:
    with pytest.raises(PermanentError):
        run(ports, execution)
    return step(ports).lacks


def test_a_permanent_error_fails_the_step_at_once() -> None:
    ports, execution = begun(node("send_template"))
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(channel="email")
    ports.fail_next("mailer.send", PermanentError("The address is refused.", field="to"))
    with pytest.raises(PermanentError):
        run(ports, execution)
    found = step(ports)
    assert found.status is StepStatus.FAILED
    assert found.error_message == "to: The address is refused."


def test_a_failure_names_its_field_as_the_form_does() -> None:
    ports, execution = begun(node("webhook"))
    refused = PermanentError("It has no host.", field="headers.X-Desk", remedy="Name one.")
    ports.fail_next("http.send", refused)
    with pytest.raises(PermanentError):
        run(ports, execution)
    assert step(ports).error_message == "Headers, X-Desk: It has no host. Name one."


def test_a_failed_step_can_be_tried_again_by_a_redrive() -> None:
    ports, execution = begun(node("send_template"))
    template = ports.templates.stored.pop((LOCATION_ID, "welcome"))
    with pytest.raises(NotFoundError):
        run(ports, execution)
    ports.templates.stored[LOCATION_ID, "welcome"] = template
    assert run(ports, execution) == {"status": "completed"}
    assert (step(ports).status, step(ports).attempts) == (StepStatus.COMPLETED, 2)


def test_a_step_with_nothing_to_do_is_skipped_with_its_reason() -> None:
    ports, execution = begun({**node("update_booking"), "config": {"value": "confirmed"}})
    assert run(ports, execution) == {"status": "skipped"}
    assert step(ports).reason_code is ReasonCode.NO_CHANGE
    assert step(ports).error_message
    assert run(ports, execution) == {"status": "skipped"}


def test_secrets_do_not_stand_in_the_steps_input() -> None:
    ports, execution = begun(node("webhook"))
    run(ports, execution)
    assert "hush-hush" not in step(ports).model_dump_json()
    assert "hush-hush" in ports.http.requests[0].headers.values()


def test_a_config_that_newer_code_refuses_fails_by_its_field_and_shows_nothing() -> None:
    ports, execution = begun(node("webhook"))
    key = (LOCATION_ID, "wf-a", execution.version)
    version = ports.workflows.published[key]
    broken = version.graph.model_copy(
        update={
            "nodes": tuple(
                each.model_copy(update={"config": {"url": 7, "headers": {"Token": "hush-hush"}}})
                if each.id == "step"
                else each
                for each in version.graph.nodes
            )
        }
    )
    ports.workflows.published[key] = version.changed(graph=broken)
    with pytest.raises(PermanentError) as caught:
        run(ports, execution)
    assert caught.value.field == "nodes.step.config.url"
    assert step(ports).status is StepStatus.FAILED
    assert step(ports).input_data == {}


def test_after_a_delay_the_booking_is_looked_at_again() -> None:
    ports, execution = begun(WAIT, node("send_template"))
    ports.bookings.record(event("booking_cancelled"))
    assert run(ports, execution) == {"status": "skipped"}
    assert step(ports).reason_code is ReasonCode.BOOKING_CANCELLED
    assert not ports.mailer.sent


def test_after_a_delay_a_step_goes_on_for_a_booking_that_moved() -> None:
    ports, execution = begun(WAIT, node("send_template"))
    ports.bookings.record(event("booking_rescheduled"))
    assert run(ports, execution) == {"status": "completed"}
    assert len(ports.mailer.sent) == 1


def test_a_skip_after_a_try_that_broke_off_says_that_something_may_have_gone_out() -> None:
    ports, execution = begun(WAIT, node("send_template"))
    ports.fail_next("texter.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    assert len(ports.mailer.sent) == 1
    ports.bookings.record(event("booking_cancelled"))
    assert run(ports, execution) == {"status": "skipped"}
    assert step(ports).reason_code is ReasonCode.BOOKING_CANCELLED
    assert "An earlier try of the step failed" in str(step(ports).error_message)


def test_after_a_delay_a_step_that_began_is_finished_whatever_the_booking_became() -> None:
    cancel = node("update_booking", config={"value": "cancelled"})
    ports, execution = begun(WAIT, cancel)
    ports.fail_next("events.publish", TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    ports.bookings.record(event("booking_rescheduled"))
    assert run(ports, execution) == {"status": "completed"}
    assert [reported.detail_type for reported in ports.events.published] == [
        "Booking Status Changed",
        "Booking Cancelled",
    ]


def test_after_a_delay_a_cancelled_booking_is_not_updated_by_a_step_that_never_began() -> None:
    ports, execution = begun(WAIT, node("update_booking"))
    ports.bookings.record(event("booking_cancelled"))
    assert run(ports, execution) == {"status": "skipped"}
    assert step(ports).reason_code is ReasonCode.BOOKING_CANCELLED
    assert not ports.events.published


CANCEL = {"id": "cancel", "type": "update_booking", "config": {"value": "cancelled"}}


def test_a_run_that_cancels_its_booking_goes_on_to_tell_the_customer() -> None:
    ports, execution = begun(WAIT, CANCEL, node("send_template"))
    assert run(ports, execution, node_id="cancel") == {"status": "completed"}
    assert run(ports, execution) == {"status": "completed"}
    assert effects(ports)["emails"] == 1


def test_a_run_that_takes_a_cancellation_back_goes_on_to_tell_the_customer() -> None:
    ports = new_ports()
    again = {"id": "again", "type": "update_booking", "config": {"value": "confirmed"}}
    publish(ports, "wf-a", graph(WAIT, again, node("send_template"), trigger="Booking Cancelled"))
    Dispatcher(ports).dispatch(event())
    (execution,) = Dispatcher(ports).dispatch(event("booking_cancelled"))
    assert run(ports, execution, node_id="again") == {"status": "completed"}
    assert run(ports, execution) == {"status": "completed"}


def test_a_reminder_that_cancels_its_booking_goes_on_to_tell_the_customer() -> None:
    ports = new_ports()
    Dispatcher(ports).dispatch(event())
    draft = graph(CANCEL, node("send_template"), trigger="Booking Reminder")
    publish(ports, "pre-visit-reminder", draft)
    (execution,) = Dispatcher(ports).dispatch(event("booking_reminder"))
    assert run(ports, execution, node_id="cancel") == {"status": "completed"}
    assert run(ports, execution) == {"status": "completed"}


@pytest.mark.parametrize("node_type", ["send_template", "webhook"])
def test_a_run_whose_event_came_after_the_cancellation_is_not_about_it(node_type: str) -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(WAIT, node(node_type)))
    Dispatcher(ports).dispatch(event("booking_cancelled"))
    (execution,) = Dispatcher(ports).dispatch(event())
    assert run(ports, execution) == {"status": "skipped"}
    assert step(ports).reason_code is ReasonCode.BOOKING_CANCELLED


def test_without_a_delay_the_booking_may_have_moved_meanwhile() -> None:
    ports, execution = begun(node("send_template"))
    ports.bookings.record(event("booking_rescheduled"))
    assert run(ports, execution) == {"status": "completed"}


def test_a_run_that_waited_runs_again_with_its_next_step() -> None:
    ports, execution = begun(WAIT, node("add_booking_note"))
    ports.executions.update(execution.changed(status=ExecutionStatus.WAITING))
    ports.clock.advance(hours=2)
    run(ports, execution)
    assert ports.executions.get(LOCATION_ID, execution.id).status is ExecutionStatus.RUNNING


def test_a_run_still_waits_while_a_step_beside_its_delay_runs() -> None:
    ports, execution = begun(node("add_booking_note"))
    ports.executions.update(execution.changed(status=ExecutionStatus.WAITING))
    run(ports, execution)
    assert ports.executions.get(LOCATION_ID, execution.id).status is ExecutionStatus.WAITING


def test_a_step_reads_the_output_of_earlier_ones() -> None:
    reported = {"id": "reported", "type": "add_booking_note"}
    config = {"note": "Task {{ steps.step.output.task_id }} is {{ steps.step.status }}"}
    ports, execution = begun(node("create_task"), {**reported, "config": config})
    run(ports, execution)
    run(ports, execution, node_id="reported")
    (note,) = ports.notes.stored.values()
    (task,) = ports.tasks.stored.values()
    assert note.text == f"[Workflow] Task {task.id} is completed"


def test_steps_are_read_only_where_a_text_names_them() -> None:
    ports, execution = begun(node("add_booking_note"))
    run(ports, execution)
    assert "executions.steps" not in ports.calls.made


def test_a_stored_template_reads_the_output_of_earlier_steps() -> None:
    ports, execution = begun(node("create_task"), {**MAIL, "config": {"template": "welcome"}})
    ports.templates.save(
        Template(
            location_id=LOCATION_ID,
            id="welcome",
            name="Welcome",
            version=2,
            channel="both",
            subject="{{ steps.step.output.title }}",
            html="<p>{{ steps.step.output.priority }}</p>",
            sms="{% if steps.step.output.task_id %}{{ steps.step.status }}{% endif %}",
            updated_at=NOW,
        )
    )
    run(ports, execution)
    run(ports, execution, node_id="mail")
    assert step(ports, "mail").status is StepStatus.COMPLETED, step(ports, "mail").error_message
    (email,), (text,) = ports.mailer.sent, ports.texter.sent
    assert email.subject == "Call Ada"
    assert "normal" in email.html
    assert text.text == "completed"


def test_events_that_are_caused_carry_the_chain() -> None:
    ports, execution = begun(node("update_booking"))
    run(ports, execution)
    caused = ports.events.published
    assert [each.detail_type for each in caused] == ["Booking Status Changed", "Booking Cancelled"]
    assert [each.detail["causation_chain"] for each in caused] == [["wf-a"]] * 2


def test_a_step_of_an_execution_that_nobody_knows_fails() -> None:
    ports, execution = begun(NOTE)
    payload = payloads(ports, execution)["note"]
    unknown = StepPayload.model_validate(
        {
            **payload.model_dump(),
            "execution": {**payload.execution.model_dump(), "execution_id": "x"},
        }
    )
    with pytest.raises(NotFoundError):
        StepRunner(action_types()["add_booking_note"](ports), ports).run(unknown)
    assert not ports.executions.stored_steps


def test_records_live_as_long_as_their_execution() -> None:
    ports, execution = begun(NOTE)
    run(ports, execution, node_id="note")
    assert step(ports, "note").expires_at == execution.started_at + timedelta(days=90)
