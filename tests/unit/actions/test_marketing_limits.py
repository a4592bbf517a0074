"""A guest gets so many marketing messages a day and none in a pause; nothing else is held back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bookflow.actions.base import StepSkipped
from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from tests.fakes import FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import LOCATION, NOW, scope, survey, template

CONFIG = {"template": "t-1", "recipient_type": "customer"}
ONE_A_DAY = {"marketing_per_day": 1}
PAUSED = {"marketing_pauses": [{"first": "2026-11-01", "last": "2026-11-02"}]}


def at(execution: str = "x-1", *, now: datetime = NOW, **settings: Any) -> Scope:
    location = LOCATION.model_validate({**LOCATION.model_dump(exclude_unset=True), **settings})
    made = scope(location=location, now=now)
    about = made.execution.changed(id=execution)
    return Scope(about, made.node, made.event, made.context, now)


def give(ports: FakePorts, category: str = "marketing", **changes: Any) -> None:
    ports.templates.save(template(category=category, **changes))


def reason(run: Run, *given: Any) -> ReasonCode:
    with pytest.raises(StepSkipped) as caught:
        run(*given)
    return caught.value.reason


def test_one_more_than_the_limit_is_skipped_until_the_locations_next_day(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    run(SendTemplate, CONFIG, at("x-1", **ONE_A_DAY))
    assert reason(run, SendTemplate, CONFIG, at("x-2", **ONE_A_DAY)) is ReasonCode.MARKETING_LIMIT
    # Berlin is an hour ahead: its next day begins at 23:00 UTC.
    before = NOW.replace(hour=22, minute=59)
    late = at("x-2", now=before, **ONE_A_DAY)
    assert reason(run, SendTemplate, CONFIG, late) is ReasonCode.MARKETING_LIMIT
    run(SendTemplate, CONFIG, at("x-2", now=before + timedelta(minutes=2), **ONE_A_DAY))
    assert len(ports.mailer.sent) == 2


def test_a_survey_counts_as_marketing_and_is_not_marked_as_asked_when_skipped(
    ports: FakePorts, run: Run
) -> None:
    ports.surveys.save(survey())
    give(ports)
    run(SendTemplate, CONFIG, at("x-1", **ONE_A_DAY))
    asked = at("x-2", **ONE_A_DAY)
    assert reason(run, SendSurveyEmail, {}, asked) is ReasonCode.MARKETING_LIMIT
    tomorrow = at("x-3", now=NOW + timedelta(days=1), **ONE_A_DAY)
    assert run(SendSurveyEmail, {}, tomorrow)["survey_id"] == "after-visit"


def test_a_step_counts_once_in_all_its_tries_and_channels(ports: FakePorts, run: Run) -> None:
    give(ports, channel="both", sms="Hello")
    ports.fail_next("texter.send", TransientError("busy"))
    with pytest.raises(TransientError):
        run(SendTemplate, CONFIG, at(**ONE_A_DAY))
    sent = run(SendTemplate, CONFIG, at(**ONE_A_DAY))
    assert (len(sent["emails"]), len(sent["sms"])) == (1, 1)
    assert len(ports.mailer.sent) == len(ports.texter.sent) == 1


def test_what_turns_out_to_send_nothing_gives_its_place_back(ports: FakePorts, run: Run) -> None:
    give(ports, channel="sms", sms="Hello")
    ports.texter.opted_out.add("+491701234567")
    assert reason(run, SendTemplate, CONFIG, at("x-1", **ONE_A_DAY)) is ReasonCode.OPTED_OUT
    ports.surveys.save(survey())
    run(SendSurveyEmail, {}, at("x-2", **ONE_A_DAY))
    assert reason(run, SendSurveyEmail, {}, at("x-3", **ONE_A_DAY)) is ReasonCode.MARKETING_LIMIT


def test_what_the_mail_service_refuses_gives_its_place_back(ports: FakePorts, run: Run) -> None:
    give(ports)
    ports.surveys.save(survey())
    for name, action, config in (("x-1", SendTemplate, CONFIG), ("x-2", SendSurveyEmail, {})):
        ports.fail_next("mailer.send", PermanentError("The address is not taken."))
        with pytest.raises(PermanentError):
            run(action, config, at(name, **ONE_A_DAY))
    run(SendTemplate, CONFIG, at("x-3", **ONE_A_DAY))
    # What may have been sent keeps its place.
    ports.fail_next("mailer.send", OutcomeUnknownError("no answer"))
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(OutcomeUnknownError):
        run(SendTemplate, CONFIG, at("x-4", now=tomorrow, **ONE_A_DAY))
    held_back = at("x-5", now=tomorrow, **ONE_A_DAY)
    assert reason(run, SendTemplate, CONFIG, held_back) is ReasonCode.MARKETING_LIMIT


@pytest.mark.parametrize("settings", [ONE_A_DAY, PAUSED])
def test_other_messages_and_the_staff_are_not_limited_and_cost_no_call(
    ports: FakePorts, run: Run, settings: Any
) -> None:
    give(ports, "transactional")
    for number in range(3):
        run(SendTemplate, CONFIG, at(f"x-{number}", **settings))
    assert len(ports.mailer.sent) == 3
    if settings is ONE_A_DAY:
        give(ports, id="t-2")
        to_staff = {"template": "t-2", "recipient_type": "admin"}
        for number in range(3, 6):
            run(SendTemplate, to_staff, at(f"x-{number}", **settings))
        assert len(ports.mailer.sent) == 6
    assert "marketing_counts.take" not in ports.calls.made


def test_without_a_limit_marketing_is_not_counted(ports: FakePorts, run: Run) -> None:
    give(ports)
    for number in range(3):
        run(SendTemplate, CONFIG, at(f"x-{number}"))
    assert "marketing_counts.take" not in ports.calls.made


def test_a_pause_holds_marketing_back_on_its_first_and_last_local_date(
    ports: FakePorts, run: Run
) -> None:
    give(ports)
    ports.surveys.save(survey())
    begins = datetime.fromisoformat("2026-11-01T00:00:00+01:00")
    ends = datetime.fromisoformat("2026-11-03T00:00:00+01:00")
    minute = timedelta(minutes=1)
    for moment in (begins, ends - minute):
        for action, config in ((SendTemplate, CONFIG), (SendSurveyEmail, {})):
            skipped = at(now=moment, **PAUSED)
            assert reason(run, action, config, skipped) is ReasonCode.MARKETING_PAUSED
    for moment in (begins - minute, ends):
        run(SendTemplate, CONFIG, at(f"x-{moment:%d}", now=moment, **PAUSED))
    assert len(ports.mailer.sent) == 2


def test_the_count_says_nothing_of_the_guest_and_goes_with_them(ports: FakePorts, run: Run) -> None:
    give(ports)
    run(SendTemplate, CONFIG, at(**ONE_A_DAY))
    ((location_id, guest, _),) = ports.marketing_counts.days
    assert guest == guest_digest(location_id, "c-1")
    ports.marketing_counts.forget(location_id, guest)
    assert not ports.marketing_counts.days
