"""What running executions of past versions send is still understood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bookflow.domain.compiler import compile_graph, node_entries
from bookflow.domain.executions.machine_input import execution_input
from bookflow.domain.executions.payloads import (
    PAYLOAD_SCHEMA_VERSION,
    FlowPayload,
    JoinArrivePayload,
    JoinWaitPayload,
    StepPayload,
    read_flow_payload,
    read_step_payload,
)
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.joins import Decision

PAYLOADS = Path(__file__).parent / "payloads"
SAMPLES = sorted(PAYLOADS.glob("v*/*.json"))
MODELS = {"join_arrive": JoinArrivePayload, "join_wait": JoinWaitPayload}


def stored(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def sample(name: str, **changes: Any) -> dict[str, Any]:
    return {**stored(PAYLOADS / f"v{PAYLOAD_SCHEMA_VERSION}" / f"{name}.json"), **changes}


def read(payload: Mapping[str, Any]) -> StepPayload | JoinArrivePayload | JoinWaitPayload:
    return read_flow_payload(payload) if "op" in payload else read_step_payload(payload)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_samples_of_every_version_are_read_in_full(path: Path) -> None:
    payload = stored(path)
    model = MODELS.get(path.stem, StepPayload if path.stem == "action" else FlowPayload)
    found = read(payload)
    assert type(found) is model
    assert found.execution.model_dump(exclude_unset=True) == payload["execution"]
    reported = found.model_dump(mode="json", exclude_unset=True)
    for name, value in payload.items():
        if name == "attempt":
            continue  # the machine's own count of tries, which is not read
        if name == "node":
            value = {key: value[key] for key in reported["node"]}
            assert {"id", "type", "after_delay"} <= set(value)
        assert reported[name] == value


def test_there_are_samples_of_every_version_and_operation() -> None:
    for version in range(1, PAYLOAD_SCHEMA_VERSION + 1):
        assert {path.stem for path in (PAYLOADS / f"v{version}").iterdir()} >= {
            "action",
            "delay",
            "condition",
            "switch",
            "join_arrive",
            "join_wait",
        }
    assert {path.stem for path in SAMPLES} >= {"delay_until"}


def graph_with_everything() -> Graph:
    """Return a graph whose machine has each kind of Task: its joins are not nested."""
    rule = {"variable": "booking.party_size", "operator": "greater", "value": 4}
    nodes = [
        {"id": "t", "type": "trigger", "config": {"event": "Booking Created"}},
        {"id": "wait", "type": "delay", "config": {"value": 1, "unit": "hours"}},
        {"id": "if", "type": "condition", "config": {"rule": rule}},
        {"id": "by", "type": "switch", "config": {"cases": [{"id": "big", "rule": rule}]}},
        *({"id": name, "type": "add_booking_note", "config": {"note": name}} for name in "abcd"),
    ]
    ways = [
        ("t", "out", "wait"),
        ("t", "out", "if"),
        ("t", "out", "by"),
        ("wait", "out", "a"),
        ("if", "true", "a"),
        ("if", "false", "b"),
        ("by", "big", "b"),
        ("by", "default", "c"),
        ("a", "out", "d"),
        ("b", "out", "d"),
        ("c", "out", "d"),
    ]
    edges = [
        {"id": f"e{place}", "source": source, "source_handle": handle, "target": target}
        for place, (source, handle, target) in enumerate(ways)
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def parameters(value: Any) -> Iterator[dict[str, Any]]:
    """Yield what each Task of a definition sends, paths as they are written."""
    if isinstance(value, list):
        for each in value:
            yield from parameters(each)
    elif isinstance(value, dict):
        if value.get("Type") == "Task":
            sent = value["Parameters"]
            yield sent.get("Payload", sent)
        for each in value.values():
            yield from parameters(each)


def test_the_samples_are_what_the_compiler_sends_today() -> None:
    graph = graph_with_everything()
    compiled = compile_graph(graph, function_arn_prefix="arn:aws:lambda:eu-central-1:1:function:b-")
    reference = sample("action")["execution"]
    given = execution_input(node_entries(compiled, graph), reference, {})
    context = {
        "$$.Task.Token": "token",
        "$.execution": given["execution"],
    }
    context |= {f"$.nodes.{slot}": entry for slot, entry in given["nodes"].items()}
    seen = set()
    for written in parameters(compiled.definition):
        sent = {
            name.removesuffix(".$"): context[value] if name.endswith(".$") else value
            for name, value in written.items()
        }
        operation = sent.get("op", "action")
        seen.add(operation)
        assert sent.keys() == sample(operation).keys()
        assert sent["schema_version"] == PAYLOAD_SCHEMA_VERSION
        assert sent["execution"] == reference
        if "node" in sent:
            assert sent["node"].keys() == sample(operation)["node"].keys()
        assert read(sent).execution.execution_id == reference["execution_id"]
    assert seen == {"action", "delay", "condition", "switch", "join_arrive", "join_wait"}


def test_what_a_newer_definition_adds_is_ignored() -> None:
    payload = sample("action", priority="high")
    payload["node"]["colour"] = "red"
    assert read_step_payload(payload) == read_step_payload(sample("action"))


def test_decisions_are_read_as_decisions() -> None:
    arrival = read_flow_payload(sample("join_arrive"))
    assert isinstance(arrival, JoinArrivePayload)
    assert arrival.decisions["n4"]["n2.out"] is Decision.ACTIVE


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (None, "payload"),
        ({}, "schema_version"),
        (sample("action", schema_version=3), "schema_version"),
        (sample("action", execution={}), "execution.location_id"),
        (sample("action", node={"type": "webhook"}), "node.id"),
    ],
)
def test_another_payload_is_refused_by_its_field(payload: Any, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_step_payload(payload)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "payload"),
        (sample("delay", op="nap"), "payload"),
        (sample("delay", node={}), "delay.node.id"),
        (
            sample("join_arrive", decisions={"n4": {"n2.out": "maybe"}}),
            "join_arrive.decisions.n4.n2.out",
        ),
        (sample("join_wait", token=None), "join_wait.token"),
    ],
)
def test_another_flow_payload_is_refused_by_its_field(payload: Any, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_flow_payload(payload)
    assert caught.value.field == field
