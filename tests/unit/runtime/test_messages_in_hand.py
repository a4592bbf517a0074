"""One booking's planned messages: skipped, edited, sent now, turned off; carried over when it moves."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.payloads import read_flow_payload
from bookflow.domain.messages.marketing_limits import MarketingShare
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.errors import (
    ConflictError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.pagination import FIRST_PAGE
from bookflow.domain.templates import TemplateText
from bookflow.domain.templates.edited import EditedText
from bookflow.domain.timeline import EntryKind
from bookflow.use_cases.bookings.edit_messages import MessageEditor
from bookflow.use_cases.bookings.messages_in_hand import MessagesInHand
from bookflow.use_cases.bookings.timeline import BookingTimeline
from bookflow.use_cases.executions.resume import GOES_ON, Resumer
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_flow import FlowRunner
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION,
    LOCATION_ID,
    NOW,
    TARGET,
    event,
    executions,
    graph,
    new_ports,
    publish,
)

BOOKING = "bk-1"
SEND = {"id": "send", "type": "send_template", "config": {"template": "welcome"}}
SURVEY = {"id": "ask", "type": "send_survey_email", "config": {}}
WAIT = {"id": "wait", "type": "delay", "config": {"value": 9, "unit": "hours"}}
START = NOW + timedelta(days=3)


def booked(ports: FakePorts, name: str = "booking_created", **changes: Any) -> None:
    start = changes.pop("start", START)
    times = {"start_time": start.isoformat(), "end_time": (start + timedelta(hours=2)).isoformat()}
    Dispatcher(ports).dispatch(
        event(name, **{"booking_id": BOOKING, "occurred_at": NOW.isoformat(), **times, **changes})
    )


def reminded(**location: Any) -> FakePorts:
    """Return a location with a booking whose reminder is planned a day before."""
    ports = new_ports(location={**LOCATION, **location})
    ports.clock.moment = NOW
    publish(ports, "wf-remind", graph(SEND, trigger="Booking Reminder", offset_value=24))
    booked(ports)
    assert reminder(ports).is_planned
    return ports


def waiting() -> FakePorts:
    """Return a location with an execution that waits nine hours before its message."""
    ports = new_ports()
    ports.clock.moment = NOW
    publish(ports, "wf-wait", graph(WAIT, SEND))
    booked(ports)
    run_flow(ports, executions(ports)[0])
    assert executions(ports)[0].status is ExecutionStatus.WAITING
    return ports


def reminder(ports: FakePorts) -> Any:
    return ports.reminders.stored[ReminderKey(LOCATION_ID, BOOKING, "wf-remind")]


def hand(ports: FakePorts) -> MessagesInHand:
    return MessagesInHand(ports)


def entries(ports: FakePorts) -> list[tuple[EntryKind, ReasonCode | None]]:
    page = BookingTimeline(ports).page(LOCATION_ID, BOOKING, FIRST_PAGE)
    return [(each.kind, each.reason_code) for each in page.items]


def fire(ports: FakePorts) -> Execution | None:
    """Let the reminder's time come; return what it started, or the skip."""
    known = {each.id for each in executions(ports)}
    ports.clock.moment = max(ports.clock.moment, reminder(ports).fire_at)
    for envelope in ports.schedules.fire(ports.clock.moment):
        detail = envelope["detail"]
        Dispatcher(ports).dispatch(event("booking_reminder", **{"end_time": ..., **detail}))
    return next((each for each in executions(ports) if each.id not in known), None)


def payload(ports: FakePorts, execution: Execution, node_id: str, **more: Any) -> dict[str, Any]:
    run = ports.machines.started[execution.machine_arn, execution.id]
    (node,) = [each for each in run.payload["nodes"].values() if each["id"] == node_id]
    return {"schema_version": 2, "execution": run.payload["execution"], "node": node, **more}


def run_flow(ports: FakePorts, execution: Execution, node_id: str = "wait") -> Any:
    return FlowRunner(ports).run(read_flow_payload(payload(ports, execution, node_id, op="delay")))


def send(ports: FakePorts, execution: Execution, node_id: str = "send") -> Step:
    from bookflow.domain.executions.payloads import read_step_payload

    action = SendTemplate(ports) if node_id == "send" else SendSurveyEmail(ports)
    StepRunner(action, ports).run(read_step_payload(payload(ports, execution, node_id)))
    return ports.executions.step(LOCATION_ID, execution.id, node_id)


def test_a_skipped_reminder_is_shown_so_and_not_sent() -> None:
    ports = reminded()
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=True)
    assert entries(ports) == [(EntryKind.PLANNED, ReasonCode.SKIPPED_BY_HAND)]
    execution = fire(ports)
    assert execution is not None
    assert execution.reason_code is ReasonCode.SKIPPED_BY_HAND
    assert ports.machines.started == {}


@pytest.mark.parametrize("is_off", [False, True])
def test_a_reminder_that_was_skipped_at_its_time_does_not_fire_again(is_off: bool) -> None:
    ports = reminded()
    if is_off:
        hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=True, marketing=False)
    else:
        hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=True)
    assert fire(ports) is not None
    for _ in range(24):
        ports.clock.advance(hours=1)
        assert ports.schedules.fire(ports.clock.now()) == []
    reason = ReasonCode.MESSAGES_OFF if is_off else ReasonCode.SKIPPED_BY_HAND
    assert (reminder(ports).state, reminder(ports).reason_code) == (ReminderState.SKIPPED, reason)
    assert entries(ports) == [(EntryKind.SKIPPED, reason)]
    assert ports.machines.started == {}


def test_a_skip_is_taken_back_until_its_time() -> None:
    ports = reminded()
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=True)
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=False)
    assert entries(ports) == [(EntryKind.PLANNED, None)]
    execution = fire(ports)
    assert execution is not None
    assert send(ports, execution).status is StepStatus.COMPLETED


def test_a_skip_is_carried_over_when_the_booking_moves() -> None:
    ports = reminded()
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=True)
    later = NOW + timedelta(hours=1)
    ports.clock.moment = later
    booked(ports, event_id="evt-2", start=START + timedelta(days=7), occurred_at=later.isoformat())
    assert reminder(ports).fire_at == START + timedelta(days=6)
    execution = fire(ports)
    assert execution is not None
    assert execution.reason_code is ReasonCode.SKIPPED_BY_HAND


def test_a_reminder_sent_now_counts_as_fired_and_none_follows() -> None:
    ports = reminded()
    sent = hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))
    assert send(ports, sent).status is StepStatus.COMPLETED
    assert reminder(ports).state is ReminderState.FIRED
    assert ports.schedules.stored == {}
    assert fire(ports) is None
    ReminderPlanner(ports).plan(LOCATION_ID, BOOKING)
    assert not reminder(ports).is_planned
    with pytest.raises(NotFoundError, match="nothing is planned"):
        hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))


def test_a_crash_while_a_reminder_is_sent_now_sends_it_once() -> None:
    for call in range(2, 40):  # nothing is found by the first call, so nothing ends with it
        ports = reminded()
        ports.calls.crash_after(call)
        try:
            hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))
            break
        except Crash:
            pass
        if reminder(ports).is_planned:
            hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))
        fire(ports)
        assert len(ports.machines.started) == 1, call
    assert call > 8


def test_a_reminder_of_a_cancelled_booking_is_not_sent_now() -> None:
    ports = reminded()
    key = reminder(ports)
    booked(ports, "booking_cancelled", event_id="evt-2", cancelled_at=NOW.isoformat())
    ports.reminders.stored[key.key] = key.changed(revision=9)  # a plan that is behind
    with pytest.raises(ConflictError, match="The booking is cancelled"):
        hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))


def test_what_would_be_skipped_is_not_sent_now_and_stays_planned() -> None:
    ports = reminded()
    resumer = Resumer(ports, TARGET)
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=True, marketing=False)
    with pytest.raises(ConflictError, match="turned off for this booking"):
        hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", resumer)
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=False, marketing=False)
    # The booking has moved, and its reminder is not planned anew yet.
    moved = event("booking_rescheduled", event_id="evt-moved", booking_id=BOOKING, **new_times(1))
    ports.bookings.record(moved)
    with pytest.raises(ConflictError, match="was moved"):
        hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", resumer)
    assert executions(ports) == []
    ReminderPlanner(ports).plan(LOCATION_ID, BOOKING)
    assert reminder(ports).is_planned


def test_reminders_turned_off_keep_one_that_waits_waiting_where_it_would_be_sent_now() -> None:
    ports = new_ports()
    ports.clock.moment = NOW
    publish(ports, "wf-remind", graph(WAIT, SEND, trigger="Booking Reminder", offset_value=24))
    booked(ports)
    execution = fire(ports)
    assert execution is not None
    run_flow(ports, execution)
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=True, marketing=False)
    with pytest.raises(ConflictError, match="turned off for this booking"):
        hand(ports).send_now(LOCATION_ID, BOOKING, execution.id, Resumer(ports, TARGET))
    assert executions(ports)[0].status is ExecutionStatus.WAITING


def new_times(hours: int) -> dict[str, Any]:
    start = START + timedelta(hours=hours)
    times = {"new_start_time": start, "new_end_time": start + timedelta(hours=2)}
    later = NOW + timedelta(minutes=1)
    return {name: each.isoformat() for name, each in {**times, "occurred_at": later}.items()}


def test_reminders_turned_off_for_a_booking_are_not_sent() -> None:
    ports = reminded()
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=True, marketing=False)
    assert entries(ports) == [(EntryKind.PLANNED, ReasonCode.MESSAGES_OFF)]
    execution = fire(ports)
    assert execution is not None
    assert execution.reason_code is ReasonCode.MESSAGES_OFF


def test_reminders_turned_off_hold_for_one_that_has_begun() -> None:
    ports = reminded()
    execution = fire(ports)
    assert execution is not None
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=True, marketing=False)
    assert send(ports, execution).reason_code is ReasonCode.MESSAGES_OFF


def test_marketing_turned_off_keeps_the_survey_back_and_lets_the_reminder_go() -> None:
    ports = reminded()
    hand(ports).turn_off(LOCATION_ID, BOOKING, reminders=False, marketing=True)
    execution = fire(ports)
    assert execution is not None
    assert send(ports, execution).status is StepStatus.COMPLETED
    publish(ports, "wf-ask", graph(SURVEY))
    booked(ports, event_id="evt-ask", booking_id="bk-2")
    hand(ports).turn_off(LOCATION_ID, "bk-2", reminders=False, marketing=True)
    (asking,) = [each for each in executions(ports) if each.workflow_id == "wf-ask"]
    assert send(ports, asking, "ask").reason_code is ReasonCode.MESSAGES_OFF


def test_what_an_execution_sends_after_its_delay_is_skipped() -> None:
    ports = waiting()
    (execution,) = executions(ports)
    hand(ports).skip(LOCATION_ID, BOOKING, execution.id, skipped=True)
    assert entries(ports) == [(EntryKind.PLANNED, ReasonCode.SKIPPED_BY_HAND)]
    ports.clock.advance(hours=9)
    assert send(ports, execution).reason_code is ReasonCode.SKIPPED_BY_HAND


def test_what_an_execution_would_send_after_its_delay_is_sent_now_once() -> None:
    ports = waiting()
    (old,) = executions(ports)
    new = hand(ports).send_now(LOCATION_ID, BOOKING, old.id, Resumer(ports, TARGET))
    assert new.effects_of == old.id
    stored = ports.executions.get(LOCATION_ID, old.id)
    assert (stored.status, stored.error_message) == (ExecutionStatus.CANCELLED, GOES_ON)
    until = run_flow(ports, new)["until"]
    assert until <= NOW.isoformat().replace("+00:00", "Z")
    assert send(ports, new).status is StepStatus.COMPLETED
    again = hand(ports).send_now(LOCATION_ID, BOOKING, old.id, Resumer(ports, TARGET))
    assert again.id == new.id
    assert len(ports.mailer.sent) == 1


def test_a_crash_while_a_wait_is_ended_loses_nothing() -> None:
    for call in range(1, 60):
        ports = waiting()
        (old,) = executions(ports)
        ports.calls.crash_after(call)
        try:
            hand(ports).send_now(LOCATION_ID, BOOKING, old.id, Resumer(ports, TARGET))
            break
        except Crash:
            pass
        new = hand(ports).send_now(LOCATION_ID, BOOKING, old.id, Resumer(ports, TARGET))
        assert ports.executions.get(LOCATION_ID, old.id).status is ExecutionStatus.CANCELLED
        assert [name for _, name in ports.machines.started].count(new.id) == 1, call
        assert "ended_by_hand" in ports.executions.step(LOCATION_ID, new.id, "wait").output_data
    assert call > 12


def test_waiting_executions_move_to_the_new_version_and_wait_as_long() -> None:
    ports = waiting()
    (old,) = executions(ports)
    until = ports.executions.step(LOCATION_ID, old.id, "wait").output_data["until"]
    version = publish(ports, "wf-wait", graph(WAIT, {**SEND, "name": "Send it"}))
    ports.clock.advance(hours=2)
    page = Resumer(ports, TARGET).move_waiting(LOCATION_ID, "wf-wait", FIRST_PAGE)
    ((moved),) = page.items
    new = ports.executions.get(LOCATION_ID, moved.resumed or "")
    assert new.version == version.version == old.version + 1
    assert run_flow(ports, new)["until"] == until
    assert list(Resumer(ports, TARGET).move_waiting(LOCATION_ID, "wf-wait", FIRST_PAGE).items) == []


def test_an_execution_that_goes_on_by_itself_is_not_carried_over() -> None:
    ports = waiting()
    (old,) = executions(ports)
    ports.executions.update(old.changed(status=ExecutionStatus.RUNNING))
    with pytest.raises(ConflictError, match="waits no more"):
        Resumer(ports, TARGET).end_wait(LOCATION_ID, old.id)


def test_what_is_not_planned_cannot_be_skipped_nor_an_execution_of_another_booking() -> None:
    ports = waiting()
    booked(ports, event_id="evt-9", booking_id="bk-9")
    (other,) = [each for each in executions(ports) if each.booking_id == "bk-9"]
    for entry in ("wf-none", other.id):
        with pytest.raises(NotFoundError, match="nothing is planned"):
            hand(ports).skip(LOCATION_ID, BOOKING, entry, skipped=True)


def texts(**changes: str) -> TemplateText:
    return TemplateText(
        **{
            "subject": "Meet us at the north pier",
            "html": "<p>{{ customer.first_name }}, come to the north pier.</p>",
            "sms": "North pier, {{ customer.first_name }}!",
            **changes,
        }
    )


def edit(ports: FakePorts, entry_id: str, node_id: str = "send", **changes: str) -> None:
    MessageEditor(ports).edit(LOCATION_ID, BOOKING, entry_id, node_id, texts(**changes))


def planned_text(ports: FakePorts, entry_id: str) -> tuple[str, bool, bool]:
    (message,) = MessageEditor(ports).messages(LOCATION_ID, BOOKING, entry_id)
    return message.texts.subject, message.edited, message.is_outdated


def subjects(ports: FakePorts) -> list[str]:
    return [email.subject for email in ports.mailer.sent]


USUAL = "{{ activity.name }}"
ONCE = "Meet us at the north pier"


def test_an_edited_reminder_says_it_once_and_the_next_one_what_its_template_says() -> None:
    ports = reminded()
    assert planned_text(ports, "wf-remind") == (USUAL, False, False)
    edit(ports, "wf-remind")
    assert planned_text(ports, "wf-remind") == (ONCE, True, False)
    (entry,) = BookingTimeline(ports).page(LOCATION_ID, BOOKING, FIRST_PAGE).items
    assert entry.edited
    execution = fire(ports)
    assert execution is not None
    assert send(ports, execution).output_data["edited"] is True
    assert subjects(ports) == [ONCE]
    later = ports.clock.now()
    booked(ports, event_id="evt-2", start=START + timedelta(days=7), occurred_at=later.isoformat())
    assert planned_text(ports, "wf-remind")[1] is False
    again = fire(ports)
    assert again is not None
    assert send(ports, again).output_data["edited"] is False
    assert subjects(ports)[1] != ONCE


def test_an_edit_of_a_reminder_that_waits_replaces_the_one_from_before_it_fired() -> None:
    ports = new_ports()
    ports.clock.moment = NOW
    publish(ports, "wf-remind", graph(WAIT, SEND, trigger="Booking Reminder", offset_value=24))
    booked(ports)
    edit(ports, "wf-remind", subject="North pier")
    execution = fire(ports)
    assert execution is not None
    run_flow(ports, execution)
    edit(ports, execution.id)
    assert len(ports.templates.edits) == 1
    ports.clock.advance(hours=9)
    send(ports, execution)
    assert subjects(ports) == [ONCE]
    later = ports.clock.now()
    booked(ports, event_id="evt-2", start=START + timedelta(days=7), occurred_at=later.isoformat())
    assert planned_text(ports, "wf-remind") == (USUAL, False, False)


def test_an_edit_of_an_edit_at_the_moment_of_sending_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = reminded()
    edit(ports, "wf-remind", subject="North pier")
    execution = fire(ports)
    assert execution is not None
    stored = ports.templates.edited

    def overtaken(location_id: str, booking_id: str, text_id: str) -> EditedText | None:
        monkeypatch.undo()
        in_hand = ports.bookings.in_hand(LOCATION_ID, BOOKING)
        (old,) = in_hand.edited
        text = ports.templates.edits.pop((location_id, booking_id, text_id))
        text = text.changed(id="edit_new", texts=texts())
        ports.templates.save_edited(text)
        new = in_hand.with_edit(old.changed(text_id="edit_new"))
        assert ports.bookings.save_in_hand(new.changed(revision=in_hand.revision + 1))
        return stored(location_id, booking_id, text_id)

    monkeypatch.setattr(ports.templates, "edited", overtaken)
    with contextlib.suppress(TransientError):
        send(ports, execution)
    assert not subjects(ports)
    send(ports, execution)
    assert subjects(ports) == [ONCE]


def test_an_edit_that_the_days_limit_keeps_back_is_not_used_up() -> None:
    ports = reminded(marketing_per_day=1)
    template = ports.templates.get(LOCATION_ID, "welcome")
    ports.templates.save(template.saved(1, category="marketing"))
    edit(ports, "wf-remind")
    execution = fire(ports)
    assert execution is not None
    context = ports.bookings.context(LOCATION_ID, BOOKING)
    assert context is not None
    assert context.customer is not None
    guest = guest_digest(LOCATION_ID, context.customer.id)
    day = ports.clock.now().date()
    assert ports.marketing_counts.take(MarketingShare(LOCATION_ID, guest, day, "other#send", 1))
    assert send(ports, execution).reason_code is ReasonCode.MARKETING_LIMIT
    (kept,) = ports.bookings.in_hand(LOCATION_ID, BOOKING).edited
    assert kept.used_by is None


def test_an_edit_is_carried_over_when_the_booking_moves() -> None:
    ports = reminded()
    edit(ports, "wf-remind")
    later = NOW + timedelta(hours=1)
    ports.clock.moment = later
    booked(ports, event_id="evt-2", start=START + timedelta(days=7), occurred_at=later.isoformat())
    execution = fire(ports)
    assert execution is not None
    send(ports, execution)
    assert subjects(ports) == [ONCE]


def test_an_edit_stays_through_a_skip_that_is_taken_back() -> None:
    ports = reminded()
    edit(ports, "wf-remind")
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=True)
    hand(ports).skip(LOCATION_ID, BOOKING, "wf-remind", skipped=False)
    sent = hand(ports).send_now(LOCATION_ID, BOOKING, "wf-remind", Resumer(ports, TARGET))
    send(ports, sent)
    assert subjects(ports) == [ONCE]


def test_an_edit_stays_when_its_template_changes_and_says_so() -> None:
    ports = reminded()
    edit(ports, "wf-remind")
    template = ports.templates.get(LOCATION_ID, "welcome")
    ports.templates.save(template.saved(1, subject="Another one"))
    assert planned_text(ports, "wf-remind") == (ONCE, True, True)
    execution = fire(ports)
    assert execution is not None
    send(ports, execution)
    assert subjects(ports) == [ONCE]


def test_an_edit_is_not_sent_by_a_step_that_sends_another_template_by_now() -> None:
    ports = reminded()
    edit(ports, "wf-remind")
    template = ports.templates.get(LOCATION_ID, "welcome")
    ports.templates.save(template.changed(id="other", subject="The other"))
    other = {**SEND, "config": {"template": "other"}}
    publish(ports, "wf-remind", graph(other, trigger="Booking Reminder", offset_value=24))
    assert planned_text(ports, "wf-remind") == ("The other", False, False)
    execution = fire(ports)
    assert execution is not None
    send(ports, execution)
    assert subjects(ports) == ["The other"]


def test_an_edit_is_taken_back_with_its_text() -> None:
    ports = reminded()
    edit(ports, "wf-remind")
    edit(ports, "wf-remind", subject="Another time")
    assert len(ports.templates.edits) == 1
    MessageEditor(ports).take_back(LOCATION_ID, BOOKING, "wf-remind", "send")
    assert ports.templates.edits == {}
    assert planned_text(ports, "wf-remind") == (USUAL, False, False)


def test_an_edit_with_an_unknown_variable_is_refused() -> None:
    ports = reminded()
    with pytest.raises(InvalidTemplateError, match=r"customer\.first_nam"):
        edit(ports, "wf-remind", subject="{{ customer.first_nam }}")
    assert ports.templates.edits == {}


def test_an_edit_of_a_waiting_execution_goes_with_it_to_a_new_version_twice() -> None:
    ports = waiting()
    (old,) = executions(ports)
    edit(ports, old.id)
    for number in ("one", "two"):
        publish(ports, "wf-wait", graph(WAIT, {**SEND, "name": number}))
        page = Resumer(ports, TARGET).move_waiting(LOCATION_ID, "wf-wait", FIRST_PAGE)
        ((moved),) = page.items
        new = ports.executions.get(LOCATION_ID, moved.resumed or "")
        run_flow(ports, new)
        assert planned_text(ports, new.id) == (ONCE, True, False)
        edit(ports, new.id)
    ports.clock.advance(hours=9)
    assert send(ports, new).output_data["edited"] is True


def test_a_skip_goes_with_a_waiting_execution_to_a_new_version_twice() -> None:
    ports = waiting()
    (new,) = executions(ports)
    for number in ("one", "two"):
        hand(ports).skip(LOCATION_ID, BOOKING, new.id, skipped=number == "two")
        publish(ports, "wf-wait", graph(WAIT, {**SEND, "name": number}))
        page = Resumer(ports, TARGET).move_waiting(LOCATION_ID, "wf-wait", FIRST_PAGE)
        ((moved),) = page.items
        new = ports.executions.get(LOCATION_ID, moved.resumed or "")
        run_flow(ports, new)
    assert (EntryKind.PLANNED, ReasonCode.SKIPPED_BY_HAND) in entries(ports)
    ports.clock.advance(hours=9)
    assert send(ports, new).reason_code is ReasonCode.SKIPPED_BY_HAND


def test_a_crash_while_an_edited_message_is_sent_sends_it_once() -> None:
    for call in range(1, 60):
        ports = reminded()
        edit(ports, "wf-remind")
        execution = fire(ports)
        assert execution is not None
        ports.calls.crash_after(call)
        try:
            send(ports, execution)
            break
        except Crash:
            pass
        with contextlib.suppress(PermanentError):  # it is not known whether the message went out
            send(ports, execution)
        assert set(subjects(ports)) <= {ONCE}, call
        assert len(ports.mailer.sent) <= 1, call
    assert call > 5
