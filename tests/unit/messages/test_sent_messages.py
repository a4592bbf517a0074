"""A message is kept before it is sent, and its state is right whatever is reported in which order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from bookflow.actions.recorded import send_recorded
from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.sent.sent_message import (
    MessageState,
    accepted_ids,
    message_record_id,
)
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from bookflow.use_cases.bookings.timeline import BookingTimeline
from bookflow.use_cases.messages.record_mail_feedback import MailFeedbackRecorder
from bookflow.use_cases.messages.sent_messages import SentMessages
from tests.fakes import Crash, FakePorts
from tests.unit.actions.samples import NOW, new_ports
from tests.unit.api.graphs import know_location
from tests.unit.messages.sent import EFFECT, begin_execution, origin, send_one, tried

EMAIL = Email(to="ada@example.com", subject="Your booking", html="<p>Hi</p>", text="Hi")
ID = message_record_id("ex_1", "n1", EFFECT)


def report(
    ports: FakePorts, kind: FeedbackKind, minutes: int = 1, execution_id: str = "ex_1"
) -> None:
    MailFeedbackRecorder(ports).take(
        MailFeedback(
            kind=kind,
            location_id="loc-1",
            execution_id=execution_id,
            node_id="n1",
            effect=EFFECT,
            message_id="0102",
            addresses=("ada@example.com",) if kind is FeedbackKind.HARD_BOUNCE else (),
            at=NOW + timedelta(minutes=minutes),
            detail="Permanent NoEmail" if kind is FeedbackKind.HARD_BOUNCE else "",
        )
    )


def state(ports: FakePorts) -> MessageState:
    (message,) = SentMessages(ports).of_execution("loc-1", "ex_1").items
    return message.state


def test_the_record_says_what_was_sent_and_names_nobody() -> None:
    ports = new_ports()
    message = send_one(ports, html="<p>Dear Ada</p>")
    assert message.changed(sent_at=NOW) == message
    assert (message.channel, message.recipient, message.to) == (
        "email",
        "customer",
        "a…@example.com",
    )
    assert (message.template_name, message.template_version) == ("Confirmation", 3)
    assert message.subject == "Your booking"
    assert "ada@" not in message.model_dump_json()
    assert ports.messages.bodies("loc-1", "ex_1", [ID])[ID].html == "<p>Dear Ada</p>"
    assert message.id == ID


def test_the_text_is_kept_before_it_is_sent_so_that_a_crash_loses_nothing() -> None:
    for call, sent in ((2, 0), (3, 1)):  # the first is of the effect
        ports = new_ports()
        begin_execution(ports)
        ports.crash_after(call)
        with pytest.raises(Crash):
            send_recorded(
                ports, tried(ports), origin(), EFFECT, "customer", EMAIL, ports.mailer.send
            )
        assert len(ports.mailer.sent) == sent
        assert state(ports) is MessageState.UNKNOWN
        assert ports.messages.bodies("loc-1", "ex_1", [ID])[ID].text == "Hi"
        report(ports, FeedbackKind.SENT)
        assert state(ports) is MessageState.ACCEPTED


def test_sending_costs_one_write_of_the_record() -> None:
    ports = new_ports()
    send_recorded(ports, tried(ports), origin(), EFFECT, "customer", EMAIL, ports.mailer.send)
    assert ports.calls.made == ["effects.once", "messages.add", "mailer.send"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermanentError("The address is not taken."), MessageState.FAILED),
        (TransientError("busy"), MessageState.FAILED),
        (OutcomeUnknownError("lost"), MessageState.UNKNOWN),
        (TransientError("lost", outcome_unknown=True), MessageState.UNKNOWN),
    ],
)
def test_what_was_not_sent_has_failed_and_what_may_be_is_unknown(
    error: Exception, expected: MessageState
) -> None:
    ports = new_ports()
    begin_execution(ports)
    ports.fail_next("mailer.send", error)
    with pytest.raises(type(error)):
        send_recorded(ports, tried(ports), origin(), EFFECT, "customer", EMAIL, ports.mailer.send)
    assert state(ports) is expected
    # The next try takes its place, text and state.
    send_recorded(
        ports,
        tried(ports),
        origin(),
        EFFECT,
        "customer",
        TextMessage("+49151", "Later"),
        ports.texter.send,
    )
    assert ports.messages.get("loc-1", "ex_1", ID).times == {}
    assert ports.messages.bodies("loc-1", "ex_1", [ID])[ID].text == "Later"


def test_a_record_that_cannot_be_kept_keeps_the_message_back() -> None:
    ports = new_ports()
    ports.fail_next("messages.add", TransientError("busy"))
    with pytest.raises(TransientError):
        send_recorded(ports, tried(ports), origin(), EFFECT, "customer", EMAIL, ports.mailer.send)
    assert ports.mailer.sent == []


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((FeedbackKind.SENT, FeedbackKind.DELIVERED), MessageState.DELIVERED),
        ((FeedbackKind.SENT, FeedbackKind.REJECTED), MessageState.FAILED),
        ((FeedbackKind.DELIVERED, FeedbackKind.HARD_BOUNCE), MessageState.BOUNCED),
        ((FeedbackKind.SENT, FeedbackKind.SOFT_BOUNCE), MessageState.BOUNCED),
        (
            (FeedbackKind.DELIVERED, FeedbackKind.OPENED, FeedbackKind.CLICKED),
            MessageState.CLICKED,
        ),
        (
            (FeedbackKind.DELIVERED, FeedbackKind.OPENED, FeedbackKind.COMPLAINT),
            MessageState.COMPLAINED,
        ),
        ((FeedbackKind.DELIVERED, FeedbackKind.NO_COMPLAINT), MessageState.DELIVERED),
    ],
)
def test_reports_in_any_order_and_repeated_come_to_the_same(
    kinds: tuple[FeedbackKind, ...], expected: MessageState
) -> None:
    ends = []
    for order in permutations(enumerate(kinds)):
        ports = new_ports()
        send_one(ports)
        for minutes, kind in [*order, *order]:
            report(ports, kind, minutes)
        assert state(ports) is expected
        ends.append(ports.messages.get("loc-1", "ex_1", ID))
    assert all(end == ends[0] for end in ends)


def test_the_earliest_report_of_a_state_stays() -> None:
    ports = new_ports()
    send_one(ports)
    for minutes in (9, 4, 6):
        report(ports, FeedbackKind.OPENED, minutes)
    times = ports.messages.get("loc-1", "ex_1", ID).times
    assert times == {MessageState.OPENED: NOW + timedelta(minutes=4)}


def test_a_report_of_another_execution_or_of_none_changes_nothing() -> None:
    ports = new_ports()
    send_one(ports)
    begin_execution(ports, id="ex_2", effects_of="ex_1")
    report(ports, FeedbackKind.HARD_BOUNCE, execution_id="ex_2")
    report(ports, FeedbackKind.HARD_BOUNCE, execution_id="ex_9")
    assert state(ports) is MessageState.ACCEPTED
    # Sent again by the execution that resumes the first, the record is that one's.
    again = origin(execution_id="ex_2")
    send_recorded(ports, tried(ports), again, EFFECT, "customer", EMAIL, ports.mailer.send)
    report(ports, FeedbackKind.HARD_BOUNCE)
    assert ports.messages.get("loc-1", "ex_1", ID).times == {}
    report(ports, FeedbackKind.DELIVERED, execution_id="ex_2")
    assert ports.messages.get("loc-1", "ex_1", ID).times.keys() == {MessageState.DELIVERED}


def test_the_timeline_shows_what_a_step_sent_and_asks_no_other_execution() -> None:
    ports = new_ports()
    know_location(ports)
    message = send_one(ports)
    begin_execution(ports, id="ex_2")
    report(ports, FeedbackKind.DELIVERED)
    ports.calls.made.clear()
    entries = BookingTimeline(ports).page("loc-1", "b-1").items
    (entry,) = [each for each in entries if each.node_id == "n1"]
    assert [(each.id, each.state) for each in entry.messages] == [
        (message.id, MessageState.DELIVERED)
    ]
    assert ports.calls.made.count("messages.list") == 1
    assert "messages.bodies" not in ports.calls.made


def test_a_step_s_output_names_what_was_taken() -> None:
    output = {
        "emails": [{"sent_id": "msg_a"}, {"confirmed": True}],
        "sms": [{"sent_id": "msg_b"}],
        "sent_id": "msg_c",
    }
    assert set(accepted_ids(output)) == {"msg_a", "msg_b", "msg_c"}
    assert list(accepted_ids({})) == []
