"""A draft may hold anything, and no call about it answers with an error of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import NOTE, WORKFLOWS, create, know_location
from tests.unit.workflows.test_check_graph import ANYTHING

FLOW = {
    "condition": ["rule"],
    "switch": ["cases"],
    "delay": ["kind", "value", "unit", "at", "until", "variable"],
}
REMINDER = ("offset_value", "offset_unit", "relative_to", "at", "filter")


def drafts(value: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return drafts that hold the value in their event, in a reminder's config, and in every step."""
    fields = {kind: [*each.config_model.model_fields] for kind, each in action_types().items()}
    steps = [
        {"id": kind, "type": kind, "config": dict.fromkeys(names, value)}
        for kind, names in {**fields, **FLOW}.items()
    ]
    reminder = {"event": "Booking Reminder", **dict.fromkeys(REMINDER, value)}
    return {
        "event": _graph({"event": value}, [NOTE]),
        "reminder": _graph(reminder, [NOTE]),
        "steps": _graph({"event": "Booking Created", "filter": value}, steps),
    }


def _graph(trigger: Mapping[str, Any], steps: list[dict[str, Any]]) -> Mapping[str, Any]:
    nodes = [{"id": "t", "type": "trigger", "config": trigger}, *steps]
    edges = [{"id": f"e-{each['id']}", "source": "t", "target": each["id"]} for each in steps]
    return {"nodes": nodes, "edges": edges}


@pytest.mark.soak
@pytest.mark.parametrize("value", ANYTHING, ids=repr)
@pytest.mark.parametrize("name", ["event", "reminder", "steps"])
def test_no_call_about_a_hostile_draft_fails(
    admin: Client, ports: FakePorts, name: str, value: Any
) -> None:
    know_location(ports)
    draft = drafts(value)[name]
    address = create(admin, dict(draft))
    answers = {each: admin.get(each) for each in (address, WORKFLOWS, f"{address}/export")}
    calls = ["check", "impact", "duplicate", "drain", "publish"]
    calls += [f"steps/{node['id']}/test" for node in draft["nodes"]]
    for call in calls:
        answers[call] = admin.post(f"{address}/{call}", {})
    answers["dry-run"] = admin.post(f"{address}/dry-run", {"event": {}})
    assert {call: each.json for call, each in answers.items() if each.status >= 500} == {}
