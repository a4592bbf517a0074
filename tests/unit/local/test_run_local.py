"""What `make run` does before the product starts: it asks for Node, and installs side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack import wait_until
from scripts import run_local
from scripts.run_local import Part, make_ready
from tests.unit.template.checks import ROOT


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A dashboard that is not built, and a path with no programs; return the path's folder."""

    def begun() -> list[Part]:
        raise AssertionError("nothing may begin before Node is found")

    monkeypatch.setattr(run_local, "is_built", lambda: False)
    monkeypatch.setattr(run_local, "DASHBOARD", tmp_path)
    monkeypatch.setattr(run_local, "missing_parts", begun)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_a_missing_node_is_named_before_anything_begins(
    unbuilt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_local.main(["local.run"]) == 3
    said = capsys.readouterr().err
    assert "Node with npm was not found" in said
    assert "Install Node 20.19 or newer" in said


def test_so_is_one_that_is_too_old(unbuilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(unbuilt / "npm", "exit 0")
    program(unbuilt / "node", "echo v18.20.4")
    assert run_local.main(["local.run"]) == 3
    assert "Node is v18.20.4" in capsys.readouterr().err


def test_a_dashboard_that_was_built_before_needs_no_node(unbuilt: Path) -> None:
    (unbuilt / "dist").mkdir()
    (unbuilt / "dist" / "index.html").write_text("built")
    with pytest.raises(AssertionError, match="nothing may begin"):
        run_local.main(["local.run"])


def shell(name: str, folder: Path, script: str) -> Part:
    return Part(name, ["/bin/sh", "-c", f"cd {folder}; {script}"], folder / f"{name}.log")


def test_parts_are_made_ready_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = "touch {}; until [ -e {} ]; do sleep 0.02; done"
    parts = [
        shell("one", tmp_path, waits.format("a", "b")),
        shell("two", tmp_path, waits.format("b", "a")),
    ]
    assert make_ready(parts) == 0
    said = capsys.readouterr().err
    assert "making ready: one, two" in said
    assert "1 to go" in said


def test_one_that_fails_ends_the_others_and_shows_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_local, "ROOT", tmp_path)
    parts = [
        shell("slow", tmp_path, "echo $$ > pid; exec sleep 60"),
        shell("broken", tmp_path, "until [ -s pid ]; do sleep 0.02; done; echo no index; exit 7"),
    ]
    assert make_ready(parts) == 3
    said = capsys.readouterr().err
    assert "FAILED  broken could not be made ready." in said
    assert "        | no index" in said
    assert "broken.log" in said
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("make", "code"), [(False, 130), (True, 0)])
def test_a_signal_ends_it_with_all_that_it_began(
    tmp_path: Path, number: signal.Signals, make: bool, code: int
) -> None:
    script = f"""
import sys
from pathlib import Path
from scripts import run_local
folder = Path({str(tmp_path)!r})
sleeping = ["/bin/sh", "-c", f"echo $$ > {{folder}}/pid; exec sleep 60"]
run_local.node_problem = lambda: ""
run_local.missing_parts = lambda: [run_local.Part("slow", sleeping, folder / "log")]
sys.exit(run_local.main(["local.run"]))
"""
    environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    environment |= {"MAKELEVEL": "1"} if make else {}
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment)
    child = int(wait_until(lambda: text_of(tmp_path / "pid"), 20, "the part's start", "Look."))
    process.send_signal(number)
    assert process.wait(20) == code
    assert not is_running(child)


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
