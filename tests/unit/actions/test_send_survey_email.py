"""Send Survey Email: the link that is mailed and the invitation that is stored are one."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from bookflow.actions.base import StepSkipped
from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.domain.bookings.records import Activity, Customer, Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from bookflow.domain.surveys.records import SurveyInvitation
from bookflow.domain.surveys.tokens import digest
from tests.fakes import Crash, FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import BOOKING, CUSTOMER, LOCATION, NOW, scope, survey, template

LINK = re.compile(r"https://book\.example\.com/s/loc-1/([A-Za-z0-9_-]+)")


@pytest.fixture(autouse=True)
def _location_survey(ports: FakePorts) -> None:
    ports.surveys.stored["loc-1", "after-visit"] = survey()


def invitations(ports: FakePorts) -> list[SurveyInvitation]:
    return list(ports.surveys.invitations.values())


def mailed_token(ports: FakePorts) -> str:
    found = LINK.search(ports.mailer.sent[-1].html)
    assert found
    assert found[0] in ports.mailer.sent[-1].text
    return found[1]


def test_the_mailed_link_belongs_to_the_stored_invitation(ports: FakePorts, run: Run) -> None:
    output = run(SendSurveyEmail, {})
    (invitation,) = invitations(ports)
    token = mailed_token(ports)
    assert invitation.token_hash == digest(token)
    assert invitation.booking_id == "b-1"
    assert invitation.expires_at == NOW + timedelta(days=30)
    assert output["survey_id"] == "after-visit"
    assert output["expires_at"] == invitation.expires_at.isoformat()
    assert token not in repr(output)
    assert token not in repr(invitation)


def test_a_guest_with_several_addresses_is_asked_once_at_the_first(
    ports: FakePorts, run: Run
) -> None:
    guest = CUSTOMER.model_copy(update={"email": "Ada <ada@example.com>, bo@example.org"})
    run(SendSurveyEmail, {}, scope(customer=guest))
    assert [email.to for email in ports.mailer.sent] == ["ada@example.com"]


def test_the_invitation_is_stored_before_the_mail_goes_out(ports: FakePorts, run: Run) -> None:
    run(SendSurveyEmail, {})
    assert ports.calls.made.index("surveys.invite") < ports.calls.made.index("mailer.send")


def test_the_built_in_mail_speaks_in_the_location_s_name(ports: FakePorts, run: Run) -> None:
    run(SendSurveyEmail, {})
    (email,) = ports.mailer.sent
    assert email.subject == "Ada, how was Sunset kayak tour?"
    assert "Dear Ada," in email.html
    assert "Dear Ada," in email.text
    assert "1 December 2026" in email.text
    assert "Spree Kayaks" in email.text
    assert email.sender_name == "Spree Kayaks"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-DE", "Er gilt bis zum 1. Dezember 2026."),
        ("fr-CA", "valable jusqu\u2019au 1 décembre 2026."),
        ("ja-JP", "It works until 1 December 2026."),
    ],
)
def test_the_built_in_mail_is_of_one_language_in_all_its_parts(
    ports: FakePorts, run: Run, locale: str, words: str
) -> None:
    guest = Customer(id="c-1", first_name="Ada", email="ada@example.com", locale=locale)
    run(SendSurveyEmail, {}, scope(customer=guest))
    assert words in ports.mailer.sent[0].text
    assert words in html.unescape(ports.mailer.sent[0].html)


def test_a_template_s_dates_are_in_the_template_s_language(ports: FakePorts, run: Run) -> None:
    german = Customer(id="c-1", first_name="Ada", email="ada@example.com", locale="de-DE")
    ports.templates.stored["loc-1", "t-1"] = template(
        html="<p>{{ survey.link }} {{ survey.expires_at | date('long') }}</p>", language="de"
    )
    run(SendSurveyEmail, {"template": "t-1"}, scope(customer=german))
    assert "1. Dezember 2026" in ports.mailer.sent[0].html


def test_no_link_is_shown_by_the_plan_s_text_form(ports: FakePorts) -> None:
    action = SendSurveyEmail(ports)
    assert "/s/" not in repr(action.plan(SendSurveyEmail.config_model(), scope()))


def test_the_built_in_mail_does_without_names(ports: FakePorts, run: Run) -> None:
    run(
        SendSurveyEmail,
        {},
        scope(customer=Customer(id="c-1", email="x@example.com"), activity=None),
    )
    (email,) = ports.mailer.sent
    assert email.subject == "How was your visit to Spree Kayaks?"
    assert "Hello," in email.text


def test_the_step_s_survey_wins_over_the_activity_s_and_that_over_the_location_s(
    ports: FakePorts, run: Run
) -> None:
    for name in ("step", "activity"):
        ports.surveys.stored["loc-1", name] = survey(id=name)
    own = Activity(id="a-1", name="Tour", survey_id="activity")
    assert run(SendSurveyEmail, {}, scope(activity=own))["survey_id"] == "activity"
    plan = SendSurveyEmail(ports).plan(
        SendSurveyEmail.config_model.model_validate({"survey": "step"}), scope(activity=own)
    )
    assert plan.record.survey_id == "step"


def test_a_template_of_one_s_own_is_used(ports: FakePorts, run: Run) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(
        subject="{{ survey.name }}", html='<a href="{{ survey.link }}">Go</a>'
    )
    run(SendSurveyEmail, {"template": "t-1"})
    assert ports.mailer.sent[0].subject == "After the visit"
    assert invitations(ports)[0].token_hash == digest(mailed_token(ports))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"html": "<p>No link</p>"}, "does not hold the survey's link"),
        ({"html": "{{ survey.link }}", "text": "No link"}, "does not hold the survey's link"),
        ({"channel": "sms"}, "for SMS only"),
        ({"active": False}, "inactive"),
    ],
)
def test_a_template_that_cannot_carry_the_link_is_refused(
    ports: FakePorts, run: Run, changes: dict[str, Any], says: str
) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(**changes)
    with pytest.raises(PermanentError, match=says) as refused:
        run(SendSurveyEmail, {"template": "t-1"})
    assert refused.value.field == "template"
    assert not ports.surveys.invitations
    assert not ports.mailer.sent


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"customer": None}, ReasonCode.NO_RECIPIENT),
        ({"customer": Customer(id="c-1", email="nonsense")}, ReasonCode.NO_RECIPIENT),
        (
            {"booking": BOOKING.model_copy(update={"status": BookingStatus.CANCELLED})},
            ReasonCode.SURVEY_EXCLUDED,
        ),
        (
            {"booking": BOOKING.model_copy(update={"status": BookingStatus.NO_SHOW})},
            ReasonCode.SURVEY_EXCLUDED,
        ),
        (
            {"location": LOCATION.model_copy(update={"survey_id": None})},
            ReasonCode.SURVEY_INACTIVE,
        ),
        (
            {"location": LOCATION.model_copy(update={"survey_id": "gone"})},
            ReasonCode.SURVEY_INACTIVE,
        ),
        (
            {"location": LOCATION.model_copy(update={"survey_id": "asleep"})},
            ReasonCode.SURVEY_INACTIVE,
        ),
    ],
)
def test_no_survey_is_sent_without_its_conditions(
    ports: FakePorts, run: Run, where: dict[str, Any], reason: ReasonCode
) -> None:
    ports.surveys.stored["loc-1", "asleep"] = survey(id="asleep", active=False)
    with pytest.raises(StepSkipped) as skipped:
        run(SendSurveyEmail, {}, scope(**where))
    assert skipped.value.reason is reason
    assert not ports.surveys.invitations
    assert not ports.mailer.sent


def test_without_a_public_address_the_step_fails_with_a_remedy(ports: FakePorts, run: Run) -> None:
    ports.public_base_url = ""
    with pytest.raises(PermanentError, match=r"public address.*Set the public base URL"):
        run(SendSurveyEmail, {})


def test_a_survey_needs_a_booking(run: Run) -> None:
    with pytest.raises(PermanentError, match="has no known booking"):
        run(SendSurveyEmail, {}, scope(booking=None))


def test_a_retry_after_a_busy_mail_service_mails_a_link_that_works(
    ports: FakePorts, run: Run
) -> None:
    ports.fail_next("mailer.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(SendSurveyEmail, {})
    run(SendSurveyEmail, {})
    assert digest(mailed_token(ports)) == invitations(ports)[-1].token_hash


@pytest.mark.parametrize(
    ("call", "unknown"), [*((call, False) for call in range(1, 8)), (8, True), (9, True)]
)
def test_a_crash_after_any_call_mails_once_and_only_links_that_work(
    ports: FakePorts, run: Run, call: int, unknown: bool
) -> None:
    """Opt-outs, the survey, the link's key, who asks, keeping the key, inviting, keeping the text, mailing."""
    ports.crash_after(call)
    with pytest.raises(Crash):
        run(SendSurveyEmail, {})
    if unknown:  # its text kept, or mailed as well, and its end never recorded
        with pytest.raises(OutcomeUnknownError):
            run(SendSurveyEmail, {})
    else:
        run(SendSurveyEmail, {})
    assert len(ports.mailer.sent) == int(call != 8)
    if call == 8:
        return
    known = {invitation.token_hash for invitation in invitations(ports)}
    assert digest(mailed_token(ports)) in known


def test_the_location_s_zone_decides_the_day_that_is_named(ports: FakePorts, run: Run) -> None:
    east = Location(
        id="loc-1",
        name="Tonga Surf",
        timezone="Pacific/Tongatapu",
        locale="en-GB",
        survey_id="after-visit",
    )
    late = NOW.replace(hour=13)  # 02:00 of the next day at UTC+13
    run(SendSurveyEmail, {}, scope(location=east, now=late))
    assert "2 December 2026" in ports.mailer.sent[0].text
