"""Send Template: who gets which message, in which words, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bookflow.actions.base import StepSkipped
from bookflow.actions.send_template import SendTemplate, SendTemplateConfig
from bookflow.domain.bookings.records import Activity, Contact, Customer, Location
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.destinations import MORE_EMAILS
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.sent.sent_message import message_record_id
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from bookflow.domain.shared.errors import (
    BookflowError,
    NotFoundError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.use_cases.messages.suppress import SuppressionList
from tests.fakes import Crash, FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import BOOKING, CUSTOMER, LOCATION, scope, template

SENT_EMAIL = message_record_id("ex_1", "n1", "email:customer")
SENT_SMS = message_record_id("ex_1", "n1", "sms:customer")
TO_CUSTOMER = {"template": "t-1"}
CREW = Activity(
    id="a-1",
    name="Sunset kayak tour",
    facilitators=(
        Contact(name="Bo", email="bo@example.com", phone="+49 170 1111111"),
        Contact(name="Cy", email="cy@example.com"),
        Contact(name="Di"),
    ),
)


def give(ports: FakePorts, **changes: Any) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(**changes)


def test_an_email_is_sent_with_names_sender_and_reply_address(ports: FakePorts, run: Run) -> None:
    give(ports)
    output = run(SendTemplate, TO_CUSTOMER)
    (email,) = ports.mailer.sent
    assert email.to == "ada@example.com"
    assert email.subject == "Sunset kayak tour"
    assert ">Dear Ada</p>" in email.html
    assert email.html.startswith("<!doctype html>")
    assert email.text == "Dear Ada"
    assert email.sender_name == "Spree Kayaks"
    assert email.reply_to == "desk@spree-kayaks.example"
    assert output["emails"] == [
        {"sent_id": SENT_EMAIL, "message_id": "email-1", "to": "a…@example.com"}
    ]
    assert output["sms"] == output["unreached"] == []


def test_the_template_s_own_text_and_reply_address_win(ports: FakePorts, run: Run) -> None:
    give(ports, text="Hi {{ customer.first_name }}", reply_to="tours@spree-kayaks.example")
    run(SendTemplate, TO_CUSTOMER)
    (email,) = ports.mailer.sent
    assert (email.text, email.reply_to) == ("Hi Ada", "tours@spree-kayaks.example")


def test_values_are_escaped_in_html_and_cannot_add_headers(ports: FakePorts, run: Run) -> None:
    give(ports, subject="For {{ customer.first_name }}", text="Hi {{ customer.first_name }}")
    odd = Customer(id="c-1", first_name="<b>A</b>\r\nBcc: x@y.zz", email="ada@example.com")
    run(SendTemplate, TO_CUSTOMER, scope(customer=odd))
    (email,) = ports.mailer.sent
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert "<b>" not in email.html
    assert "<b>A</b>" in email.text


@pytest.mark.parametrize("piece", ["x", "<", '"', "&", "👩", "\u202e{{ a }}\r\n", "</p><script>"])
def test_a_long_note_gives_a_sound_e_mail_or_is_named(
    ports: FakePorts, run: Run, piece: str
) -> None:
    note = "{{ event.reason }}"
    where = scope(event_data={"reason": (piece * 100_000)[:100_000]})
    give(ports, subject=f"On {note}", html=f'<p title="{note}">{note}</p>', text=note)
    failed: list[PermanentError] = []
    try:
        run(SendTemplate, TO_CUSTOMER, where)
    except PermanentError as refusal:
        failed.append(refusal)
    for refusal in failed:
        assert refusal.field in ("template.subject", "template.html")
        assert "event.reason alone has 100000 characters" in str(refusal)
        note = "{{ event.reason | truncate(1000) }}"
        give(ports, subject=f"On {note}", html=f'<p title="{note}">{note}</p>', text=note)
        run(SendTemplate, TO_CUSTOMER, where)
    (email,) = ports.mailer.sent
    assert len(email.subject.splitlines()) == 1
    assert "<script" not in email.html
    assert email.html.count("<p ") == 1


def test_both_channels_send_two_messages(ports: FakePorts, run: Run) -> None:
    give(ports, channel="both")
    output = run(SendTemplate, TO_CUSTOMER)
    (text,) = ports.texter.sent
    assert text.to == "+491701234567"
    assert output["sms"] == [
        {"sent_id": SENT_SMS, "message_id": "sms-1", "to": "+49…67", "segments": 1}
    ]
    assert len(ports.mailer.sent) == 1


def test_times_are_the_location_s_also_in_the_hour_that_comes_twice(
    ports: FakePorts, run: Run
) -> None:
    give(ports, channel="sms", sms="{{ booking.start_time | time }} {{ booking.end_time | time }}")
    run(SendTemplate, TO_CUSTOMER)
    # 00:30 UTC is 02:30 in summer time; 02:30 UTC is 03:30 after the clocks went back.
    assert ports.texter.sent[0].text == "02:30 03:30"


def test_a_text_has_its_own_language_in_the_location_s_zone(ports: FakePorts, run: Run) -> None:
    give(ports, subject="{{ booking.start_time | datetime('long') }}", language="fr")
    french = CUSTOMER.model_copy(update={"locale": "fr-FR"})
    winter = BOOKING.model_copy(update={"start_time": datetime(2026, 12, 12, 9, 0, tzinfo=UTC)})
    run(SendTemplate, TO_CUSTOMER, scope(customer=french, booking=winter))
    assert "12 décembre 2026" in ports.mailer.sent[0].subject
    assert "10:00" in ports.mailer.sent[0].subject


def test_an_unknown_language_falls_back_to_the_location_s(ports: FakePorts, run: Run) -> None:
    give(ports, subject="{{ booking.start_time | date('long') }}")
    odd = CUSTOMER.model_copy(update={"locale": "xx-nowhere"})
    run(SendTemplate, TO_CUSTOMER, scope(customer=odd))
    assert ports.mailer.sent[0].subject == "25 October 2026"


def test_reached_facilitators_get_the_message_and_the_others_are_named(
    ports: FakePorts, run: Run
) -> None:
    give(ports, channel="both", html="<p>Team</p>")
    output = run(
        SendTemplate,
        {"template": "t-1", "recipient_type": "facilitator"},
        scope(activity=CREW),
    )
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com", "cy@example.com"]
    assert [text.to for text in ports.texter.sent] == ["+491701111111"]
    assert output["unreached"] == [
        {"recipient": "facilitator 2", "channel": "sms", "reason": "has no phone number"},
        {
            "recipient": "facilitator 3",
            "channel": "email",
            "reason": "has no usable e-mail address",
        },
        {"recipient": "facilitator 3", "channel": "sms", "reason": "has no phone number"},
    ]


def test_a_custom_recipient_may_be_a_variable(ports: FakePorts, run: Run) -> None:
    give(ports)
    config = {
        "template": "t-1",
        "recipient_type": "custom",
        "custom_recipient": "{{ event.agent_email }}",
    }
    run(SendTemplate, config, scope(event_data={"agent_email": "agent@example.com"}))
    assert ports.mailer.sent[0].to == "agent@example.com"


def test_admins_get_the_message_in_the_location_s_language(ports: FakePorts, run: Run) -> None:
    give(ports, subject="{{ booking.start_time | date('long') }}")
    german = Location(
        id="loc-1", locale="de-DE", timezone="Europe/Berlin", admins=(Contact(email="a@b.de"),)
    )
    french = CUSTOMER.model_copy(update={"locale": "fr-FR"})
    config = {"template": "t-1", "recipient_type": "admin"}
    run(SendTemplate, config, scope(location=german, customer=french))
    assert ports.mailer.sent[0].subject == "25. Oktober 2026"


@pytest.mark.parametrize(
    ("config", "where", "says"),
    [
        (
            {},
            {"customer": Customer(id="c-1", email="not-an-address")},
            "customer has no usable e-mail",
        ),
        ({}, {"customer": None}, "the booking has no customer"),
        ({"recipient_type": "facilitator"}, {}, "names no facilitators"),
        ({"recipient_type": "admin"}, {"location": Location(id="loc-1")}, "names no admins"),
        ({"recipient_type": "custom", "custom_recipient": "030 123456"}, {}, "custom recipient"),
    ],
)
def test_a_step_that_reaches_nobody_is_skipped_and_says_why(
    ports: FakePorts, run: Run, config: dict[str, str], where: dict[str, Any], says: str
) -> None:
    give(ports)
    with pytest.raises(StepSkipped) as skipped:
        run(SendTemplate, {**TO_CUSTOMER, **config}, scope(**where))
    assert skipped.value.reason is ReasonCode.NO_RECIPIENT
    assert says in skipped.value.message
    assert "not-an-address" not in skipped.value.message


def test_a_missing_template_is_named(run: Run) -> None:
    with pytest.raises(NotFoundError, match=r"template t-1 does not exist.*Choose another"):
        run(SendTemplate, TO_CUSTOMER)


def test_an_inactive_template_is_named(ports: FakePorts, run: Run) -> None:
    give(ports, active=False)
    with pytest.raises(PermanentError, match=r"Confirmation \(t-1\) is inactive.*Activate"):
        run(SendTemplate, TO_CUSTOMER)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": "{{ booking.nothing }}"}, "template.subject"),
        ({"subject": ""}, "template.subject"),
        ({"html": ""}, "template.html"),
        ({"html": "<p>a <!["}, "template.html"),
        ({"html": "{% for a in [1, 2] %}<{% endfor %}"}, "template.html"),
        ({"channel": "sms", "sms": ""}, "template.sms"),
        ({"channel": "sms", "sms": "x" * 1601}, "template.sms"),
    ],
)
def test_a_template_that_makes_no_message_fails_with_its_field(
    ports: FakePorts, run: Run, changes: dict[str, str], field: str
) -> None:
    give(ports, **changes)
    with pytest.raises(PermanentError) as failed:
        run(SendTemplate, TO_CUSTOMER)
    assert failed.value.field == field
    assert failed.value.remedy
    assert not ports.mailer.sent
    assert not ports.texter.sent


def test_a_retry_sends_only_what_is_left_even_if_the_list_was_reordered(
    ports: FakePorts, run: Run
) -> None:
    give(ports, html="<p>Team</p>")
    config = {"template": "t-1", "recipient_type": "facilitator"}
    ports.fail_next("mailer.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(SendTemplate, config, scope(activity=CREW))
    turned = CREW.model_copy(update={"facilitators": CREW.facilitators[::-1]})
    run(SendTemplate, config, scope(activity=turned))
    assert sorted(email.to for email in ports.mailer.sent) == ["bo@example.com", "cy@example.com"]


def test_one_address_in_two_roles_or_spellings_gets_one_message(ports: FakePorts, run: Run) -> None:
    give(ports, channel="both", html="<p>Team</p>", sms="Team")
    twice = (
        Contact(name="Bo", email="bo@example.com", phone="+49 170 1111111"),
        Contact(name="Bo again", email=" Bo@EXAMPLE.com", phone="0170 1111111"),
        Contact(name="Desk", email="bo@example.com"),
    )
    config = {"template": "t-1", "recipient_type": "admin"}
    where = scope(location=LOCATION.model_copy(update={"admins": twice}))
    output = run(SendTemplate, config, where)
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com"]
    assert [text.to for text in ports.texter.sent] == ["+491701111111"]
    assert (len(output["emails"]), len(output["sms"])) == (1, 1)
    assert output["unreached"] == [
        {"recipient": "admin 3", "channel": "sms", "reason": "has no phone number"}
    ]


def test_a_list_that_changes_between_two_tries_sends_to_no_address_twice(
    ports: FakePorts, run: Run
) -> None:
    give(ports, channel="both", html="<p>Team</p>", sms="Team")
    config = {"template": "t-1", "recipient_type": "facilitator"}
    first = Contact(name="Bo", email="bo@example.com", phone="+49 170 1111111")
    ports.fail_next("texter.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(SendTemplate, config, scope(activity=crew(first)))
    changed = (
        Contact(name="New", email="BO@example.com", phone="+49 170 2222222"),
        first,
        Contact(name="Cy", email="cy@example.com"),
    )
    run(SendTemplate, config, scope(activity=crew(*changed)))
    sent = [email.to for email in ports.mailer.sent]
    assert sent == ["bo@example.com", "cy@example.com"]
    assert [text.to for text in ports.texter.sent] == ["+491702222222", "+491701111111"]


def crew(*contacts: Contact) -> Activity:
    return Activity(id="a-1", name="Sunset kayak tour", facilitators=contacts)


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ada@m\u00fcller.de", "ada@xn--mller-kva.de"),
        ("ada@\u24d4xample.com", "ada@example.com"),
        (" Ada@EXAMPLE.com\u00a0", "Ada@example.com"),
        ("\u00e4d\u00e4@example.com", None),
        ("ada@exam\u200bple.com", None),
        ("\u202eada@example.com", None),
        ("ada@example.com\r\nBcc: eve@example.com", "ada@example.com"),
        ("Ada <ada@example.com>", "ada@example.com"),
        ("ada@localhost", None),
        ("ada@[127.0.0.1]", None),
        ("ada@example.com,eve@example.com", "ada@example.com"),
    ],
)
def test_an_odd_address_is_read_or_refused_and_never_passed_on(
    ports: FakePorts, run: Run, address: str, sent_to: str | None
) -> None:
    give(ports)
    customer = Customer(id="c-1", first_name="Ada", email=address)
    if sent_to is None:
        with pytest.raises(StepSkipped) as skipped:
            run(SendTemplate, TO_CUSTOMER, scope(customer=customer))
        assert skipped.value.reason is ReasonCode.NO_RECIPIENT
        assert not ports.mailer.sent
    else:
        run(SendTemplate, TO_CUSTOMER, scope(customer=customer))
        assert [email.to for email in ports.mailer.sent] == [sent_to]


@pytest.mark.parametrize(
    "reply_to",
    [
        "desk@spree.example\r\nBcc: eve@example.com",
        "Desk <desk@spree.example>",
        "desk",
        "a@b, c@d.ef",
    ],
)
def test_a_reply_address_that_is_more_than_one_is_not_used(
    ports: FakePorts, run: Run, reply_to: str
) -> None:
    give(ports, reply_to=reply_to)
    run(SendTemplate, TO_CUSTOMER, scope(location=LOCATION.model_copy(update={"email": reply_to})))
    assert ports.mailer.sent[0].reply_to is None


def test_an_email_template_to_a_phone_number_reaches_nobody(ports: FakePorts, run: Run) -> None:
    give(ports)
    config = {**TO_CUSTOMER, "recipient_type": "custom", "custom_recipient": "+49 170 1234567"}
    with pytest.raises(StepSkipped, match="no usable e-mail address"):
        run(SendTemplate, config)


def test_the_mail_service_is_reported_whose_mail_it_is_and_nothing_of_the_reader(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    run(SendTemplate, TO_CUSTOMER)
    assert ports.mailer.sent[0].tags == message_tags("loc-1", "ex_1", "n1", "email:customer")


def test_a_refused_address_does_not_keep_the_others_back(ports: FakePorts, run: Run) -> None:
    give(ports, html="<p>Team</p>")
    ports.fail_next("mailer.send", PermanentError("refused"))
    output = run(
        SendTemplate,
        {"template": "t-1", "recipient_type": "facilitator"},
        scope(activity=CREW),
    )
    assert [email.to for email in ports.mailer.sent] == ["cy@example.com"]
    failed = {"recipient": "facilitator 1", "channel": "email", "to": "b…@example.com"}
    assert output["failed"] == [{**failed, "error": "refused"}]


def test_a_refusal_does_not_keep_a_busy_recipient_from_a_retry(ports: FakePorts, run: Run) -> None:
    give(ports, html="<p>Team</p>")
    ports.fail_next("mailer.send", PermanentError("refused"), TransientError("busy"))
    with pytest.raises(TransientError):
        run(
            SendTemplate,
            {"template": "t-1", "recipient_type": "facilitator"},
            scope(activity=CREW),
        )


REFUSED, BUSY = PermanentError("refused", remedy="Fix it."), TransientError("busy")
UNKNOWN = OutcomeUnknownError("gone", remedy="Look there.")


@pytest.mark.parametrize(
    ("mail", "sms", "kind", "said"),
    [
        (REFUSED, UNKNOWN, OutcomeUnknownError, "refused To +49…67: gone. Fix it. Look there."),
        (UNKNOWN, REFUSED, OutcomeUnknownError, "gone To +49…67: refused"),
        (REFUSED, BUSY, TransientError, "refused To +49…67: busy"),
        (UNKNOWN, BUSY, TransientError, "gone To +49…67: busy"),
        (BUSY, TransientError("later", retry_after=7), TransientError, "busy To +49…67: later"),
        (REFUSED, PermanentError("bad"), PermanentError, "refused To +49…67: bad"),
    ],
)
def test_of_several_failures_all_are_reported_and_the_most_open_one_counts(
    ports: FakePorts,
    run: Run,
    mail: Exception,
    sms: Exception,
    kind: type[PermanentError],
    said: str,
) -> None:
    give(ports, channel="both")
    ports.fail_next("mailer.send", mail)
    ports.fail_next("texter.send", sms)
    with pytest.raises(kind) as failed:
        run(SendTemplate, TO_CUSTOMER)
    assert type(failed.value) is kind
    assert f"To a…@example.com: {said}" in str(failed.value)
    assert failed.value.output == {}
    if isinstance(failed.value, TransientError):
        assert failed.value.outcome_unknown is (mail is UNKNOWN)
        assert failed.value.retry_after == getattr(sms, "retry_after", None)


@pytest.mark.parametrize("error", [UNKNOWN, BUSY])
def test_a_step_that_sent_a_part_and_may_send_more_tells_which(
    ports: FakePorts, run: Run, error: BookflowError
) -> None:
    give(ports, channel="both")
    ports.fail_next("texter.send", error)
    with pytest.raises(type(error)) as failed:
        run(SendTemplate, TO_CUSTOMER)
    (sent,) = failed.value.output["emails"]
    assert sent == {"sent_id": SENT_EMAIL, "message_id": "email-1", "to": "a…@example.com"}
    assert failed.value.output["sms"] == []
    assert [one["channel"] for one in failed.value.output["failed"]] == ["sms"]


def test_a_number_that_answered_stop_is_a_skip_and_joins_the_list(
    ports: FakePorts, run: Run
) -> None:
    give(ports, channel="both")
    ports.texter.opted_out.add("+491701234567")
    output = run(SendTemplate, TO_CUSTOMER)
    assert len(output["emails"]) == 1
    assert (output["sms"], output["opted_out"]) == (
        [],
        [{"recipient": "customer", "channel": "sms"}],
    )
    (stored,) = ports.suppressions.stored.values()
    assert stored.address_hash == address_hash("loc-1", "+491701234567")
    assert (stored.masked, stored.scope, stored.execution_id) == ("+49…67", "all", "ex_1")
    assert run(SendTemplate, TO_CUSTOMER) == output
    assert ports.texter.sent == []


def test_a_step_whose_only_number_answered_stop_is_skipped(ports: FakePorts, run: Run) -> None:
    give(ports, channel="sms")
    ports.texter.opted_out.add("+491701234567")
    for _ in range(2):
        with pytest.raises(StepSkipped) as skipped:
            run(SendTemplate, TO_CUSTOMER)
        assert skipped.value.reason is ReasonCode.OPTED_OUT
    assert len(ports.suppressions.stored) == 1


def test_a_number_that_opts_in_again_is_written_to_again(ports: FakePorts, run: Run) -> None:
    give(ports, channel="sms")
    ports.texter.opted_out.add("+491701234567")
    with pytest.raises(StepSkipped):
        run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_1"))
    ports.texter.opted_out.clear()
    assert len(run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_2"))["sms"]) == 1
    assert ports.suppressions.stored == {}


@pytest.mark.parametrize("listed", [False, True])
def test_a_network_that_does_not_answer_keeps_no_message_back(
    ports: FakePorts, run: Run, listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(ports, channel="sms")
    if listed:
        ports.texter.opted_out.add("+491701234567")
        with pytest.raises(StepSkipped):
            run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_1"))
    monkeypatch.setattr(ports.texter, "has_opted_out", lambda number: None)
    assert len(run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_2"))["sms"]) == 1
    assert len(ports.suppressions.stored) == listed
    assert ports.counter.counts["SmsOptOutUnknown", None] == 1


@pytest.mark.parametrize("stop_comes_first", [True, False])
def test_what_a_person_said_outlives_an_opt_in_at_the_network(
    ports: FakePorts, run: Run, stop_comes_first: bool
) -> None:
    give(ports, channel="sms")
    unsubscribed = Suppression(
        location_id="loc-1",
        address_hash=address_hash("loc-1", "+491701234567"),
        masked="+49…67",
        reason=SuppressionReason.UNSUBSCRIBED,
        scope=SuppressionScope.MARKETING,
        created_at=ports.clock.now(),
    )
    if not stop_comes_first:
        ports.suppressions.add(unsubscribed)
    ports.texter.opted_out.add("+491701234567")
    with pytest.raises(StepSkipped):
        run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_1"))
    if stop_comes_first:
        ports.suppressions.add(unsubscribed)
    ports.texter.opted_out.clear()
    run(SendTemplate, TO_CUSTOMER, scope(execution_id="ex_2"))
    assert list(ports.suppressions.stored.values()) == [unsubscribed]


@pytest.mark.parametrize(
    ("custom", "channel"),
    [
        ("{{ customer.email | upper }}", "email"),
        ("ada@example.com", "email"),
        ("0170/1234567", "sms"),
    ],
)
def test_marketing_reaches_a_customer_who_opted_out_by_no_other_way(
    ports: FakePorts, run: Run, custom: str, channel: str
) -> None:
    give(ports, category="marketing", channel=channel)
    config = {"template": "t-1", "recipient_type": "custom", "custom_recipient": custom}
    opted_out = scope(customer=CUSTOMER.model_copy(update={"marketing_opt_out": True}))
    with pytest.raises(StepSkipped) as skipped:
        run(SendTemplate, config, opted_out)
    assert skipped.value.reason is ReasonCode.OPTED_OUT
    other = "desk@example.com" if channel == "email" else "0170 7654321"
    assert run(SendTemplate, {**config, "custom_recipient": other}, opted_out)["opted_out"] == []


SEVERAL = CUSTOMER.model_copy(update={"email": "Ada <ada@example.com>; bo@example.org"})
"""A guest with two addresses in the e-mail field."""


def test_a_guest_with_several_addresses_gets_one_message_at_the_first(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    output = run(SendTemplate, TO_CUSTOMER, scope(customer=SEVERAL))
    assert [email.to for email in ports.mailer.sent] == ["ada@example.com"]
    assert output["unreached"] == [
        {"recipient": "customer", "channel": "email", "reason": MORE_EMAILS}
    ]


def test_no_other_address_of_a_guest_is_written_to_where_the_first_is_suppressed(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    SuppressionList(ports).add("loc-1", "ada@example.com", reason=SuppressionReason.BOUNCED)
    with pytest.raises(StepSkipped) as skipped:
        run(SendTemplate, TO_CUSTOMER, scope(customer=SEVERAL))
    assert skipped.value.reason is ReasonCode.OPTED_OUT
    assert ports.mailer.sent == []


def test_each_address_of_a_guest_who_opted_out_gets_no_marketing(
    ports: FakePorts, run: Run
) -> None:
    give(ports, category="marketing")
    opted_out = scope(customer=SEVERAL.model_copy(update={"marketing_opt_out": True}))
    config = {"template": "t-1", "recipient_type": "custom", "custom_recipient": "BO@example.org"}
    with pytest.raises(StepSkipped) as skipped:
        run(SendTemplate, config, opted_out)
    assert skipped.value.reason is ReasonCode.OPTED_OUT


def test_messages_of_the_booking_reach_a_customer_who_opted_out(ports: FakePorts, run: Run) -> None:
    give(ports, category="transactional")
    opted_out = scope(customer=CUSTOMER.model_copy(update={"marketing_opt_out": True}))
    config = {"recipient_type": "custom", "custom_recipient": "{{ customer.email }}"}
    run(SendTemplate, {"template": "t-1", **config}, opted_out)
    assert len(ports.mailer.sent) == 1


@pytest.mark.parametrize("custom", ["desk.example.com", "ada@", "the office", "@"])
def test_a_mistyped_recipient_is_refused_at_publish(custom: str) -> None:
    with pytest.raises(ValidationError, match="enter an e-mail address, a phone number") as no:
        SendTemplateConfig(template="t-1", recipient_type="custom", custom_recipient=custom)
    assert no.value.errors()[0]["loc"] == ("custom_recipient",)
    SendTemplateConfig(template="t-1", custom_recipient=custom)


@pytest.mark.parametrize(
    "custom",
    [
        "desk@example.com ",
        "030 123456",
        "+49 30 123456",
        "{{ event.agent_email }}",
        "desk@example.com, guide@example.com;+49 170 1234567,",
        "desk@example.com, {{ booking.guests | join(', ', attribute='email') }}",
        "{% if event.vip %}a@example.com{% else %}b@example.com{% endif %}",
        ",".join(f"guest{number}@example.com" for number in range(50)),
    ],
)
def test_a_recipient_that_may_be_reached_is_taken(custom: str) -> None:
    SendTemplateConfig(template="t-1", recipient_type="custom", custom_recipient=custom)


@pytest.mark.parametrize(
    ("custom", "says"),
    [
        ("desk@example.com, guide@", "“guide@” is neither"),
        ("desk@example.com; {{ event.agent_email }}, the office", "“the office” is neither"),
        (
            ",".join(f"guest{number}@example.com" for number in range(51)),
            "51 recipients are listed; a step writes to 50",
        ),
    ],
)
def test_a_written_list_is_checked_at_publish(custom: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SendTemplateConfig(template="t-1", recipient_type="custom", custom_recipient=custom)


GUESTS = [
    {"name": "Bo", "email": "bo@example.com", "phone": "+49 170 1111111"},
    {"name": "Cy", "email": "cy@example.com"},
    {"name": "Bo again", "email": "BO@example.com", "phone": "0170/1111111"},
    {"name": "Di"},
]


def to_guests(written: str, guests: object = GUESTS) -> tuple[dict[str, str], Scope]:
    """Return a step that writes to a list, and a booking event that holds the guests."""
    config = {"template": "t-1", "recipient_type": "custom", "custom_recipient": written}
    return config, scope(event_data={"guests": guests})


@pytest.mark.parametrize(
    "written",
    [
        "bo@example.com, cy@example.com",
        "bo@example.com;cy@example.com ; BO@EXAMPLE.com,",
        "{{ event.guests | join(', ', attribute='email') }}",
        "{{ event.guests }}",
        "bo@example.com, {{ event.guests }}",
    ],
)
def test_each_address_of_a_list_gets_one_message(ports: FakePorts, run: Run, written: str) -> None:
    give(ports)
    output = run(SendTemplate, *to_guests(written))
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com", "cy@example.com"]
    assert output["failed"] == []
    run(SendTemplate, *to_guests(written))
    assert len(ports.mailer.sent) == 2


def test_a_list_of_texts_is_a_list_of_addresses(ports: FakePorts, run: Run) -> None:
    give(ports)
    addresses = ["bo@example.com", "cy@example.com", "", None, 7, "nobody"]
    output = run(SendTemplate, *to_guests("{{ event.guests }}", addresses))
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com", "cy@example.com"]
    assert [one["recipient"] for one in output["unreached"]] == ["custom recipient 3"]


def test_people_of_a_list_get_both_messages(ports: FakePorts, run: Run) -> None:
    give(ports, channel="both")
    run(SendTemplate, *to_guests("{{ event.guests }}"))
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com", "cy@example.com"]
    assert [text.to for text in ports.texter.sent] == ["+491701111111"]


def test_a_list_is_written_to_once_though_it_shrinks_to_one_between_two_tries(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    ports.fail_next("mailer.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(SendTemplate, *to_guests("{{ event.guests }}"))
    run(SendTemplate, *to_guests("{{ event.guests }}", [GUESTS[1]]))
    assert [email.to for email in ports.mailer.sent] == ["cy@example.com"]


def test_of_a_list_only_those_who_opted_out_get_nothing(ports: FakePorts, run: Run) -> None:
    give(ports, category="marketing")
    opted_out = CUSTOMER.model_copy(update={"marketing_opt_out": True})
    config, _ = to_guests("ada@example.com, bo@example.com")
    output = run(SendTemplate, config, scope(customer=opted_out))
    assert [email.to for email in ports.mailer.sent] == ["bo@example.com"]
    assert output["opted_out"] == [{"recipient": "custom recipient 1", "channel": "email"}]


def test_a_list_that_is_too_long_writes_to_nobody_and_says_so(ports: FakePorts, run: Run) -> None:
    give(ports)
    guests = [f"guest{number}@example.com" for number in range(51)]
    with pytest.raises(PermanentError, match=r"The list has 51 recipients; a step writes to 50\."):
        run(SendTemplate, *to_guests("{{ event.guests }}", guests))
    assert ports.mailer.sent == []
    run(SendTemplate, *to_guests("{{ event.guests }}", [*guests[:50], guests[0].upper()]))
    assert len(ports.mailer.sent) == 50


def test_an_empty_list_is_a_skip(ports: FakePorts, run: Run) -> None:
    give(ports)
    with pytest.raises(StepSkipped, match="the list of custom recipients is empty") as skipped:
        run(SendTemplate, *to_guests("{{ event.guests | join(', ', attribute='email') }}", []))
    assert skipped.value.reason is ReasonCode.NO_RECIPIENT


@pytest.mark.parametrize(
    ("call", "unknown"),
    [(call, call in (4, 5, 8, 9)) for call in range(1, 10)],
)
def test_a_crash_after_any_call_sends_nothing_twice(
    ports: FakePorts, run: Run, call: int, unknown: bool
) -> None:
    """The calls: the template, who is suppressed; for each message, remembering around sending.

    The message's text is kept before it is sent. Before an SMS, the network is asked whether the
    number has opted out.
    """
    give(ports, channel="both")
    ports.crash_after(call)
    with pytest.raises(Crash):
        run(SendTemplate, TO_CUSTOMER)
    if unknown:  # kept, or sent as well, and its end never recorded
        with pytest.raises(OutcomeUnknownError):
            run(SendTemplate, TO_CUSTOMER)
    else:
        output = run(SendTemplate, TO_CUSTOMER)
        assert (len(output["emails"]), len(output["sms"])) == (1, 1)
    unsent = (int(call == 4), int(call == 8))
    assert (len(ports.mailer.sent), len(ports.texter.sent)) == (1 - unsent[0], 1 - unsent[1])
    assert len(ports.messages.stored) == 2


def test_the_custom_recipient_is_needed_for_that_type_and_only_then_a_text() -> None:
    with pytest.raises(ValidationError, match="Enter the addresses"):
        SendTemplateConfig(template="t-1", recipient_type="custom", custom_recipient="  ")
    config = SendTemplateConfig(template="t-1", custom_recipient="{{ x }}")
    assert list(SendTemplate.texts(config)) == []
    custom = SendTemplateConfig(
        template="t-1", recipient_type="custom", custom_recipient="{{ event.x }}"
    )
    assert [text.field for text in SendTemplate.texts(custom)] == ["custom_recipient"]
