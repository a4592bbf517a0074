"""A call whose answer was lost is made again: it creates nothing twice and overtakes nobody."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.api.app import Api
from tests.api import Answer, Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, create, graph_of, know_location

TEMPLATE = {"name": "Hello", "subject": "Hi", "html": "<p>Hi</p>"}
SURVEY = {"name": "After", "questions": [{"id": "stars", "type": "stars", "text": "How was it?"}]}
WORKFLOW = {"name": "Welcome", "draft": graph_of()}
FILE = {"name": "Welcome", "description": "", "graph": graph_of()}

CREATES: list[tuple[str, str, dict[str, Any]]] = [
    ("/templates", "/templates", TEMPLATE),
    ("/templates/first/duplicate", "/templates", {}),
    ("/surveys", "/surveys", SURVEY),
    ("/workflows", "/workflows", WORKFLOW),
    ("/workflows/import", "/workflows", {"workflow": FILE}),
    ("/tasks", "/tasks", {"title": "Call Ada"}),
]


def post(client: Client, path: str, body: dict[str, Any], key: str | None) -> Answer:
    headers = {"idempotency-key": key} if key else {}
    answer = client.call("POST", f"{LOCATION}{path}", body, headers=headers)
    assert answer.status == 201, answer.text
    return answer


def count(client: Client, collection: str) -> int:
    return len(client.get(f"{LOCATION}{collection}").json["items"])


@pytest.mark.parametrize(("path", "collection", "body"), CREATES)
def test_a_repeated_create_answers_with_the_first_record(
    ports: FakePorts,
    api: Api,
    issuer: TestIssuer,
    admin: Client,
    path: str,
    collection: str,
    body: dict[str, Any],
) -> None:
    know_location(ports)
    admin.post(f"{LOCATION}/templates", {**TEMPLATE, "id": "first"})
    before = count(admin, collection)
    first = post(admin, path, body, "key-1")
    again = post(admin, path, body, "key-1")
    assert again.json == first.json
    assert count(admin, collection) == before + 1
    colleague = Client(api, issuer.token({"sub": "user-2", "bookflow:roles": {"loc-1": "editor"}}))
    post(colleague, path, body, "key-1")
    post(admin, path, body, "key-2")
    post(admin, path, body, None)
    post(admin, path, body, None)
    assert count(admin, collection) == before + 5


def test_a_workflow_is_duplicated_once(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    path = f"{create(admin, graph_of()).removeprefix(LOCATION)}/duplicate"
    first = post(admin, path, {}, "key-1")
    assert post(admin, path, {}, "key-1").json == first.json
    assert count(admin, "/workflows") == 2


def test_a_create_with_its_own_id_may_be_repeated_but_not_with_other_content(
    admin: Client,
) -> None:
    for path, body in (("/templates", TEMPLATE), ("/surveys", SURVEY)):
        first = post(admin, path, {**body, "id": "own"}, None)
        assert post(admin, path, {**body, "id": "own"}, None).json == first.json
        other = {**body, "id": "own", "name": "Other"}
        assert admin.post(f"{LOCATION}{path}", other).status == 409


def test_a_repeated_save_of_the_whole_content_is_no_other_save(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    workflow = create(admin, graph_of()).removeprefix(LOCATION)
    admin.post(f"{LOCATION}/templates", {**TEMPLATE, "id": "own"})
    admin.post(f"{LOCATION}/surveys", {**SURVEY, "id": "own"})
    for path, body, revision in (
        ("/templates/own", {**TEMPLATE, "subject": "New"}, 1),
        ("/surveys/own", {**SURVEY, "name": "New"}, 1),
        (workflow, {**WORKFLOW, "name": "New"}, 1),
        ("/settings", {"name": "New"}, 0),
    ):
        address = f"{LOCATION}{path}"
        first = admin.put(address, body, if_match=f'"{revision}"')
        assert first.status == 200, first.text
        again = admin.put(address, body, if_match=f'"{revision}"')
        assert (again.status, again.etag, again.json) == (200, first.etag, first.json), path
        other = admin.put(address, {**body, "name": "Mine"}, if_match=f'"{revision}"')
        assert other.status == 412, path
        third = admin.put(address, {**body, "name": "Theirs"}, if_match=first.etag)
        assert third.status == 200
        assert admin.put(address, body, if_match=f'"{revision}"').status == 412, path


def test_a_stale_delete_is_no_repeated_save(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    address = create(admin, graph_of())
    admin.put(address, {**WORKFLOW, "name": "New"}, if_match='"1"')
    assert admin.call("DELETE", address, headers={"if-match": '"1"'}).status == 412
