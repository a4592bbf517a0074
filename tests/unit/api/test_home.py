"""The home page's parts and the adding of locations, by their routes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode, Step
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.messages.sent.sent_message import MessageBody, MessageState
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
)
from bookflow.use_cases.home.failures import PAGE, PAGES
from bookflow.use_cases.jobs.run_job import JobRunner
from bookflow.use_cases.runtime.track_execution import Tracker
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.integration.adapters.test_messages import message
from tests.unit.api.graphs import LOCATION, NOTE, create, created_event, graph_of, publish

HOME = f"{LOCATION}/home"


def failed(ports: FakePorts, number: int, **changes: Any) -> Execution:
    """Store an execution that failed so many minutes ago."""
    began = ports.clock.now() - timedelta(minutes=number)
    execution = Execution(
        **{
            "location_id": "loc-1",
            "id": f"ex_{number}",
            "workflow_id": "wf-1",
            "workflow_name": "Welcome",
            "version": 1,
            "event_id": f"e-{number}",
            "event_type": "Booking Created",
            "event_data": {},
            "status": ExecutionStatus.FAILED,
            "reason_code": ReasonCode.STEP_FAILED,
            "error_message": f'"Tell CRM" failed: status 500 for booking {number}.',
            "started_at": began,
            "completed_at": began,
            **changes,
        }
    )
    ports.executions.claim(execution)
    return execution


def test_failures_are_grouped_by_workflow_and_error_the_newest_first(
    ports: FakePorts, admin: Client
) -> None:
    for number in (5, 6, 7):
        failed(ports, number)
    failed(ports, 2, error_message='"Mail" failed: no template.')
    failed(ports, 3, workflow_id="wf-2", workflow_name="Review")
    failed(ports, 4, status=ExecutionStatus.COMPLETED)
    failed(ports, 31 * 24 * 60)
    shown = admin.get(f"{HOME}/failures").json
    assert [(each["workflow_name"], each["executions"]) for each in shown["groups"]] == [
        ("Welcome", 1),
        ("Review", 1),
        ("Welcome", 3),
    ]
    assert shown["is_complete"] is True
    last = shown["groups"][2]
    assert (last["execution_id"], last["is_unknown"]) == ("ex_5", False)
    listed = admin.get(f"{LOCATION}/executions/ex_6").json
    assert listed["error_signature"] == last["error_signature"]


def test_many_failures_are_read_up_to_a_bound(ports: FakePorts, admin: Client) -> None:
    for number in range(PAGES * PAGE + 50):
        failed(ports, number)
    ports.calls.made.clear()
    shown = admin.get(f"{HOME}/failures").json
    assert (shown["groups"][0]["executions"], shown["is_complete"]) == (PAGES * PAGE, False)
    assert len(ports.calls.made) <= 2 * PAGES


def test_an_unknown_outcome_is_said_of_the_execution_and_of_its_group(
    ports: FakePorts, admin: Client
) -> None:
    execution = failed(ports, 1, status=ExecutionStatus.RUNNING, launched=True, completed_at=None)
    step = Step(
        location_id="loc-1",
        execution_id=execution.id,
        node_id="n",
        node_type="webhook",
        node_name="Tell CRM",
        status="failed",
        reason_code=ReasonCode.OUTCOME_UNKNOWN,
        unknown_effects=("request",),
        started_at=execution.started_at,
    )
    ports.executions.begin_step(step)
    ports.executions.finish_step(step)
    Tracker(ports).apply(
        StatusChange(
            location_id="loc-1", execution_id=execution.id, status="FAILED", at=ports.clock.now()
        )
    )
    (group,) = admin.get(f"{HOME}/failures").json["groups"]
    assert group["is_unknown"] is True
    shown = admin.get(f"{LOCATION}/executions/{execution.id}").json
    assert shown["reason_code"] == "outcome_unknown"


def test_a_new_location_has_empty_parts(admin: Client) -> None:
    assert admin.get(f"{HOME}/failures").json == {"groups": [], "is_complete": True}
    assert admin.get(f"{HOME}/suppressed-guests").json == {"guests": [], "is_complete": True}
    assert admin.get(f"{HOME}/reminders").json == {"workflows": [], "is_complete": True}
    none = {"sent": 0, "delivered": 0, "failed": 0, "is_complete": True}
    assert admin.get(f"{HOME}/messages").json == {"channels": {"email": none, "sms": none}}


def book(ports: FakePorts, number: int, start: str, **customer: Any) -> None:
    envelope = created_event(f"e-{number}")
    guest = {
        "id": f"c-{number}",
        "first_name": "Ada",
        "email": f"ada{number}@example.com",
        "phone": "0151 23456789",
        **customer,
    }
    envelope["detail"] |= {
        "location_id": "loc-1",
        "booking_id": f"b-{number}",
        "start_time": start,
        "end_time": None,
        "customer": guest,
        "location": {
            "id": "loc-1",
            "name": "Kayaks",
            "timezone": "Pacific/Auckland",
            "country": "DE",
        },
    }
    del envelope["detail"]["end_time"]
    ports.bookings.record(parse_event(envelope))


def suppress(ports: FakePorts, address: str) -> None:
    ports.suppressions.add(
        Suppression.of(
            "loc-1",
            address,
            reason=SuppressionReason.BOUNCED,
            scope=SuppressionScope.ALL,
            created_at=ports.clock.now(),
        )
    )


def test_suppressed_guests_are_those_of_the_location_s_own_day(
    ports: FakePorts, admin: Client
) -> None:
    # 1 December, 09:00 UTC is 22:00 in Auckland: its day is from 11:00 UTC of 30 November on.
    ports.clock.moment = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    starts = {
        1: "2026-11-30T10:59:00+00:00",
        2: "2026-11-30T11:00:00+00:00",
        3: "2026-12-01T10:59:00+00:00",
        4: "2026-12-01T11:00:00+00:00",
    }
    for number, start in starts.items():
        book(ports, number, start)
        suppress(ports, f"ada{number}@example.com")
    book(ports, 5, starts[2])
    suppress(ports, "+4915123456789")
    written = "Ada <ada6@example.com>, ada7@example.com"
    book(ports, 6, starts[3], id="c-6", email=written, phone=None)
    suppress(ports, "ada6@example.com")
    suppress(ports, "ada7@example.com")
    shown = admin.get(f"{HOME}/suppressed-guests").json
    found = [(each["booking_id"], each["address"]) for each in shown["guests"]]
    assert found == [
        ("b-2", "a…@example.com"),
        ("b-2", "+49…89"),
        ("b-5", "+49…89"),
        ("b-3", "a…@example.com"),
        ("b-3", "+49…89"),
        ("b-6", "a…@example.com"),
    ]
    assert shown["is_complete"] is True
    assert "ada" not in str(shown)


def test_reminders_of_the_next_day_are_counted_by_workflow(ports: FakePorts, admin: Client) -> None:
    for number, hours in ((1, 12), (2, 47), (3, 49)):
        start = ports.clock.now() + timedelta(hours=hours)
        book(ports, number, start.isoformat())
    reminder = graph_of(NOTE)
    reminder["nodes"][0]["config"] = {
        "event": "Booking Reminder",
        "offset_value": 24,
        "offset_unit": "hours",
        "relative_to": "before_start",
    }
    publish(admin, create(admin, reminder, name="Day before"))
    while ports.reminder_jobs.messages:
        JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    shown = admin.get(f"{HOME}/reminders").json
    (only,) = shown["workflows"]
    assert (only["workflow_name"], only["reminders"]) == ("Day before", 2)
    assert only["next_booking_id"] == "b-1"


def test_messages_are_counted_by_channel_for_30_days(ports: FakePorts, admin: Client) -> None:
    now = ports.clock.now()
    ages = {"m1": 0, "m2": 29, "m3": 31}
    for name, days in ages.items():
        sent = message(name, sent_at=now - timedelta(days=days))
        ports.messages.add(sent, MessageBody(), None)
    ports.messages.add(message("m4", channel="sms", sent_at=now), MessageBody(), None)
    for name, state in (("m1", "delivered"), ("m2", "bounced"), ("m4", "failed")):
        ports.messages.note("loc-1", "ex-1", name, "ex-1", MessageState(state), now)
    assert admin.get(f"{HOME}/messages").json["channels"] == {
        "email": {"sent": 2, "delivered": 1, "failed": 1, "is_complete": True},
        "sms": {"sent": 1, "delivered": 0, "failed": 1, "is_complete": True},
    }


@pytest.fixture
def everywhere(api: Api, issuer: TestIssuer) -> Client:
    """An admin of the deployment."""
    return Client(api, issuer.token({"bookflow:roles": {"*": "admin"}}))


NEW = {
    "name": "Fjord Rafting",
    "timezone": "Europe/Oslo",
    "locale": "nb-NO",
    "country": "NO",
    "currency": "NOK",
    "quiet_hours": {"start": "21:00", "end": "08:00"},
}


def test_a_location_is_added_once_and_its_admin_can_go_on(
    everywhere: Client, ports: FakePorts
) -> None:
    for _ in range(2):
        added = everywhere.put("/v1/locations/fjord", NEW)
        assert added.status == 201, added.text
    assert added.json == {"id": "fjord", "settings": NEW, "revision": 1}
    shown = everywhere.get("/v1/locations/fjord/settings").json["location"]
    assert (shown["timezone"], shown["currency"]) == ("Europe/Oslo", "NOK")
    (entry, *_) = everywhere.get("/v1/locations/fjord/audit").json["items"]
    assert (entry["kind"], entry["resource_id"]) == ("locations", "fjord")


def test_an_id_that_is_taken_is_a_conflict(everywhere: Client) -> None:
    everywhere.put("/v1/locations/fjord", NEW)
    taken = everywhere.put("/v1/locations/fjord", {**NEW, "name": "Other"})
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "location_id")
    assert everywhere.get("/v1/locations/fjord/settings").json["location"]["name"] == NEW["name"]


@pytest.mark.parametrize("changes", [{"name": ""}, {"name": None}, {"timezone": "Mars"}, {"x": 1}])
def test_a_location_needs_a_name_and_known_values(everywhere: Client, changes: Any) -> None:
    assert everywhere.put("/v1/locations/fjord", {**NEW, **changes}).status == 422
    assert everywhere.get("/v1/locations").json["locations"] == []


def test_everybody_sees_the_locations_of_their_own_with_names(
    everywhere: Client, api: Api, issuer: TestIssuer, admin: Client
) -> None:
    everywhere.put("/v1/locations/fjord", NEW)
    everywhere.put("/v1/locations/alps", {**NEW, "name": "Alps"})
    assert everywhere.get("/v1/locations").json == {
        "locations": [
            {"id": "alps", "name": "Alps", "role": "admin"},
            {"id": "fjord", "name": "Fjord Rafting", "role": "admin"},
        ],
        "may_add": True,
    }
    editor = Client(api, issuer.person(fjord="editor", unknown="viewer"))
    assert editor.get("/v1/locations").json == {
        "locations": [
            {"id": "fjord", "name": "Fjord Rafting", "role": "editor"},
            {"id": "unknown", "name": "", "role": "viewer"},
        ],
        "may_add": False,
    }
    machine = Client(api, issuer.machine("fjord", "bookflow/events"))
    assert machine.get("/v1/locations").status == 403
    assert admin.put("/v1/locations/alps", NEW).status == 404
    assert admin.put("/v1/locations/loc-1", NEW).status == 403


def test_a_role_everywhere_does_not_lessen_a_role_in_one_location(
    api: Api, issuer: TestIssuer
) -> None:
    client = Client(api, issuer.token({"bookflow:roles": {"*": "viewer", "loc-1": "admin"}}))
    assert client.get(f"{LOCATION}/audit").status == 200
    assert client.get("/v1/locations/loc-2/audit").status == 403
