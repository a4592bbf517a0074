"""A guest of everything is exported, erased and exported by the real handlers, in two real tables."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.use_cases.privacy import erase_guest
from tests.api import Client, TestIssuer, make_api
from tests.guests import CUSTOMER_ID, EMAIL, MARKS, found_in, guest_event, store_guest
from tests.integration.handlers.stack import NAME, OwnLocation, Stack
from tests.tables import all_text
from tests.unit.runtime.samples import graph

SAYS = "{{ customer.first_name }} {{ customer.last_name }} {{ booking.wishes }}"
NODES: list[dict[str, Any]] = [
    {"id": "mail", "type": "send_template", "config": {"template": "welcome"}},
    {"id": "ask", "type": "send_survey_email", "config": {}},
    {"id": "note", "type": "add_booking_note", "config": {"note": SAYS}},
    {"id": "task", "type": "create_task", "config": {"title": SAYS}},
]


def stored() -> list[str]:
    """Return which of the guest's values stand in either table."""
    return found_in(all_text(boto3.client("dynamodb"), NAME, f"{NAME}-idempotency"))


@pytest.fixture
def admin(stack: Stack, place: OwnLocation) -> Client:
    issuer = TestIssuer()
    api = stack.rights.acted("api", make_api(stack.ports, issuer))
    return Client(api, issuer.person(**{place.id.replace("-", "_"): "admin"}))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no message wait."""
    monkeypatch.setattr(erase_guest, "SETTLING_SECONDS", 0)
    monkeypatch.setattr(erase_guest, "LOOKED_AT_AGAIN_AFTER", erase_guest.timedelta(0))


def work_off(stack: Stack) -> int:
    """Do the jobs' messages until none is left; return how many erase."""
    return sum("erase" in message for message in stack.work_off_jobs())


def of_everything(stack: Stack, place: OwnLocation) -> None:
    """Let the guest book, with workflows that do everything, and one that waits."""
    place.texts()
    hook = {
        "id": "hook",
        "type": "webhook",
        "config": {"url": f"{stack.receiver_url}/hook", "body": json.dumps({"says": SAYS})},
    }
    place.publish("wf-all", graph(*NODES, hook))
    wait = {"id": "wait", "type": "delay", "config": {"value": 9, "unit": "hours"}}
    place.publish("wf-waits", graph(wait, NODES[2]))
    place.publish("wf-remind", graph(NODES[2], trigger="Booking Reminder", offset_value=24))
    work_off(stack)
    stack.put(
        guest_event(
            5, place.id, booking_id="bk-live", location={"id": place.id, "survey_id": "after-tour"}
        )
    )
    assert not stack.queue.deliver()
    assert stack.complete(place, "wf-all", event_id="evt-guest-5").status is (
        ExecutionStatus.COMPLETED
    )
    waiting = place.execution("wf-waits", event_id="evt-guest-5")
    stack.waits_until(lambda: stack.rests(waiting))
    store_guest(stack.ports, place.id)


@pytest.mark.usefixtures("at_once")
def test_a_guest_of_everything_is_exported_erased_and_exported(
    stack: Stack, place: OwnLocation, admin: Client
) -> None:
    of_everything(stack, place)
    customers = f"/v1/locations/{place.id}/customers"
    (found,) = admin.post(f"{customers}/find", {"address": EMAIL.upper()}).json["items"]
    assert found["id"] == CUSTOMER_ID
    guest = f"{customers}/{found['id']}"
    before = _exported(admin, guest)
    assert found_in(json.dumps(before, ensure_ascii=False)) == list(MARKS)
    assert set(stored()) == set(MARKS)

    begun = admin.post(f"{guest}/erase")
    assert begun.status == 202, begun.text
    assert found_in(begun.text) == []
    assert admin.post(f"{guest}/erase").json["guest"] == begun.json["guest"]
    # As no message waits, the first one is taken for too early and comes twice: so does each pass.
    assert work_off(stack) == 4
    assert stored() == []

    after = _exported(admin, guest)
    assert found_in(json.dumps(after)) == []
    assert after["customer"] is None
    assert after["erasure"]["state"] == "completed"
    assert len(after["items"]) == len(before["items"]) == 3
    assert {one["booking"]["status"] for one in after["items"]} == {"confirmed"}
    waiting = place.execution("wf-waits", event_id="evt-guest-5")
    assert waiting.status is ExecutionStatus.CANCELLED
    assert stack.finished(waiting)["status"] == "ABORTED"
    schedules = boto3.client("scheduler").list_schedules(GroupName=f"{NAME}-reminders")["Schedules"]
    assert [each for each in schedules if place.id in each["Name"]] == []
    (entry,) = [
        each
        for each in admin.get(f"/v1/locations/{place.id}/audit").json["items"]
        if each["operation"] == "erase_customer"
    ][:1]
    assert entry["resource_id"] == begun.json["guest"]
    assert found_in(json.dumps(entry)) == []

    # The booking system has not heard of it, and goes on.
    stack.put(guest_event(5, place.id, booking_id="bk-live", event_id="evt-late"))
    stack.put(guest_event(6, place.id))
    assert not stack.queue.deliver()
    stack.complete(place, "wf-all", event_id="evt-guest-6")
    assert stored() == []


def test_erasing_while_an_execution_runs_ends_the_same(
    stack: Stack, place: OwnLocation, admin: Client, at_once: None
) -> None:
    place.texts()
    place.publish("wf-all", graph(*NODES))
    place.publish("wf-more", graph(*NODES[2:]))
    stack.put(guest_event(5, place.id, booking_id="bk-live"))
    assert not stack.queue.deliver()
    # Its steps are under way in threads at this moment.
    assert admin.post(f"/v1/locations/{place.id}/customers/{CUSTOMER_ID}/erase").status == 202
    executions = [*place.executions("wf-all"), *place.executions("wf-more")]
    work_off(stack)
    for execution in executions:
        stack.finished(execution)
    # What a step recorded after the last look is found by the next erasure.
    assert admin.post(f"/v1/locations/{place.id}/customers/{CUSTOMER_ID}/erase").status == 202
    work_off(stack)
    assert stored() == []


def _exported(admin: Client, guest: str) -> dict[str, Any]:
    """Return the whole export, its pages put together."""
    whole = admin.get(f"{guest}/export", limit=1)
    assert whole.status == 200, whole.text
    export: dict[str, Any] = whole.json
    while export["next_cursor"]:
        page = admin.get(f"{guest}/export", limit=1, cursor=export["next_cursor"])
        assert page.status == 200, page.text
        export["items"] += page.json["items"]
        export["next_cursor"] = page.json["next_cursor"]
    return export
