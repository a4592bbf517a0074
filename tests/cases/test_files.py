"""Files that an editor on Windows saved are read as any others."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cases.commands import note, run, workflow
from tests.unit.events.samples import sample


@pytest.mark.parametrize("command", ["check", "compile", "draw"])
def test_a_workflow_file_may_begin_with_a_byte_order_mark(command: str, tmp_path: Path) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(workflow(note("x"))), encoding="utf-8-sig")
    code, _, said = run(command, str(file))
    assert (code, said) == (0, "")


@pytest.mark.parametrize("marked", ["workflow.json", "event.json"])
def test_a_simulated_file_may_begin_with_a_byte_order_mark(marked: str, tmp_path: Path) -> None:
    for name, content in (("workflow.json", workflow(note("x"))), ("event.json", sample())):
        encoding = "utf-8-sig" if name == marked else "utf-8"
        (tmp_path / name).write_text(json.dumps(content), encoding=encoding)
    files = [str(tmp_path / name) for name in ("workflow.json", "event.json")]
    code, _, said = run("simulate", *files)
    assert (code, said) == (0, "")


def test_standard_input_may_begin_with_a_byte_order_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeff" + json.dumps(workflow(note("x")))))
    assert run("check", "-")[0] == 0
