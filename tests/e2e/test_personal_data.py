"""A guest of everything is exported, erased and exported on the deployed stack."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from bookflow.domain.executions.execution import ExecutionStatus, execution_id
from local.issuer import LocalUser
from tests.e2e.location import LIMIT_SECONDS, OwnLocation
from tests.guests import CUSTOMER_ID, EMAIL, MARKS, found_in, guest_event, store_guest
from tests.tables import all_text

SAYS = "{{ customer.first_name }} {{ customer.last_name }} {{ booking.wishes }}"
CREATED = {"event": "Booking Created"}


def stored(place: OwnLocation) -> list[str]:
    """Return which of the guest's values stand in either table."""
    settings = place.services.settings
    client = place.stack.client("dynamodb")
    return found_in(all_text(client, settings.table, settings.idempotency_table))


def test_a_guest_of_everything_is_exported_erased_and_exported(place: OwnLocation) -> None:
    token = place.stack.issuer.user_token(LocalUser("admin", "Admin", {place.id: "admin"}))
    api = httpx.Client(
        base_url=f"{place.stack.api_url}/v1/locations/{place.id}/customers",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    )
    note = {"type": "add_booking_note", "config": {"note": SAYS}}
    hook = place.webhook("crm", body=json.dumps({"says": SAYS}))
    place.workflow(
        "all",
        CREATED,
        {
            "note": note,
            "task": {"type": "create_task", "config": {"title": SAYS}},
            "hook": {"type": "webhook", "config": hook},
        },
        "trigger>note",
        "note>task",
        "task>hook",
    )
    wait = {"type": "delay", "config": {"value": 9, "unit": "days"}}
    place.workflow("waits", CREATED, {"wait": wait, "note": note}, "trigger>wait", "wait>note")
    reminder = {"event": "Booking Reminder", "offset_value": 24}
    place.workflow("reminds", reminder, {"note": note}, "trigger>note")
    booked = place.created(**guest_event(5, place.id)["detail"])
    execution = place.run(booked, "all")
    assert execution.status is ExecutionStatus.COMPLETED
    store_guest(place.services, place.id)
    assert set(stored(place)) == set(MARKS)

    (found,) = api.post("/find", json={"address": EMAIL}).json()["items"]
    before = exported(api)
    assert found["id"] == CUSTOMER_ID
    assert found_in(json.dumps(before, ensure_ascii=False)) == list(MARKS)

    answer = api.post(f"/{CUSTOMER_ID}/erase")
    assert answer.status_code == 202, answer.text
    limit = time.monotonic() + LIMIT_SECONDS
    while api.get(f"/{CUSTOMER_ID}/erasure").json()["state"] == "running":
        assert time.monotonic() < limit, api.get(f"/{CUSTOMER_ID}/erasure").text
    assert api.get(f"/{CUSTOMER_ID}/erasure").json()["state"] == "checking"
    assert stored(place) == []
    after = exported(api)
    assert found_in(json.dumps(after)) == []
    assert len(after["items"]) == len(before["items"]) == 3
    waiting = place.services.executions.get(
        place.id, execution_id(place.id, booked["detail"]["event_id"], "waits")
    )
    assert waiting.status is ExecutionStatus.CANCELLED


def exported(api: httpx.Client) -> dict[str, Any]:
    """Return the whole export, its pages put together."""
    export: dict[str, Any] = api.get(f"/{CUSTOMER_ID}/export").raise_for_status().json()
    while cursor := export["next_cursor"]:
        page = api.get(f"/{CUSTOMER_ID}/export", params={"cursor": cursor}).json()
        export["items"] += page["items"]
        export["next_cursor"] = page["next_cursor"]
    return export
