"""The dashboard is built beside the rest of a start, and what goes wrong is reported."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from local.console import Console, LocalError
from local.dashboard import DashboardBuild
from local.paths import LocalPaths


@pytest.fixture
def paths(tmp_path: Path) -> LocalPaths:
    (tmp_path / "scripts").mkdir()
    return LocalPaths.of(root=tmp_path)


def build_by(paths: LocalPaths, script: str) -> None:
    (paths.root / "scripts" / "build_dashboard.py").write_text(script)


def test_a_current_dashboard_is_not_talked_about(paths: LocalPaths) -> None:
    build_by(paths, "import sys; assert sys.argv[1:] == ['build']")
    said = io.StringIO()
    with DashboardBuild(paths, Console(said)) as build:
        build.wait()
    assert said.getvalue() == ""


def test_an_older_dashboard_in_use_is_reported(paths: LocalPaths) -> None:
    build_by(paths, "print('The dashboard that was built before is used. npm was not found.')")
    said = io.StringIO()
    with DashboardBuild(paths, Console(said)) as build:
        build.wait()
    assert "built before is used. npm was not found." in said.getvalue()


def test_a_failed_build_shows_its_last_lines(paths: LocalPaths) -> None:
    build_by(paths, "raise SystemExit('npm was not found: install Node')")
    with (
        DashboardBuild(paths, Console(quiet=True)) as build,
        pytest.raises(LocalError, match="could not be built") as caught,
    ):
        build.wait()
    assert caught.value.detail == "npm was not found: install Node"
    assert ".local/dashboard.log" in caught.value.todo


def test_a_build_that_still_runs_is_ended_with_the_start(paths: LocalPaths) -> None:
    build_by(paths, "import time; time.sleep(60)")
    began = time.monotonic()
    with DashboardBuild(paths, Console(quiet=True)):
        pass
    assert time.monotonic() - began < 10
