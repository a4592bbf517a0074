"""What every answer has: problem details, security headers, CORS, bounds on what is sent."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from typing import get_args, get_type_hints

import pytest

from bookflow.api import app, contract
from bookflow.api.app import SECURITY_HEADERS, Api
from bookflow.api.routing import MAX_BODY_BYTES, Endpoint, endpoints
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    PermanentError,
    StaleRevisionError,
    TransientError,
)
from bookflow.domain.staff.notes import Note
from tests.api import CONTEXT, ORIGIN, Client, TestIssuer, event, make_api
from tests.fakes import FakePorts
from tests.unit.api.graphs import know_location

WORKFLOWS = "/v1/locations/loc-1/workflows"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (TransientError("busy", retry_after=7.2), 503, "unavailable"),
        (ConflictError("no"), 409, "conflict"),
        (StaleRevisionError("workflow", based_on=1, stored=3), 412, "stale"),
        (InvalidInputError("bad", field="a.b"), 422, "invalid"),
        (PermanentError("a table's name and other secrets"), 500, "unexpected"),
        (RuntimeError("a table's name and other secrets"), 500, "unexpected"),
        (RecursionError("a table's name and other secrets"), 500, "unexpected"),
    ],
)
def test_errors_of_use_cases_become_problems(
    ports: FakePorts, admin: Client, error: Exception, status: int, kind: str
) -> None:
    ports.fail_next("workflows.page", error)
    answer = admin.get(WORKFLOWS)
    assert (answer.status, answer.json["type"]) == (status, f"urn:bookflow:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["request_id"] == "request-1"
    assert "secret" not in answer.text


def test_a_passing_failure_says_when_to_try_again(ports: FakePorts, admin: Client) -> None:
    ports.fail_next("workflows.page", TransientError("busy", retry_after=7.2))
    assert admin.get(WORKFLOWS).headers["retry-after"] == "8"


def test_a_stale_save_names_both_revisions(ports: FakePorts, admin: Client) -> None:
    ports.fail_next("workflows.page", StaleRevisionError("workflow", based_on=1, stored=3))
    answer = admin.get(WORKFLOWS).json
    assert (answer["based_on"], answer["stored"]) == (1, 3)


def test_problems_of_input_are_named_by_their_path(admin: Client) -> None:
    draft = {"nodes": [{"id": "a", "type": "trigger", "position": {"x": "far"}}]}
    answer = admin.post(WORKFLOWS, {"name": "", "draft": draft, "extra": 1})
    assert answer.status == 422
    fields = {error["field"] for error in answer.json["errors"]}
    assert fields == {"body.name", "body.draft.nodes[0].position.x", "body.extra"}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("{", 400),
        ('{"name": NaN}', 400),
        (b"\xff\xfe", 400),
        ("[" * 100_000, 400),
        ('{"a":' * 300 + "1" + "}" * 300, 400),
        ("1" * 10_000, 400),
        ("", 422),
        ("null", 422),
        ("[]", 422),
        ('"text"', 422),
        (json.dumps({"name": "x" * MAX_BODY_BYTES}), 413),
        (b" " * (MAX_BODY_BYTES + 1), 413),
    ],
)
def test_bodies_that_cannot_be_taken_are_refused(
    admin: Client, raw: str | bytes, status: int
) -> None:
    assert admin.call("POST", WORKFLOWS, raw=raw).status == status


def test_half_a_character_costs_one_character_and_not_the_body(admin: Client) -> None:
    answer = admin.call("POST", WORKFLOWS, raw='{"name": "Hi \\ud83d"}')
    assert (answer.status, answer.json["name"]) == (201, "Hi \ufffd")


def test_another_media_type_is_refused(admin: Client) -> None:
    answer = admin.call("POST", WORKFLOWS, raw="a=b", headers={"content-type": "text/csv"})
    assert (answer.status, answer.json["type"]) == (415, "urn:bookflow:media-type")


def test_every_answer_has_the_security_headers(admin: Client, api: Api) -> None:
    for answer in (
        admin.get(WORKFLOWS),
        admin.get("/v1/health"),
        admin.get("/nowhere"),
        Client(api).get(WORKFLOWS),
    ):
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name.lower()] == value
    page = admin.get("/v1/docs")
    assert "script" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_only_the_configured_origin_may_read(admin: Client) -> None:
    allowed = admin.call("GET", WORKFLOWS, headers={"origin": ORIGIN})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    other = admin.call("GET", WORKFLOWS, headers={"origin": "https://evil.example"})
    assert not [name for name in other.headers if name.startswith("access-control")]


def test_a_preflight_needs_no_token_and_names_what_may_be_sent(api: Api) -> None:
    answer = Client(api).call("OPTIONS", WORKFLOWS, headers={"origin": ORIGIN})
    assert answer.status == 204
    for header in ("Authorization", "If-Match", "Idempotency-Key"):
        assert header in answer.headers["access-control-allow-headers"]
    assert "DELETE" in answer.headers["access-control-allow-methods"]


def test_an_answer_without_content_has_no_body(api: Api, admin: Client) -> None:
    made = admin.post(WORKFLOWS, {"name": "Short-lived"})
    headers = {"authorization": f"Bearer {admin.token}", "if-match": made.etag}
    answer = api(event("DELETE", f"{WORKFLOWS}/{made.json['id']}", None, {}, headers), CONTEXT)
    assert answer["statusCode"] == 204
    assert "body" not in answer


def test_without_an_origin_there_is_no_cors(ports: FakePorts, issuer: TestIssuer) -> None:
    client = Client(make_api(ports, issuer, origin=""), issuer.person(loc_1="admin"))
    answer = client.call("GET", WORKFLOWS, headers={"origin": ORIGIN})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.call("OPTIONS", WORKFLOWS, headers={"origin": ORIGIN}).status == 405


def test_the_contract_that_is_served_is_what_the_routes_say(api: Api, admin: Client) -> None:
    """After a change of a route run make docs."""
    assert admin.get("/v1/openapi.json").text == api.contract()


def test_the_contract_is_not_made_for_its_readers(
    api: Api, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object) -> str:
        raise AssertionError("a second of processor time")

    monkeypatch.setattr(contract, "contract", made)
    assert admin.get("/v1/openapi.json").status == 200
    assert admin.get("/v1/docs").status == 200
    with pytest.raises(AssertionError):
        api.contract()


def test_the_reference_page_names_every_operation(admin: Client) -> None:
    page = admin.get("/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    paths = admin.get("/v1/openapi.json").json["paths"]
    assert len(paths) > 20
    for path in paths:
        assert path in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("APPLICATION/JSON", 201),
        ("application/json; charset=utf-8", 201),
        ("", 201),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain; a=application/json", 415),
    ],
)
def test_json_alone_is_taken_however_its_name_is_written(
    admin: Client, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type}
    body = '{"name": "x"}' if status == 201 else "name=x"
    answer = admin.call("POST", WORKFLOWS, raw=body, headers=headers)
    assert answer.status == status


def test_a_number_beyond_all_numbers_is_no_json(admin: Client) -> None:
    for number in ("1e400", "-1e400", "NaN", "Infinity"):
        raw = f'{{"booking_id": "b-1", "event": {{"x": {number}}}}}'
        answer = admin.call("POST", f"{WORKFLOWS}/wf-1/dry-run", raw=raw)
        assert (answer.status, answer.json["type"]) == (400, "urn:bookflow:malformed")


def test_a_problem_is_logged_by_its_place_and_never_by_the_words_of_others(
    ports: FakePorts, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, object]] = []
    monkeypatch.setattr(app.logger, "error", lambda _, extra: logged.append(extra))
    for error in (ValueError("ada@example.com"), PermanentError("the table is gone")):
        ports.fail_next("workflows.page", error)
        assert admin.get(WORKFLOWS).status == 500
    theirs, ours = logged
    assert theirs["error"] == "ValueError"
    assert "ada@example.com" not in json.dumps(theirs)
    assert any("app.py" not in str(place) for place in theirs["where"])  # type: ignore[attr-defined]
    assert ours["reason"] == "the table is gone"
    assert theirs["call"] == ours["call"] == "request-1"


def test_a_list_that_lambda_cannot_hand_over_has_fewer_entries_and_goes_on(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    note = Note(location_id="loc-1", booking_id="b-1", id="n", text='"' * 20_000, created_at=NOW)
    for number in range(160):
        ports.notes.add(note.changed(id=f"n-{number}"))
    notes = "/v1/locations/loc-1/bookings/b-1/notes"
    found: list[str] = []
    cursor = None
    while len(found) < 160:
        page = admin.call(
            "GET", notes, query={"limit": 100, "cursor": cursor}, headers={"origin": ORIGIN}
        )
        assert page.status == 200, page.text
        assert page.headers["access-control-allow-origin"] == ORIGIN
        assert 10 < len(page.json["items"]) < 100
        found += [note["id"] for note in page.json["items"]]
        cursor = page.json["next_cursor"]
    assert (len(set(found)), cursor) == (160, None)


def test_a_list_of_entries_of_which_one_is_too_large_is_refused_with_what_to_do(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    note = Note(location_id="loc-1", booking_id="b-1", id="n", text="x", created_at=NOW)
    huge = note.model_copy(update={"text": '"' * 2_500_000})
    ports.notes.add(huge)
    refused = admin.get("/v1/locations/loc-1/bookings/b-1/notes")
    assert (refused.status, refused.json["type"]) == (422, "urn:bookflow:invalid")
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["content-type"] == "application/problem+json"


def test_every_list_can_be_asked_for_fewer_entries() -> None:
    lists = [each for each in endpoints() if "next_cursor" in _answer_fields(each)]
    assert len(lists) > 12
    for endpoint in lists:
        if endpoint.method == "GET":
            parameters = inspect.signature(endpoint.handler).parameters
            assert {"limit", "cursor"} <= set(parameters), endpoint.path
            assert isinstance(parameters["limit"].default, int)


def _answer_fields(endpoint: Endpoint) -> set[str]:
    answer = get_type_hints(endpoint.handler)["return"]
    model = next(iter(get_args(answer)), answer)
    return set(getattr(model, "model_fields", ()))


def test_a_refusal_before_the_route_may_be_read_by_the_dashboard_too(api: Api) -> None:
    for path, status in ((WORKFLOWS, 401), ("/nowhere", 404)):
        refused = Client(api).call("GET", path, headers={"origin": ORIGIN})
        assert refused.status == status
        assert refused.headers["access-control-allow-origin"] == ORIGIN
        assert refused.headers["access-control-expose-headers"] == "ETag,Location,Retry-After"


def test_a_call_without_a_body_has_no_media_type_to_refuse(admin: Client) -> None:
    assert admin.call("GET", WORKFLOWS, headers={"content-type": "text/csv"}).status == 200


def test_the_routes_that_take_a_body_are_those_of_the_contract(admin: Client) -> None:
    paths = admin.get("/v1/openapi.json").json["paths"]
    for endpoint in endpoints():
        operation = paths[endpoint.openapi_path][endpoint.method.lower()]
        assert endpoint.takes_body == ("requestBody" in operation), endpoint.operation_id
        assert not (endpoint.takes_body and endpoint.access.is_public), endpoint.operation_id
