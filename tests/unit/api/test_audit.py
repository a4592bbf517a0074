"""The audit log: every change of every route is there, and no secret or personal datum is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.api.routing import Audit, endpoints
from bookflow.domain.audit import MAX_FIELD_BYTES, changed_fields, masked
from bookflow.domain.shared.errors import TransientError
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import (
    LOCATION,
    NOTE,
    WEBHOOK,
    WORKFLOWS,
    create,
    created_event,
    graph_of,
    know_location,
    publish,
)

AUDIT = f"{LOCATION}/audit"

CHANGES_NOTHING = {
    "check_workflow",
    "count_audience",
    "dry_run_workflow",
    "find_customers",
    "find_suppression",
    "preview_impact",
    "preview_import",
    "preview_planned_message",
    "preview_template",
    "preview_wordings",
    "put_import_page",
    "simulate_workflow",
}


def entries(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(AUDIT, **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_every_route_that_is_no_read_is_recorded_but_for_these() -> None:
    left_out = {
        each.operation_id
        for each in endpoints()
        if each.method != "GET" and each.audit is Audit.NOTHING
    }
    assert left_out == CHANGES_NOTHING


def test_a_change_tells_who_what_before_and_after(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    ports.clock.advance(minutes=1)
    admin.put(address, {"name": "Hello", "draft": graph_of(NOTE)}, if_match='"1"')
    saved, made = entries(admin)
    assert (made["operation"], made["kind"], made["actor"]) == (
        "create_workflow",
        "workflows",
        "user-1",
    )
    assert (made["before"], made["after"]["name"]) == (None, "Welcome")
    assert saved["operation"] == "save_workflow"
    assert saved["resource_id"] == made["resource_id"] == address.rpartition("/")[2]
    assert (saved["before"]["name"], saved["after"]["name"]) == ("Welcome", "Hello")
    assert "draft" not in saved["after"]
    assert saved["request_id"] == "request-1"


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        ({"name": "Grace Hopper", "email": "grace@example.com"}, "Grace Hopper"),
        ({"name": " ", "email": "grace@example.com"}, "grace@example.com"),
        ({"name": ["Grace"]}, "5f9c2d5e-0000-4000-8000-000000000001"),
        ({"name": "Gra\u202ece\n\ud800"}, "Grace"),
        ({"name": "x" * 300}, "x" * 200),
        ({}, "5f9c2d5e-0000-4000-8000-000000000001"),
    ],
)
def test_who_did_it_is_shown_by_name_and_kept_by_id(
    ports: FakePorts, api: Api, issuer: TestIssuer, claims: dict[str, Any], shown: str
) -> None:
    know_location(ports)
    subject = "5f9c2d5e-0000-4000-8000-000000000001"
    roles = {"bookflow:roles": {"loc-1": "admin"}}
    client = Client(api, issuer.token({"sub": subject, **roles, **claims}))
    address = create(client, graph_of(NOTE))
    publish(client, address)
    assert {(each["actor"], each["actor_name"]) for each in entries(client)} == {(subject, shown)}
    (version,) = client.get(f"{address}/versions").json["items"]
    assert version["published_by"] == shown
    note = client.post(f"{LOCATION}/bookings/b-1/notes", {"text": "Hi"}).json
    assert note["author"] == shown


def test_the_log_of_one_thing_goes_by_cursors(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    create(admin, graph_of(NOTE))
    ports.clock.advance(minutes=1)
    publish(admin, address)
    ports.clock.advance(minutes=1)
    admin.delete(address, if_match='"3"')
    query = {"kind": "workflows", "resource_id": address.rpartition("/")[2], "limit": 3}
    first = admin.get(AUDIT, **query).json
    assert first["items"][0]["operation"] == "delete_workflow"
    assert first["items"][0]["after"] is None
    assert first["items"][0]["before"]["name"] == "Welcome"
    second = admin.get(AUDIT, **query, cursor=first["next_cursor"]).json
    assert [each["operation"] for each in second["items"]] == ["create_workflow"]


def test_what_fails_or_only_reads_is_not_recorded(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE))
    before = entries(admin)
    admin.get(address)
    admin.put(address, {"name": "x", "draft": graph_of()}, if_match='"9"')
    admin.post(WORKFLOWS, {"name": ""})
    admin.post(f"{address}/check", {})
    admin.post(f"{address}/dry-run", {"booking_id": "b-1"})
    assert entries(admin) == before


def test_a_copy_is_recorded_where_it_went(api: Api, issuer: TestIssuer) -> None:
    client = Client(api, issuer.person(loc_1="admin", loc_2="admin"))
    address = create(client, graph_of(NOTE))
    copy = client.post(f"{address}/duplicate", {"location_id": "loc-2"}).json
    there = client.get("/v1/locations/loc-2/audit").json["items"]
    assert [each["operation"] for each in there] == ["duplicate_workflow"]
    assert there[0]["resource_id"] == copy["workflow"]["id"]
    assert [each["operation"] for each in entries(client)] == ["create_workflow"]


def test_what_machines_feed_in_is_not_recorded_and_what_people_post_is_as_a_deed(
    api: Api, admin: Client, issuer: TestIssuer
) -> None:
    machine = Client(api, issuer.machine("loc-1", "bookflow/events"))
    assert machine.post(f"{LOCATION}/events", {"events": [created_event()]}).status == 202
    assert entries(admin) == []
    assert admin.post(f"{LOCATION}/events", {"events": [created_event()]}).status == 202
    (entry,) = entries(admin)
    assert (entry["operation"], entry["before"], entry["after"]) == ("put_events", None, None)


def test_secrets_and_personal_data_are_masked(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    create(admin, graph_of(WEBHOOK, {**NOTE, "config": {"note": "Ring +49 151 23456789"}}))
    admin.put(
        f"{LOCATION}/settings",
        {"email": "desk@example.com", "admins": [{"name": "Grace", "email": "grace@example.com"}]},
        if_match='"0"',
    )
    admin.post(f"{LOCATION}/bookings/b-1/notes", {"text": "Allergic to nuts"})
    log = json.dumps(entries(admin), ensure_ascii=False)
    for hidden in ("top-secret-key", "23456789", "grace@", "desk@", "Allergic"):
        assert hidden not in log, hidden
    assert "d…@example.com" in log


def test_an_entry_that_cannot_be_completed_is_counted_and_the_answer_stands(
    ports: FakePorts, admin: Client
) -> None:
    ports.fail_next("audit.overwrite", TransientError("busy"))
    create(admin, graph_of(NOTE))
    assert ports.counter.counts["AuditEntryLost", None] == 1
    (entry,) = entries(admin)
    assert (entry["operation"], entry["outcome"]) == ("create_workflow", "unknown")


def test_entries_live_as_long_as_the_location_keeps_records(
    ports: FakePorts, admin: Client
) -> None:
    admin.put(f"{LOCATION}/settings", {"retention_days": 7}, if_match='"0"')
    (entry,) = ports.audit.stored.values()
    assert entry.expires_at is not None
    assert (entry.expires_at - entry.at).days == 7


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"headers": {"X-Api-Key": "abc"}}, {"headers": {"X-Api-Key": "***"}}),
        ({"api_key": "abc", "Password": "x"}, {"api_key": "***", "Password": "***"}),
        (
            {"pwd": "a", "bearer": "b", "author": "c"},
            {"pwd": "***", "bearer": "***", "author": "c"},
        ),
        (
            {"url": "https://u:p@crm.example.com/a?key=1&b={{ booking.id }}"},
            {"url": "https://***@crm.example.com/a?key=***&b=*** booking.id }}"},
        ),
        ({"first_name": "Ada", "count": 3}, {"first_name": "***", "count": 3}),
        ({"to": ["{{ customer.email }}"]}, {"to": ["{{ customer.email }}"]}),
        (
            {"text": "ask ada@example.com or +49 30 123456"},
            {"text": "ask a…@example.com or +49…56"},
        ),
        (
            {"value": 24, "unit": "hours", "none": None},
            {"value": 24, "unit": "hours", "none": None},
        ),
    ],
)
def test_masking(value: object, shown: object) -> None:
    assert masked(value) == shown


def test_only_what_differs_is_kept_and_nothing_that_is_too_large() -> None:
    large = "x" * (MAX_FIELD_BYTES + 1)
    before, after = changed_fields({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": large, "d": 4})
    assert before == {"b": 2, "c": 3}
    assert after is not None
    assert after["d"] == 4
    assert set(after["b"]) == {"bytes", "sha256"}
    assert changed_fields(None, {"a": 1}) == (None, {"a": 1})


def test_the_log_of_one_kind_of_thing(ports: FakePorts, admin: Client) -> None:
    create(admin, graph_of(NOTE))
    admin.put(f"{LOCATION}/settings", {"retention_days": 7}, if_match='"0"')
    create(admin, graph_of(NOTE))
    assert [each["operation"] for each in entries(admin, kind="workflows")] == [
        "create_workflow",
        "create_workflow",
    ]
    assert [each["operation"] for each in entries(admin, kind="settings")] == ["save_settings"]
    assert entries(admin, kind="unknown") == []
    first = admin.get(AUDIT, kind="workflows", limit=1).json
    assert admin.get(AUDIT, kind="settings", limit=1, cursor=first["next_cursor"]).status == 422
    refused = admin.get(AUDIT, resource_id="wf-1")
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "query.kind")


def test_what_is_made_is_named_in_the_log(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    made = [
        admin.post(f"{LOCATION}/secrets", {"name": "crm", "value": "a-long-value"}).json["name"],
        admin.post(f"{LOCATION}/tasks", {"title": "Call"}).json["id"],
        admin.post(f"{LOCATION}/suppressions", {"address": "ada@example.com"}).json["id"],
        create(admin, graph_of(NOTE)).rpartition("/")[2],
    ]
    assert {each["resource_id"] for each in entries(admin)} == set(made)


def test_a_change_that_cannot_be_read_again_is_reported_as_made_and_kept(
    ports: FakePorts, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = create(admin, graph_of(NOTE))
    read, left = ports.workflows.get, 2

    def busy_after_the_save(*of: str) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TransientError("busy")
        return read(*of)

    ports.clock.advance(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(ports.workflows, "get", busy_after_the_save)
        saved = admin.put(address, {"name": "Hello", "draft": graph_of(NOTE)}, if_match='"1"')
    assert (saved.status, saved.etag) == (200, '"2"')
    newest = entries(admin)[0]
    assert (newest["before"]["name"], newest["after"]["name"]) == ("Welcome", "Hello")
