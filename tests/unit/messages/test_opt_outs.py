"""Opt-outs at the moment of sending: who still gets what, and the way out in each message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bookflow.actions.base import Action, StepSkipped
from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate, SendTemplateConfig
from bookflow.domain.bookings.records import Activity, Contact
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.message import Email
from bookflow.domain.messages.suppression import SuppressionScope
from bookflow.domain.messages.unsubscribe_links import read_token
from bookflow.domain.messages.unsubscribing import with_unsubscribe
from bookflow.domain.messages.wording import wording_for
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.use_cases.messages.suppress import SuppressionList
from bookflow.use_cases.messages.unsubscribe import SubscriptionState, Unsubscribing
from bookflow.use_cases.preview.dry_run import preview
from tests.fakes import FakePorts
from tests.unit.actions.samples import BOOKING, CUSTOMER, scope, template
from tests.unit.surveys.samples import survey_ports

Run = Callable[..., Mapping[str, Any]]


@pytest.fixture
def ports() -> FakePorts:
    return survey_ports()


@pytest.fixture
def run(ports: FakePorts) -> Run:
    def step(
        action: type[Action[Any, Any]], config: Mapping[str, Any], where: Scope | None = None
    ) -> Mapping[str, Any]:
        made = action(ports)
        plan = made.plan(action.config_model.model_validate(config), where or scope())
        return made.perform(
            plan,
            lambda name, effect, message=None: ports.effects.once(name, effect, message=message),
        )

    return step


def give(ports: FakePorts, **changes: Any) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(**changes)


def suppress(ports: FakePorts, address: str, scope: SuppressionScope) -> None:
    SuppressionList(ports).add("loc-1", address, scope=scope)


@pytest.mark.parametrize(
    ("category", "suppressed", "sent"),
    [
        ("transactional", SuppressionScope.MARKETING, True),
        ("transactional", SuppressionScope.ALL, False),
        ("marketing", SuppressionScope.MARKETING, False),
        ("marketing", SuppressionScope.ALL, False),
    ],
)
def test_the_scope_decides_what_is_kept_back(
    ports: FakePorts, run: Run, category: str, suppressed: SuppressionScope, sent: bool
) -> None:
    give(ports, category=category)
    suppress(ports, "ADA@example.com", suppressed)
    if sent:
        run(SendTemplate, {"template": "t-1"})
    else:
        with pytest.raises(StepSkipped, match="opted out: customer") as skipped:
            run(SendTemplate, {"template": "t-1"})
        assert skipped.value.reason is ReasonCode.OPTED_OUT
        assert "ada" not in skipped.value.message
    assert len(ports.mailer.sent) == sent


def test_the_other_recipients_still_get_theirs(ports: FakePorts, run: Run) -> None:
    give(ports, html="<p>Crew</p>")
    crew = (Contact(email="bo@example.com"), Contact(email="cy@example.com"), Contact(name="Di"))
    suppress(ports, "bo@example.com", SuppressionScope.ALL)
    output = run(
        SendTemplate,
        {"template": "t-1", "recipient_type": "facilitator"},
        scope(activity=Activity(id="a-1", name="Tour", facilitators=crew)),
    )
    assert [email.to for email in ports.mailer.sent] == ["cy@example.com"]
    assert output["opted_out"] == [{"recipient": "facilitator 1", "channel": "email"}]
    assert output["unreached"] == [
        {"recipient": "facilitator 3", "channel": "email", "reason": "has no usable e-mail address"}
    ]


def test_one_channel_may_be_opted_out_of(ports: FakePorts, run: Run) -> None:
    give(ports, channel="both")
    suppress(ports, "+491701234567", SuppressionScope.ALL)
    output = run(SendTemplate, {"template": "t-1"})
    assert (len(ports.mailer.sent), len(ports.texter.sent)) == (1, 0)
    assert output["opted_out"] == [{"recipient": "customer", "channel": "sms"}]


def test_the_booking_system_s_own_opt_out_counts_for_marketing(ports: FakePorts, run: Run) -> None:
    where = scope(customer=CUSTOMER.model_copy(update={"marketing_opt_out": True}))
    give(ports, category="marketing")
    for action, config in ((SendTemplate, {"template": "t-1"}), (SendSurveyEmail, {})):
        with pytest.raises(StepSkipped) as skipped:
            run(action, config, where)
        assert skipped.value.reason is ReasonCode.OPTED_OUT
    give(ports)
    run(SendTemplate, {"template": "t-1"}, where)
    assert len(ports.mailer.sent) == 1


def test_a_marketing_e_mail_carries_its_way_out(ports: FakePorts, run: Run) -> None:
    give(ports, category="marketing", html="<html><body><p>Offer</p></body></html>")
    run(SendTemplate, {"template": "t-1"})
    (email,) = ports.mailer.sent
    link = email.headers["List-Unsubscribe"].strip("<>")
    assert email.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("https://book.example.com/u/loc-1/")
    assert email.html.index(link) < email.html.index("</body>")
    assert link in email.text
    token = link.rpartition("/")[2]
    key = ports.suppressions.link_key("loc-1")
    assert key is not None
    assert read_token(key, "loc-1", token)
    Unsubscribing(ports).unsubscribe("loc-1", token)
    with pytest.raises(StepSkipped):
        run(SendTemplate, {"template": "t-1"})


def test_a_template_s_own_link_is_the_only_one(ports: FakePorts, run: Run) -> None:
    give(
        ports,
        category="marketing",
        channel="both",
        html='<html><a href="{{ unsubscribe_url }}">Bye</a></html>',
        sms="Stop: {{ unsubscribe_url }}",
    )
    run(SendTemplate, {"template": "t-1"})
    assert ports.mailer.sent[0].html.count("/u/loc-1/") == 1
    link = ports.texter.sent[0].text.removeprefix("Stop: ")
    now = Unsubscribing(ports).look("loc-1", link.rpartition("/")[2])
    assert now.state is SubscriptionState.SUBSCRIBED
    assert now.subscriber is not None
    assert now.subscriber.masked == "+49…67"


@pytest.mark.parametrize(
    "content",
    ['<p>Bye: <a href="{{ unsubscribe_url }}">stop</a></p>', "<p>Bye: {{ unsubscribe_url }}</p>"],
)
def test_the_layout_does_not_repeat_the_content_s_own_link(
    ports: FakePorts, run: Run, content: str
) -> None:
    give(ports, category="marketing", html=content)
    run(SendTemplate, {"template": "t-1"})
    (email,) = ports.mailer.sent
    assert email.html.startswith("<!doctype html>")
    assert email.html.count("/u/loc-1/") == 1
    assert "Unsubscribe here" not in email.html


def test_the_layout_offers_the_way_out_where_the_content_does_not(
    ports: FakePorts, run: Run
) -> None:
    give(ports, category="marketing")
    run(SendTemplate, {"template": "t-1"})
    assert ports.mailer.sent[0].html.count("/u/loc-1/") == 1
    assert "Unsubscribe here" in ports.mailer.sent[0].html


def test_a_message_about_a_booking_has_no_way_out(ports: FakePorts, run: Run) -> None:
    give(ports)
    run(SendTemplate, {"template": "t-1"})
    assert not ports.mailer.sent[0].headers
    assert not ports.suppressions.link_keys


def test_marketing_without_a_public_address_is_not_sent(ports: FakePorts, run: Run) -> None:
    give(ports, category="marketing")
    ports.public_base_url = ""
    with pytest.raises(PermanentError, match="Set the public base URL"):
        run(SendTemplate, {"template": "t-1"})


def test_a_survey_e_mail_carries_its_way_out_and_honours_it(ports: FakePorts, run: Run) -> None:
    run(SendSurveyEmail, {})
    (email,) = ports.mailer.sent
    link = email.headers["List-Unsubscribe"].strip("<>")
    assert link in email.html
    assert link in email.text
    Unsubscribing(ports).unsubscribe("loc-1", link.rpartition("/")[2])
    with pytest.raises(StepSkipped) as skipped:
        run(SendSurveyEmail, {})
    assert skipped.value.reason is ReasonCode.OPTED_OUT
    assert len(ports.mailer.sent) == 1


def test_a_booking_may_be_excluded_from_surveys(ports: FakePorts, run: Run) -> None:
    excluded = BOOKING.model_copy(update={"survey_excluded": True})
    with pytest.raises(StepSkipped) as skipped:
        run(SendSurveyEmail, {}, scope(booking=excluded))
    assert skipped.value.reason is ReasonCode.SURVEY_EXCLUDED
    run(SendSurveyEmail, {}, scope(booking=BOOKING.model_copy(update={"survey_excluded": False})))
    assert len(ports.mailer.sent) == 1


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("<html><body><p>Hi</p></BODY ></html>", "</p>\n</BODY ></html>"),
        ("<p>Hi</p>", "</p>\n"),
    ],
)
def test_the_line_stands_at_the_end_of_the_text_in_the_reader_s_language(
    source: str, end: str
) -> None:
    email = Email(to="a@b.de", subject="Hi", html=source, text="Hi")
    made = with_unsubscribe(email, "https://x.example/u/l/t", wording_for(["de-DE"]))
    assert made.html.endswith(end)
    assert "Hier abbestellen" in made.html
    assert made.text.startswith("Hi\n\n-- \n")
    assert (
        "Unsubscribe here"
        in with_unsubscribe(email, "https://x.example/u", wording_for(["ja"])).html
    )


def test_planning_makes_no_key_and_the_message_s_link_works(ports: FakePorts) -> None:
    give(ports, category="marketing", html="<p>Offer</p>")
    config = SendTemplateConfig(template="t-1")
    plan = SendTemplate(ports).plan(config, scope())
    assert ports.suppressions.link_keys == {}
    assert "fresh_key" not in preview(plan)
    SendTemplate(ports).perform(plan, lambda _, effect, *kept: effect())
    (email,) = ports.mailer.sent
    token = email.headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert read_token(ports.suppressions.link_keys["loc-1"], "loc-1", token)


def test_of_two_steps_that_make_the_first_key_one_is_tried_again(ports: FakePorts) -> None:
    give(ports, category="marketing", html="<p>Offer</p>")
    action, config = SendTemplate(ports), SendTemplateConfig(template="t-1")
    plans = [action.plan(config, scope()) for _ in range(2)]
    action.perform(plans[0], lambda _, effect, *kept: effect())
    with pytest.raises(TransientError, match="at the same moment"):
        action.perform(plans[1], lambda _, effect, *kept: effect())
    assert len(ports.mailer.sent) == 1
    assert action.plan(config, scope()).fresh_key is None
