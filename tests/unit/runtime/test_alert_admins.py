"""Admins hear that executions failed: once an hour, in plain words, without a guest."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
)
from bookflow.domain.shared.errors import OutcomeUnknownError
from bookflow.use_cases.runtime.alert_admins import alert_admins
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.record_status_event import StatusEventRecorder
from tests.fakes import FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, NOW, event, graph, new_ports, publish

ADMINS = ({"name": "Bea", "email": "bea@example.com"}, {"name": "Cem", "email": "cem@example.com"})


def location_of(ports: FakePorts, **settings: Any) -> None:
    kept = LocationSettings.model_validate({"name": "Spree Kayaks", "admins": ADMINS, **settings})
    revision = ports.bookings.location(LOCATION_ID).kept.revision
    ports.bookings.save_settings(LOCATION_ID, StoredSettings(kept, revision + 1, NOW))


def started(ports: FakePorts, number: int = 1) -> Execution:
    (execution,) = Dispatcher(ports).dispatch(
        event(event_id=f"e-{number}", booking_id=f"b-{number}")
    )
    return execution


def report(ports: FakePorts, execution: Execution, status: str, at: int = 5) -> None:
    """Take the status event of Step Functions, as the function does."""
    stored = ports.machines.started[execution.machine_arn, execution.id]
    moment = int((NOW + timedelta(seconds=at)).timestamp() * 1000)

    StatusEventRecorder(ports).take(
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "time": (NOW + timedelta(seconds=at)).isoformat(),
            "detail": {
                "name": execution.id,
                "stateMachineArn": execution.machine_arn,
                "status": status,
                "startDate": moment,
                "stopDate": None if status == "RUNNING" else moment,
                "input": json.dumps(stored.payload),
                "inputDetails": {"included": True},
            },
        }
    )


@pytest.fixture
def ports() -> FakePorts:
    made = new_ports()
    publish(made, "wf-a", graph(NOTE))
    location_of(made)
    return made


def test_each_admin_gets_one_e_mail_with_workflow_count_and_link(ports: FakePorts) -> None:
    report(ports, started(ports), "FAILED")
    assert [each.to for each in ports.mailer.sent] == ["bea@example.com", "cem@example.com"]
    (first, _) = ports.mailer.sent
    assert first.subject == "Workflows at Spree Kayaks failed"
    name = ports.workflows.get(LOCATION_ID, "wf-a").name
    assert f"{name}: 1" in first.text
    assert f"https://bookflow.example/dashboard/#/{LOCATION_ID}/home" in first.text
    assert f"{name}: 1" in first.html
    assert "/home" in first.html


def test_it_names_no_guest_and_no_booking(ports: FakePorts) -> None:
    execution = started(ports)
    report(ports, execution, "FAILED")
    for email in ports.mailer.sent:
        said = email.subject + email.html + email.text
        for secret in ("b-1", "Ada", "ada@example.com", execution.id, "e-1"):
            assert secret not in said


def test_an_execution_that_completes_costs_no_call_more(ports: FakePorts) -> None:
    execution = started(ports)
    ports.calls.made.clear()
    report(ports, execution, "SUCCEEDED")
    assert ports.calls.made == [
        "executions.with_steps",
        "executions.update",
        "executions.count_end",
    ]
    assert not ports.mailer.sent


def test_it_comes_once_an_hour_and_then_counts_what_failed_since(ports: FakePorts) -> None:
    executions = [started(ports, number) for number in range(1, 6)]
    ports.clock.moment = NOW
    for execution in executions[:4]:
        report(ports, execution, "FAILED")
    assert len(ports.mailer.sent) == 2
    ports.clock.moment = NOW + timedelta(minutes=59)
    report(ports, executions[4], "FAILED", at=59 * 60)
    assert len(ports.mailer.sent) == 2
    ports.clock.moment = NOW + timedelta(minutes=60)
    last = started(ports, 9)
    report(ports, last, "FAILED", at=60 * 60)
    assert len(ports.mailer.sent) == 4
    assert ": 6" in ports.mailer.sent[-1].text


def test_a_report_that_comes_again_sends_nothing_more(ports: FakePorts) -> None:
    execution = started(ports)
    for _ in range(3):
        report(ports, execution, "FAILED")
    assert len(ports.mailer.sent) == 2


def test_it_is_turned_off_in_the_settings(ports: FakePorts) -> None:
    location_of(ports, failure_alerts=False)
    execution = started(ports)
    ports.calls.made.clear()
    report(ports, execution, "FAILED")
    assert not ports.mailer.sent
    assert "rate_limits.take" not in ports.calls.made


def test_without_an_admin_s_address_nothing_is_taken_from_the_hour(ports: FakePorts) -> None:
    location_of(ports, admins=[{"name": "Bea"}])
    report(ports, started(ports), "FAILED")
    location_of(ports)
    report(ports, started(ports, 2), "FAILED")
    assert len(ports.mailer.sent) == 2


def test_an_admin_s_address_that_bounced_gets_none(ports: FakePorts) -> None:
    ports.suppressions.add(
        Suppression.of(
            LOCATION_ID,
            "bea@example.com",
            reason=SuppressionReason.BOUNCED,
            scope=SuppressionScope.ALL,
            created_at=NOW,
        )
    )
    report(ports, started(ports), "FAILED")
    assert [each.to for each in ports.mailer.sent] == ["cem@example.com"]


@pytest.mark.parametrize("name", ["mailer.send", "rate_limits.take", "executions.page"])
def test_an_alert_that_fails_leaves_the_execution_recorded(ports: FakePorts, name: str) -> None:
    execution = started(ports)
    ports.calls.fail_next(name, OutcomeUnknownError("nobody knows"))
    report(ports, execution, "FAILED")
    assert ports.executions.get(LOCATION_ID, execution.id).status == "failed"
    assert ports.counter.counts["AlertsFailed", None] == 1


@pytest.mark.parametrize("language", ["de-DE", "ar", "pl", "xx"])
def test_it_speaks_the_location_s_language(ports: FakePorts, language: str) -> None:
    ports.bookings.settings[LOCATION_ID] = StoredSettings(
        LocationSettings.model_construct(
            _fields_set={"name", "admins", "locale"},
            name="Spree Kayaks",
            admins=ports.bookings.location(LOCATION_ID).kept.settings.admins,
            locale=language,
        ),
        1,
        NOW,
    )
    alert_admins(ports, started(ports))
    (first, _) = ports.mailer.sent
    assert ("failed" in first.subject) is (language == "xx")
    assert f'lang="{language[:2]}"' in first.html
