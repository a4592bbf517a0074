"""Every route, for every kind of caller: the matrix is made from the routes themselves."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator

import pytest

from bookflow.api.app import Api
from bookflow.api.routing import LOCATION, Endpoint, endpoints
from tests.api import AUDIENCE, Client, TestIssuer

VIEWER, EDITOR, ADMIN = "viewer", "editor", "admin"
ROLES = (VIEWER, EDITOR, ADMIN)
EVENTS, BOOKINGS = "bookflow/events", "bookflow/bookings"

PUBLIC = {"health", "openapi", "reference"}

# Who may call what: the least role, and the scope of machines. A new route needs its line here.
ALLOWED: dict[str, tuple[str, str | None]] = {
    "activate_survey": (EDITOR, None),
    "activate_template": (EDITOR, None),
    "add_note": (EDITOR, None),
    "add_suppression": (ADMIN, None),
    "assign_task": (EDITOR, None),
    "cancel_execution": (EDITOR, None),
    "check_workflow": (VIEWER, None),
    "compare_versions": (VIEWER, None),
    "complete_task": (EDITOR, None),
    "create_secret": (ADMIN, None),
    "create_survey": (EDITOR, None),
    "create_task": (EDITOR, None),
    "create_template": (EDITOR, None),
    "create_workflow": (EDITOR, None),
    "delete_secret": (ADMIN, None),
    "delete_survey": (EDITOR, None),
    "delete_template": (EDITOR, None),
    "delete_workflow": (ADMIN, None),
    "drain_workflow": (EDITOR, None),
    "dry_run_workflow": (EDITOR, None),
    "duplicate_template": (EDITOR, None),
    "duplicate_workflow": (EDITOR, None),
    "enable_workflow": (EDITOR, None),
    "erase_customer": (ADMIN, None),
    "export_customer": (ADMIN, None),
    "export_template": (VIEWER, None),
    "export_workflow": (VIEWER, None),
    "find_customers": (ADMIN, None),
    "find_suppression": (ADMIN, None),
    "import_template": (EDITOR, None),
    "import_workflow": (EDITOR, None),
    "list_booking_messages": (VIEWER, None),
    "list_execution_messages": (VIEWER, None),
    "list_audit": (ADMIN, None),
    "list_bookings": (VIEWER, None),
    "list_executions": (VIEWER, None),
    "list_gallery": (VIEWER, None),
    "list_locations": (VIEWER, None),
    "list_notes": (VIEWER, None),
    "list_secrets": (EDITOR, None),
    "list_step_deliveries": (VIEWER, None),
    "list_suppressions": (ADMIN, None),
    "list_secret_uses": (EDITOR, None),
    "list_survey_comments": (VIEWER, None),
    "list_survey_uses": (VIEWER, None),
    "list_surveys": (VIEWER, None),
    "list_tasks": (VIEWER, None),
    "list_template_gallery": (VIEWER, None),
    "list_template_uses": (VIEWER, None),
    "list_template_versions": (VIEWER, None),
    "list_templates": (VIEWER, None),
    "list_executions_at_step": (VIEWER, None),
    "read_step_statistics": (VIEWER, None),
    "list_versions": (VIEWER, None),
    "list_workflows": (VIEWER, None),
    "preview_impact": (VIEWER, None),
    "preview_template": (VIEWER, None),
    "preview_wordings": (VIEWER, None),
    "publish_workflow": (EDITOR, None),
    "put_events": (EDITOR, EVENTS),
    "put_location": (ADMIN, None),
    "put_secret": (ADMIN, None),
    "read_booking": (VIEWER, None),
    "read_catalogue": (VIEWER, None),
    "read_erasure": (ADMIN, None),
    "read_execution": (VIEWER, None),
    "read_failures": (VIEWER, None),
    "read_gallery_entry": (VIEWER, None),
    "read_message_counts": (VIEWER, None),
    "read_planned_reminders": (VIEWER, None),
    "read_ready_made_template": (VIEWER, None),
    "read_reminder_job": (VIEWER, None),
    "read_settings": (VIEWER, None),
    "read_survey": (VIEWER, None),
    "read_suppressed_guests": (VIEWER, None),
    "read_survey_results": (VIEWER, None),
    "read_task": (VIEWER, None),
    "read_template": (VIEWER, None),
    "read_message": (VIEWER, None),
    "read_template_version": (VIEWER, None),
    "read_timeline": (VIEWER, None),
    "read_version": (VIEWER, None),
    "read_wordings": (VIEWER, None),
    "read_workflow": (VIEWER, None),
    "reconcile_reminders": (EDITOR, None),
    "remove_suppression": (ADMIN, None),
    "reopen_task": (EDITOR, None),
    "replay_event": (EDITOR, None),
    "move_waiting_executions": (EDITOR, None),
    "read_in_hand": (VIEWER, None),
    "edit_planned_message": (EDITOR, None),
    "list_planned_messages": (VIEWER, None),
    "list_known_values": (VIEWER, None),
    "preview_planned_message": (VIEWER, None),
    "take_edit_back": (EDITOR, None),
    "send_entry_now": (EDITOR, None),
    "skip_entry": (EDITOR, None),
    "turn_messages_off": (EDITOR, None),
    "count_audience": (EDITOR, None),
    "list_departures": (VIEWER, None),
    "create_import": (EDITOR, None),
    "list_imports": (VIEWER, None),
    "preview_import": (EDITOR, None),
    "put_import_page": (EDITOR, None),
    "read_import": (VIEWER, None),
    "start_import": (EDITOR, None),
    "stop_import": (EDITOR, None),
    "read_batch": (VIEWER, None),
    "start_batch": (EDITOR, None),
    "stop_batch": (EDITOR, None),
    "resume_execution": (EDITOR, None),
    "resend_delivery": (EDITOR, None),
    "send_new_template_test": (EDITOR, None),
    "send_template_test": (EDITOR, None),
    "send_test": (EDITOR, None),
    "settle_outcome": (EDITOR, None),
    "resume_failed_executions": (EDITOR, None),
    "roll_back_workflow": (EDITOR, None),
    "rotate_secret": (ADMIN, None),
    "save_settings": (ADMIN, None),
    "save_survey": (EDITOR, None),
    "save_template": (EDITOR, None),
    "save_workflow": (EDITOR, None),
    "set_secret_hosts": (ADMIN, None),
    "simulate_workflow": (EDITOR, None),
    "upsert_bookings": (EDITOR, BOOKINGS),
}

GUARDED = [endpoint for endpoint in endpoints() if not endpoint.access.is_public]

EVERYWHERE = {"put_location"}
"""These need their role in every location."""

OF_NO_LOCATION = {"list_locations"}
"""These show what the caller has a role in."""

guarded = pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: each.operation_id)


def call(api: Api, endpoint: Endpoint, token: str | None) -> tuple[int, str]:
    """Call the route in loc-1 without a body; return the status and the field at problem."""
    path = endpoint.path.replace("<location_id>", "loc-1").replace("<version>", "1")
    answer = Client(api, token).call(endpoint.method, re.sub(r"<\w+>", "some-id", path))
    errors = answer.json.get("errors") if answer.text else None
    return answer.status, errors[0]["field"] if errors else ""


def untrusted_tokens(issuer: TestIssuer) -> Iterator[tuple[str, str | None]]:
    now = int(time.time())
    roles = {"bookflow:roles": {"loc-1": ADMIN}}
    good = issuer.token(roles)
    head, payload, signature = good.split(".")
    yield "no token", None
    yield "expired", issuer.token({**roles, "iat": now - 900, "exp": now - 61})
    yield "not yet", issuer.token({**roles, "nbf": now + 120})
    yield "from the future", issuer.token({**roles, "iat": now + 120})
    yield "without end", issuer.token({**roles, "exp": None})
    yield "without subject", issuer.token({**roles, "sub": None})
    yield "wrong issuer", issuer.token({**roles, "iss": "https://other.example"})
    yield "wrong audience", issuer.token({**roles, "aud": "another-service"})
    yield "no audience", issuer.token({**roles, "aud": None})
    yield "unknown key", issuer.token(roles, key_id="rsa-unknown")
    yield "key of another", issuer.token(roles, key_id="rsa-other").replace("rsa-other", "rsa-1")
    yield "changed", f"{head}.{_changed(payload)}.{signature}"
    yield "no signature", f"{head}.{payload}."
    yield "alg none", f"{_part({'alg': 'none', 'kid': 'rsa-1'})}.{payload}."
    yield "alg HS256", f"{_part({'alg': 'HS256', 'kid': 'rsa-1'})}.{payload}.{signature}"
    yield "alg RS512", issuer.token(roles, alg="RS512")
    yield "empty subject", issuer.token({**roles, "sub": ""})
    yield "end as text", issuer.token({**roles, "exp": "soon"})
    yield "end as truth", issuer.token({**roles, "exp": True})
    yield "end beyond all numbers", issuer.token({**roles, "exp": float("inf")})
    yield "audience as object", issuer.token({**roles, "aud": {AUDIENCE: True}})
    yield "no key id", f"{_part({'alg': 'RS256'})}.{payload}.{signature}"
    yield "key of the other kind", issuer.token(roles, kid="ec-1")
    yield "detached", issuer.token(roles, b64=False)
    yield "unknown and critical", issuer.token(roles, crit=["x"], x=1)
    yield "rubbish", "a.b.c"
    yield "no ASCII", "\u00fc.b.c"
    yield "no Unicode", "\ud800.b.c"


def _part(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


def _changed(payload: str) -> str:
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return _part({**claims, "sub": "somebody else"})


def test_every_route_has_its_line_and_says_the_same() -> None:
    declared = {
        each.operation_id: (str(each.access.role), each.access.scope and str(each.access.scope))
        for each in GUARDED
    }
    assert declared == ALLOWED


def test_only_these_routes_are_public() -> None:
    assert {each.operation_id for each in endpoints() if each.access.is_public} == PUBLIC


def test_every_guarded_route_belongs_to_a_location_and_public_ones_to_none() -> None:
    for endpoint in endpoints():
        is_of_none = endpoint.access.is_public or endpoint.operation_id in OF_NO_LOCATION
        assert endpoint.path.startswith(LOCATION) != is_of_none, endpoint.path


def test_only_these_routes_need_a_role_everywhere() -> None:
    assert {each.operation_id for each in endpoints() if each.access.everywhere} == EVERYWHERE


@guarded
def test_a_token_that_cannot_be_trusted_is_refused(
    api: Api, issuer: TestIssuer, endpoint: Endpoint
) -> None:
    for name, token in untrusted_tokens(issuer):
        assert call(api, endpoint, token)[0] == 401, name


@guarded
def test_another_location_does_not_exist_for_the_caller(
    api: Api, issuer: TestIssuer, endpoint: Endpoint
) -> None:
    strangers = [
        issuer.person(loc_2="admin"),
        issuer.token(),
        issuer.token({"bookflow:roles": {"loc-1": "owner", "loc-10": "admin"}}),
        issuer.token({"bookflow:roles": {"loc-1": ["admin"]}}),
        issuer.token({"bookflow:roles": "not json"}),
        issuer.token({"bookflow:roles": ["loc-1"]}),
        issuer.machine("loc-2", EVENTS, BOOKINGS),
        issuer.token({"scope": f"{EVENTS} {BOOKINGS}"}),
        issuer.token({"bookflow:location": "loc-1"}),
        issuer.token({"bookflow:location": "loc-1", "scope": "bookflow/everything"}),
        issuer.token({"scope": f"{EVENTS} bookflow/location.loc-1 bookflow/location.loc-2"}),
    ]
    for token in strangers:
        status, field = call(api, endpoint, token)
        if endpoint.operation_id in OF_NO_LOCATION:
            assert status in {200, 403}
        else:
            assert (status, field) == (404, "location_id")


@guarded
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_covers_and_nothing_else(
    api: Api, issuer: TestIssuer, endpoint: Endpoint, role: str
) -> None:
    least, _ = ALLOWED[endpoint.operation_id]
    is_of_all = endpoint.operation_id in EVERYWHERE
    for place, roles in (
        ("loc-1", {"loc-1": role}),
        ("*", {"*": role}),
        ("*", {"*": role, "loc-1": VIEWER}),
    ):
        for token in (
            issuer.token({"bookflow:roles": roles}),
            issuer.token({"bookflow:roles": json.dumps(roles)}, key_id="ec-1"),
            issuer.token({"custom:bookflow_roles": json.dumps(roles)}),
        ):
            status, field = call(api, endpoint, token)
            if ROLES.index(role) < ROLES.index(least) or (is_of_all and place != "*"):
                assert status == 403
            else:
                assert status not in {401, 403}
                assert (status, field) != (404, "location_id")


@guarded
@pytest.mark.parametrize("scope", [EVENTS, BOOKINGS])
def test_a_machine_does_only_what_its_scope_is_for(
    api: Api, issuer: TestIssuer, endpoint: Endpoint, scope: str
) -> None:
    _, wanted = ALLOWED[endpoint.operation_id]
    for token in (
        issuer.machine("loc-1", scope),
        issuer.token({"scope": f"{scope} bookflow/location.loc-1"}),
    ):
        status, field = call(api, endpoint, token)
        if scope == wanted:
            assert status not in {401, 403}
            assert (status, field) != (404, "location_id")
        else:
            assert status == 403


def test_what_is_not_declared_is_refused_with_or_without_a_token(
    api: Api, issuer: TestIssuer
) -> None:
    for token in (None, issuer.person(loc_1="admin")):
        client = Client(api, token)
        assert client.get("/v1/locations/loc-1/unknown").status == 404
        assert client.get("/v2/health").status == 404
        refused = client.call("PATCH", "/v1/locations/loc-1/workflows")
        assert (refused.status, refused.headers["allow"]) == (405, "GET, POST")


def test_a_token_is_checked_before_anything_that_was_sent(api: Api) -> None:
    for raw in ("{", b"\xff", "x" * 2_000_000):
        answer = Client(api).call("POST", "/v1/locations/loc-1/workflows", raw=raw)
        assert answer.status == 401


def test_an_address_that_powertools_routes_is_checked_for_the_location_that_the_handler_gets(
    api: Api, issuer: TestIssuer
) -> None:
    client = Client(api, issuer.person(loc_1="admin"))
    for location in ("loc-2", "loc-1%2Floc-2", "loc-2\n", "loc-1\n", "loc-1 ", "LOC-1", "."):
        assert client.get(f"/v1/locations/{location}/workflows").status == 404, location
    for path in ("/v1/locations/loc-2/workflows\n", "/v1//locations/loc-1/workflows"):
        assert client.get(path).status == 404, path
