"""What callers are reported of input that breaks the contract: sentences with a place and a remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.api.contract import stored_contract
from bookflow.api.routing import Endpoint, endpoints
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, know_location

BAD_VALUES = [None, True, "", -5, 1.5, "x" * 30_000, [], {"a-secret-of-mine": 1}]
PYDANTIC = re.compile(
    r"^(Input|String|Field|Extra|List|Tuple|Dictionary|Unable|Number|Datetime)\b"
    r"|(Input|String) should|Value error"
)
DEEPEST = 5

CONTRACT = json.loads(stored_contract())
OPERATIONS: Mapping[str, Any] = {
    operation["operationId"]: operation
    for operations in CONTRACT["paths"].values()
    for operation in operations.values()
}
WITH_BODY = [each for each in endpoints() if "requestBody" in OPERATIONS[each.operation_id]]
WITH_QUERY = [
    each
    for each in endpoints()
    if any(p["in"] == "query" for p in OPERATIONS[each.operation_id].get("parameters", []))
]

Path = tuple[str | int, ...]


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema in the place of its reference; of several, the first."""
    while "$ref" in schema or "anyOf" in schema or "oneOf" in schema:
        if "$ref" in schema:
            schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = (schema.get("anyOf") or schema["oneOf"])[0]
    return schema


def places(schema: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """Yield the path of everything that a body may hold."""
    yield path
    schema = resolved(schema)
    if len(path) < DEEPEST:
        for name, inner in schema.get("properties", {}).items():
            yield from places(inner, (*path, name))
        if isinstance(schema.get("items"), dict):
            yield from places(schema["items"], (*path, 0))


def fitting(schema: Mapping[str, Any]) -> Any:
    """Return the least that fits a schema, or nearly."""
    schema = resolved(schema)
    known = schema.get("examples") or schema.get("enum")
    if known or "const" in schema:
        return schema.get("const") or known[0]
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {name: fitting(schema["properties"][name]) for name in required}
        case "array":
            return [fitting(schema["items"])]
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "2026-12-12T10:00:00Z" if schema.get("format") == "date-time" else "abcdefgh"


def changed(body: Any, path: Path, value: Any) -> Any:
    """Return the body with a value at a place, which is made if need be."""
    if not path:
        return value
    first, *rest = path
    if isinstance(first, int):
        return [changed(body[0] if isinstance(body, list) and body else {}, tuple(rest), value)]
    body = body if isinstance(body, dict) else {}
    return {**body, first: changed(body.get(first), tuple(rest), value)}


def check(status: int, text: str) -> None:
    """Hold that a refusal is made of sentences, and repeats nothing that was sent."""
    assert status < 500, text
    if status != 422:
        return
    problem = json.loads(text)
    for error in problem["errors"]:
        assert error["field"], text
        assert not PYDANTIC.search(error["reason"]), text
        if problem["detail"].startswith("Correct"):
            assert error["reason"].endswith("."), text
            asks = error["reason"].startswith(("Choose ", "Enter "))
            assert asks or error["remedy"].endswith("."), text
    assert "xxx" not in text
    assert len(text) < 20_000


def send(api: Api, issuer: TestIssuer, endpoint: Endpoint, body: Any, **query: Any) -> None:
    path = endpoint.path.replace("<location_id>", "loc-1").replace("<version>", "1")
    address = re.sub(r"<\w+>", "some-id", path)
    client = Client(api, issuer.person(loc_1="admin"))
    headers = {"if-match": '"1"'}
    answer = client.call(endpoint.method, address, body, query=query, headers=headers)
    check(answer.status, answer.text)


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=lambda each: each.operation_id)
def test_bad_values_anywhere_in_a_body_are_reported_in_sentences(
    ports: FakePorts, api: Api, issuer: TestIssuer, endpoint: Endpoint
) -> None:
    know_location(ports)
    (content,) = OPERATIONS[endpoint.operation_id]["requestBody"]["content"].values()
    for place in dict.fromkeys(places(content["schema"])):
        for value in BAD_VALUES:
            ports.rate_limits.full_at.clear()
            send(api, issuer, endpoint, changed(fitting(content["schema"]), place, value))


@pytest.mark.parametrize("endpoint", WITH_QUERY, ids=lambda each: each.operation_id)
def test_bad_values_in_a_query_are_reported_in_sentences(
    ports: FakePorts, api: Api, issuer: TestIssuer, endpoint: Endpoint
) -> None:
    know_location(ports)
    for parameter in OPERATIONS[endpoint.operation_id]["parameters"]:
        for value in ("", "-1", "0", "1000000000", "text", "x" * 5000, "a#b", "%2F", "\u0661"):
            if parameter["in"] == "query":
                send(api, issuer, endpoint, {}, **{parameter["name"]: value})


@pytest.mark.parametrize(
    "since", ["2026", "1764633600", "2026-12-12", "2026-12-12T10:00:00", "now"]
)
def test_a_time_that_has_to_be_guessed_or_reckoned_past_the_calendar_is_refused(
    admin: Client, since: str
) -> None:
    for path in ("bookings", "executions"):
        refused = admin.get(f"{LOCATION}/{path}", since=since)
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, "query.since")


def test_a_problem_in_a_list_names_the_entry_and_what_is_allowed(admin: Client) -> None:
    body = {"name": "x", "questions": [{"id": "a", "type": "dance", "text": "Hm?"}]}
    (error,) = admin.post(f"{LOCATION}/surveys", body).json["errors"]
    assert error == {
        "field": "body.questions[0]",
        "reason": "Questions, entry 1 has an unknown type.",
        "remedy": "Use one of: stars, text, choice.",
    }
