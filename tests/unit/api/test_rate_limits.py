"""Costly calls are limited for each location, and an empty bucket says when to come again."""

from __future__ import annotations

from bookflow.api.app import Api
from bookflow.api.rates import PLANNING, RENDERING
from bookflow.api.routing import endpoints
from bookflow.domain.shared.rate_limits import RateLimit
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of

LIMITED = {
    "move_waiting_executions",
    "send_entry_now",
    "count_audience",
    "create_import",
    "preview_import",
    "put_import_page",
    "list_departures",
    "start_batch",
    "drain_workflow",
    "dry_run_workflow",
    "erase_customer",
    "export_customer",
    "preview_impact",
    "preview_planned_message",
    "preview_template",
    "preview_wordings",
    "put_events",
    "reconcile_reminders",
    "replay_event",
    "resend_delivery",
    "resume_execution",
    "send_new_template_test",
    "send_template_test",
    "send_test",
    "settle_outcome",
    "resume_failed_executions",
    "simulate_workflow",
    "upsert_bookings",
}


def test_the_costly_routes_are_limited() -> None:
    assert {each.operation_id for each in endpoints() if each.limit} == LIMITED


def test_an_empty_bucket_refuses_until_a_call_has_come_back(
    ports: FakePorts, api: Api, issuer: TestIssuer
) -> None:
    client = Client(api, issuer.person(loc_1="admin", loc_2="admin"))
    address = create(client, graph_of(NOTE))
    for _ in range(PLANNING.burst):
        assert client.post(f"{address}/impact", {}).status == 404
    refused = client.post(f"{address}/impact", {})
    assert (refused.status, refused.json["type"]) == (429, "urn:bookflow:too-many")
    assert refused.headers["retry-after"] == "6"
    reconcile = f"{LOCATION}/reminders/reconcile"
    assert client.post(reconcile).status == 429
    assert client.post(reconcile.replace("loc-1", "loc-2")).status == 202
    ports.clock.advance(seconds=6)
    assert client.post(reconcile).status == 202
    assert client.post(reconcile).status == 429


def test_a_call_that_is_refused_for_another_reason_takes_nothing(
    ports: FakePorts, admin: Client, api: Api, issuer: TestIssuer
) -> None:
    viewer = Client(api, issuer.person(loc_1="viewer"))
    for _ in range(RENDERING.burst + 1):
        assert viewer.post(f"{LOCATION}/workflows/wf-1/dry-run", {}).status == 403
        assert admin.post(f"{LOCATION}/workflows/wf-1/dry-run", {}).status == 422
    assert ports.rate_limits.full_at == {}


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    limit = RateLimit("x", burst=3, per_minute=60)
    full_at, now = 0, 1_000_000
    taken = []
    for second in range(6):
        for _ in range(4):
            at = now + second * 1000
            if limit.wait(full_at, at) == 0:
                full_at = max(full_at, at) + limit.interval
                taken.append(second)
    assert taken == [0, 0, 0, 1, 2, 3, 4, 5]
    assert limit.wait(full_at, now + 5000) == 1000
    assert limit.wait(full_at, now + 5001) == 999
