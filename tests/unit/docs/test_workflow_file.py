"""Holds that the page on the workflow's file form is true: its example is one, and its limits are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bookflow.cli import main
from bookflow.domain.flow.conditions.reading import MAX_DEPTH
from bookflow.domain.validation.reading import MAX_GRAPH_BYTES
from bookflow.domain.validation.structure import MAX_EDGES, MAX_NODES
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.graph import MAX_TIMEOUT_SECONDS, Edge, Node

PAGE = (Path(__file__).parents[3] / "docs" / "workflow-file.md").read_text(encoding="utf-8")


def test_the_example_is_a_workflow_without_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    WorkflowExport.model_validate(json.loads(example))
    file = tmp_path / "workflow.json"
    file.write_text(example, encoding="utf-8")
    assert main(["check", str(file)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("model", [Node, Edge])
def test_every_field_is_reported(model: type[Node] | type[Edge]) -> None:
    reported = set(re.findall(r"`(\w+)`", PAGE))
    assert set(model.model_fields) <= reported


def test_the_limits_are_reported() -> None:
    limits = (f"{MAX_NODES:,} nodes", f"{MAX_EDGES:,} edges", f"{MAX_GRAPH_BYTES // 1024} KiB")
    nesting = f"at most {MAX_DEPTH} deep"
    for limit in (*limits, nesting, f"of one try, 1 to {MAX_TIMEOUT_SECONDS};"):
        assert limit in PAGE
