"""What operators add to a workflow for themselves: tags in the list, notes on the canvas."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.domain.compiler import compile_graph
from bookflow.domain.workflows.graph import MAX_NOTES, Graph
from bookflow.domain.workflows.tags import MAX_TAGS
from tests.api import Client, TestIssuer
from tests.unit.api.graphs import LOCATION, NOTE, WORKFLOWS, create, graph_of, publish

STICKY = {"id": "note_a", "text": "Ask Ada before changing this", "color": "blue"}


def noted(*notes: dict[str, Any]) -> dict[str, Any]:
    return {**graph_of(NOTE), "notes": list(notes)}


def listed(client: Client, **query: str) -> list[str]:
    return [item["name"] for item in client.get(WORKFLOWS, **query).json["items"]]


def test_the_list_is_filtered_by_a_tag_in_any_case_of_letters(admin: Client) -> None:
    for name, tags in (("Welcome", ["Guests", "Summer"]), ("Storm", ["weather"]), ("Plain", [])):
        answer = admin.post(WORKFLOWS, {"name": name, "tags": tags})
        assert (answer.status, answer.json["tags"]) == (201, tags)
    assert listed(admin, tag="guests") == ["Welcome"]
    assert listed(admin, tag="guest") == []
    assert listed(admin, text="eathe") == ["Storm"]
    assert admin.get(WORKFLOWS, tag="summer").json["items"][0]["tags"] == ["Guests", "Summer"]


def test_a_save_without_tags_keeps_them_and_the_log_tells_their_change(admin: Client) -> None:
    address = admin.post(WORKFLOWS, {"name": "Welcome", "tags": ["Guests"]}).json["id"]
    address = f"{WORKFLOWS}/{address}"
    body = {"name": "Welcome", "draft": graph_of(NOTE)}
    assert admin.put(address, body, if_match='"1"').json["tags"] == ["Guests"]
    assert admin.put(address, {**body, "tags": ["Staff"]}, if_match='"2"').json["tags"] == ["Staff"]
    assert admin.put(address, {**body, "tags": []}, if_match='"3"').json["tags"] == []
    changes = admin.get(f"{LOCATION}/audit").json["items"]
    assert {"before": ["Guests"], "after": ["Staff"]} in [
        {"before": each["before"].get("tags"), "after": each["after"].get("tags")}
        for each in changes
        if each["before"]
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([" Guests ", "guests", "GUESTS"], ["Guests"]),
        (["b", "a"], ["b", "a"]),
        (["x" * 40], ["x" * 40]),
    ],
)
def test_a_tag_is_kept_once_as_it_was_written_first(
    admin: Client, sent: list[str], kept: list[str]
) -> None:
    assert admin.post(WORKFLOWS, {"name": "Welcome", "tags": sent}).json["tags"] == kept


@pytest.mark.parametrize(
    "tags",
    [[""], ["  "], ["x" * 41], ["a\nb"], [1], "Guests", [f"tag {n}" for n in range(MAX_TAGS + 1)]],
)
def test_a_tag_beyond_the_limits_is_refused(admin: Client, tags: Any) -> None:
    assert admin.post(WORKFLOWS, {"name": "Welcome", "tags": tags}).status == 422


def test_tags_and_notes_go_with_every_copy(api: Api, issuer: TestIssuer) -> None:
    client = Client(api, issuer.person(loc_1="editor", loc_2="editor"))
    made = client.post(WORKFLOWS, {"name": "Welcome", "tags": ["Guests"], "draft": noted(STICKY)})
    address = f"{WORKFLOWS}/{made.json['id']}"
    export = client.get(f"{address}/export").json
    imported = client.post(f"{WORKFLOWS}/import", {"workflow": export}).json["workflow"]
    copy = client.post(f"{address}/duplicate", {"location_id": "loc-2"}).json["workflow"]
    for each in (made.json, imported, copy):
        assert each["tags"] == ["Guests"]
        assert each["draft"]["notes"] == [
            {**STICKY, "position": {"x": 0.0, "y": 0.0}, "width": 240, "height": 120}
        ]


def test_a_note_changes_no_execution_and_no_machine(admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    publish(admin, address)
    saved = admin.get(address)
    body = {"name": "Welcome", "draft": noted(STICKY)}
    assert admin.put(address, body, if_match=saved.etag).status == 200
    assert admin.get(WORKFLOWS).json["items"][0]["has_changes"] is False
    plain, with_note = (
        compile_graph(Graph.model_validate(graph), function_arn_prefix="arn:")
        for graph in (graph_of(NOTE), noted(STICKY))
    )
    assert plain == with_note


@pytest.mark.parametrize(
    "notes",
    [
        [{**STICKY, "text": "x" * 2001}],
        [{**STICKY, "width": 119}],
        [{**STICKY, "height": 1201}],
        [{**STICKY, "color": "pink"}],
        [{**STICKY, "id": ""}],
        [{**STICKY, "id": "note"}],
        [STICKY, STICKY],
        [{**STICKY, "id": f"note_{number}"} for number in range(MAX_NOTES + 1)],
        {"a": 1},
    ],
)
def test_notes_beyond_the_limits_are_refused(admin: Client, notes: Any) -> None:
    draft = {**graph_of(NOTE), "notes": notes}
    assert admin.post(WORKFLOWS, {"name": "Welcome", "draft": draft}).status == 422


def test_a_note_beyond_the_canvas_stands_at_its_edge(admin: Client) -> None:
    far = {**STICKY, "position": {"x": 1e19, "y": -1e19}}
    answer = admin.post(WORKFLOWS, {"name": "Welcome", "draft": noted(far)})
    assert answer.json["draft"]["notes"][0]["position"] == {"x": 1e6, "y": -1e6}
