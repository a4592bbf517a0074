"""Two locations with the same ids everywhere: no call of one shows a byte of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookflow.api.routing import Endpoint, endpoints
from bookflow.bootstrap import Services
from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.executions.error_signature import error_signature
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from tests.api import Client, TestIssuer
from tests.aws.rights import Handler
from tests.contract import BODIES
from tests.integration.api.conftest import CountedAws
from tests.records import address_hash, know_location_as, store_one_of_each

MARKS = ("north-sea", "black-forest")
READS = [each for each in endpoints() if each.method == "GET" and not each.access.is_public]
ASKED = {
    "check_workflow",
    "count_audience",
    "dry_run_workflow",
    "duplicate_workflow",
    "find_customers",
    "find_suppression",
    "preview_impact",
    "preview_template",
    "resume_failed_executions",
    "simulate_workflow",
}
"""Operations that show something and are no GET."""

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,8}", fullmatch=True)
NUMBERS = count()


def queries(endpoint: Endpoint, record_id: str) -> Iterator[dict[str, Any]]:
    """Return queries that make the route answer as much as it can."""
    if endpoint.operation_id == "list_executions":
        yield {}
        yield {"status": "failed"}
        yield {"workflow_id": record_id}
        yield {"booking_id": record_id}
        yield {"workflow_id": record_id, "booking_id": record_id}
    elif endpoint.operation_id == "list_tasks":
        yield {}
        yield {"assignee": ""}
        yield {"booking_id": record_id}
    elif endpoint.operation_id == "list_audit":
        yield {}
        yield {"kind": "workflows"}
        yield {"kind": "workflows", "resource_id": record_id}
    elif endpoint.operation_id == "list_departures":
        yield {"since": "2020-01-01T00:00:00Z", "until": "2090-01-01T00:00:00Z"}
    elif endpoint.operation_id == "compare_versions":
        yield {"before": 1}
    else:
        yield {}


def body(endpoint: Endpoint, record_id: str, signature: str | None) -> dict[str, Any] | None:
    """Return a body that makes the route answer as much as it can."""
    if endpoint.method == "GET":
        return None
    bodies: dict[str, dict[str, Any]] = {
        "count_audience": {"audience": {"booking_id": record_id}},
        "dry_run_workflow": {"booking_id": record_id},
        "find_customers": {"address": "ada@example.com"},
        "find_suppression": {"address": "ada@example.com"},
        "preview_template": {
            "content": {"name": "x", "channel": "sms", "sms": "{{ customer.first_name }}"},
            "trigger": "Booking Created",
            "booking_id": record_id,
        },
        "resume_failed_executions": {"error_signature": signature},
        "simulate_workflow": {"booking_id": record_id},
    }
    return bodies.get(endpoint.operation_id, {})


@example(names=["loc-1", "loc-2"], record="same")
@settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(names=st.lists(IDS, min_size=2, max_size=2, unique=True), record=IDS)
def test_no_read_of_one_location_shows_a_byte_of_another(
    api: Handler, services: Services, issuer: TestIssuer, names: list[str], record: str
) -> None:
    number = next(NUMBERS)
    locations = [f"{number}{name}" for name in names]
    # Also an id that is a location's: nothing may be found by it there.
    record_ids = (record, locations[1])
    for location_id, mark in zip(locations, MARKS, strict=True):
        know_location_as(services, location_id, mark)
        for record_id in record_ids:
            store_one_of_each(services, location_id, record_id, mark)
    shown: set[str] = set()
    for own, other, mark, foreign in (
        (*locations, *MARKS),
        (*reversed(locations), *reversed(MARKS)),
    ):
        client = Client(api, issuer.token({"bookflow:roles": {own: "admin"}}))
        signature = error_signature(services.executions.get(own, record))
        asked = [each for each in endpoints() if each.operation_id in ASKED]
        for endpoint in (*READS, *asked):
            is_about_one = endpoint.path.count("<") > 1
            for record_id in record_ids if is_about_one else record_ids[:1]:
                path = endpoint.path.replace("<version>", "1")
                sent = body(endpoint, record_id, signature)
                for query in queries(endpoint, record_id):
                    mine, theirs = (
                        re.sub(r"<\w+>", record_id, path.replace("<location_id>", each))
                        for each in (own, other)
                    )
                    answer = client.call(endpoint.method, mine, sent, query=query)
                    assert foreign not in answer.text, endpoint.operation_id
                    assert answer.status < 500, (endpoint.operation_id, answer.text)
                    if mark in answer.text:
                        shown.add(endpoint.operation_id)
                    if mine == theirs:
                        continue  # it names no location, and shows those of the caller
                    refused = client.call(endpoint.method, theirs, sent, query=query)
                    assert refused.status == 404
                    assert foreign not in refused.text
    assert shown >= SHOWN, SHOWN - shown


SHOWN = {
    "count_audience",
    "dry_run_workflow",
    "duplicate_workflow",
    "export_customer",
    "export_workflow",
    "find_customers",
    "list_audit",
    "list_booking_messages",
    "list_bookings",
    "list_execution_messages",
    "list_executions",
    "list_notes",
    "list_secrets",
    "list_step_deliveries",
    "list_suppressions",
    "list_survey_comments",
    "list_surveys",
    "list_tasks",
    "list_templates",
    "list_versions",
    "list_workflows",
    "preview_template",
    "read_booking",
    "read_execution",
    "read_message",
    "read_reminder_job",
    "read_settings",
    "read_survey",
    "read_survey_results",
    "read_task",
    "read_template",
    "read_timeline",
    "read_version",
    "read_workflow",
    "simulate_workflow",
}
"""Operations whose answer holds what is stored, so that the test looks at something."""


CHANGES = sorted(
    (each for each in endpoints() if each.method != "GET" and not each.access.is_public),
    key=lambda each: (each.operation_id in {"erase_customer"}, each.method == "DELETE"),
)
"""What takes away comes last, so that there is something to change."""


def test_no_change_of_one_location_reaches_the_same_ids_of_another(
    aws: CountedAws, api: Handler, services: Services, issuer: TestIssuer
) -> None:
    for location_id, mark in zip(("loc-1", "loc-2"), MARKS, strict=True):
        know_location_as(services, location_id, mark)
        store_one_of_each(services, location_id, "same", mark)
    before = items_of(aws, "loc-2")
    assert len(before) > 25
    client = Client(api, issuer.person(loc_1="admin"))
    changed = set()
    for endpoint in CHANGES:
        sent = BODIES.get(endpoint.operation_id, {"booking_id": "same"})
        path = endpoint.path.replace("<version>", "1")
        path = path.replace("<address_hash>", address_hash("same"))
        for location_id, mark in (("loc-2", MARKS[1]), ("loc-1", MARKS[0])):
            at = path.replace("<location_id>", location_id).replace("<name>", mark)
            at = re.sub(r"<\w+>", "same", at)
            answer = client.call(endpoint.method, at, sent, headers={"if-match": '"1"'})
            assert answer.status < 500, (endpoint.operation_id, answer.text)
            assert answer.status == 404 or location_id == "loc-1", endpoint.operation_id
        if answer.status < 300:
            changed.add(endpoint.operation_id)
    erasure = services.erasures.get("loc-1", guest_digest("loc-1", "same"))
    assert erasure is not None
    message = {"started_at": erasure.started_at.isoformat(), "passes": erasure.passes}
    erased = GuestEraser(services).run_page({"location_id": "loc-1", "erase": "same", **message})
    assert erased is not None
    assert erased.counts["bookings"] == 1
    assert before == items_of(aws, "loc-2")
    assert changed >= CHANGED, CHANGED - changed


CHANGED = {
    "delete_survey",
    "erase_customer",
    "put_secret",
    "remove_suppression",
    "save_template",
}
"""Operations that succeed, so that the test looks at something."""


def items_of(aws: CountedAws, location_id: str) -> list[str]:
    """Return all that is stored of a location, in the table and among the secrets."""
    found = [
        str(item)
        for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName="Table")
        for item in page["Items"]
        if location_id in item["PK"]["S"]
    ]
    parameters = aws.client("ssm").get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
    return sorted([*found, *(str(each) for each in parameters if location_id in each["Name"])])


def test_a_cursor_of_one_location_does_not_pass_in_another(
    api: Handler, services: Services, issuer: TestIssuer
) -> None:
    for location_id, mark in zip(("loc-1", "loc-2"), MARKS, strict=True):
        know_location_as(services, location_id, mark)
        for record_id in ("a", "b"):
            store_one_of_each(services, location_id, record_id, mark)
    both = Client(api, issuer.person(loc_1="viewer", loc_2="viewer"))
    cursor = both.get("/v1/locations/loc-1/workflows", limit=1).json["next_cursor"]
    assert both.get("/v1/locations/loc-1/workflows", limit=1, cursor=cursor).status == 200
    refused = both.get("/v1/locations/loc-2/workflows", limit=1, cursor=cursor)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "query.cursor")
