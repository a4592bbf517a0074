"""Runs the `bookflow` command on workflows and events that a test writes as dictionaries."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bookflow.cli import main
from bookflow.gallery import ready_made

BERLIN = {
    "id": "spree-kayaks",
    "name": "Spree Kayaks",
    "timezone": "Europe/Berlin",
    "locale": "de-DE",
    "country": "DE",
}

Node = Mapping[str, Any]
Entry = Mapping[str, Any]


def note(text: str, node_id: str = "note") -> Node:
    """Return a node that adds a note to the booking."""
    return {"id": node_id, "type": "add_booking_note", "config": {"note": text}}


def workflow(*nodes: Node, trigger: str = "Booking Created", **trigger_config: Any) -> Any:
    """Return an exported workflow: the nodes in a row behind the trigger."""
    start = {"id": "trigger", "type": "trigger", "config": {"event": trigger, **trigger_config}}
    edges = [
        {"id": f"e{place}", "source": source["id"], "target": target["id"]}
        for place, (source, target) in enumerate(pairwise([start, *nodes]))
    ]
    return _export([start, *nodes], edges)


def branching(rule: Mapping[str, Any]) -> Any:
    """Return an exported workflow that notes "yes" for a new booking of this rule, else "no"."""
    return _export(
        [
            {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}},
            {"id": "rule", "type": "condition", "config": {"rule": rule}},
            note("yes", "yes"),
            note("no", "no"),
        ],
        [
            {"id": "e1", "source": "trigger", "target": "rule"},
            {"id": "e2", "source": "rule", "source_handle": "true", "target": "yes"},
            {"id": "e3", "source": "rule", "source_handle": "false", "target": "no"},
        ],
    )


def example(name: str) -> Any:
    """Return a workflow of the gallery as it is exported."""
    return ready_made()[name].model_dump(mode="json", by_alias=True)


def simulate(
    exported: Any, *events: Mapping[str, Any], location: Mapping[str, Any] = BERLIN
) -> Sequence[Entry]:
    """Return the timeline's entries of the one booking; fail if the command refuses its input."""
    with TemporaryDirectory() as folder:
        files = [
            _write(folder, name, content)
            for name, content in (("w", exported), ("e", list(events)), ("l", location))
        ]
        code, printed, said = run("simulate", "--json", *files[:2], "--location", files[2])
    assert code == 0, said
    (timeline,) = json.loads(printed)
    entries: Sequence[Entry] = timeline["entries"]
    return entries


def check(exported: Any) -> Sequence[Mapping[str, Any]]:
    """Return the problems of a workflow, errors and warnings."""
    with TemporaryDirectory() as folder:
        _, printed, _ = run("check", "--json", _write(folder, "w", exported))
    problems: Sequence[Mapping[str, Any]] = json.loads(printed)
    return problems


def machine_of(exported: Any) -> Mapping[str, Any]:
    """Return the state machine of a workflow."""
    with TemporaryDirectory() as folder:
        code, printed, said = run("compile", _write(folder, "w", exported))
    assert code == 0, said
    machine: Mapping[str, Any] = json.loads(printed)
    return machine


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return its exit code, output and error output."""
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
        code = main(arguments)
    return code, output.getvalue(), errors.getvalue()


def done(entries: Sequence[Entry], what: str) -> Sequence[Entry]:
    """Return the completed steps of one type."""
    return [entry for entry in entries if entry["kind"] == "done" and entry["what"] == what]


def notes(entries: Sequence[Entry]) -> Sequence[str]:
    """Return the texts of the notes that were added, without the mark of their origin."""
    found = done(entries, "add_booking_note")
    return [entry["details"]["plan"]["text"].removeprefix("[Workflow] ") for entry in found]


def times(entries: Sequence[Entry], what: str) -> Sequence[str]:
    """Return when steps of one type were completed, in UTC."""
    return [entry["at"] for entry in done(entries, what)]


def _export(nodes: Sequence[Node], edges: Sequence[Mapping[str, str]]) -> Any:
    return {
        "format": "bookflow.workflow",
        "format_version": 1,
        "name": "Case",
        "graph": {"schema_version": 1, "nodes": list(nodes), "edges": list(edges)},
    }


def _write(folder: str, name: str, content: Any) -> str:
    path = Path(folder, f"{name}.json")
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)
