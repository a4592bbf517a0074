"""How the emulator is found, started and shut off from the caller's AWS account."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from local.console import LocalError
from local.emulator import (
    Emulator,
    RunningEmulator,
    client_environment,
    emulator_environment,
    read_state,
    stop,
    tail,
    write_state,
)
from local.paths import LocalPaths

CALLERS = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "real",
    "PYTHONPATH": "/somewhere",
}


def running(pid: int) -> RunningEmulator:
    return RunningEmulator(pid=pid, port=1, endpoint="http://127.0.0.1:1", start_id="a")


def test_nothing_of_the_callers_aws_settings_reaches_the_emulator(tmp_path: Path) -> None:
    environment = emulator_environment(CALLERS, 4000, LocalPaths.of(root=tmp_path), 3)
    assert environment["PATH"] == "/bin"
    assert environment["GATEWAY_PORT"] == "4000"
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["BOOKFLOW_LOCAL_CONCURRENCY"] == "3"
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONPATH"}.isdisjoint(environment)


def test_tools_get_dummy_credentials_and_no_profile() -> None:
    environment = client_environment(CALLERS, "http://127.0.0.1:4000")
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4000"
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"}.isdisjoint(environment)


def test_the_state_file_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "emulator.json"
    write_state(path, running(7))
    assert read_state(path) == running(7)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"unknown": 1}'])
def test_an_unreadable_state_file_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "emulator.json"
    path.write_text(content)
    assert read_state(path) is None


def test_a_state_file_never_stops_a_process_that_is_no_emulator(tmp_path: Path) -> None:
    paths = LocalPaths.of(root=tmp_path)
    write_state(paths.emulator_state, running(os.getpid()))
    assert stop(paths) is False
    assert not paths.emulator_state.exists()


def test_an_emulator_whose_process_is_gone_is_not_found(tmp_path: Path) -> None:
    paths = LocalPaths.of(root=tmp_path)
    write_state(paths.emulator_state, running(os.getpid()))
    assert Emulator(paths).find() is None


def test_a_missing_environment_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="virtual environment is missing") as caught:
        Emulator(LocalPaths.of(root=tmp_path)).start()
    assert "requirements/emulator.txt" in caught.value.todo


def test_an_emulator_that_ends_at_once_shows_its_last_lines(tmp_path: Path) -> None:
    # An environment without ministack: the launcher ends with an error.
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!/bin/sh\nexec {sys.executable} -S -c 'raise SystemExit(\"no ministack\")'\n"
    )
    python.chmod(0o755)
    paths = LocalPaths.of(root=tmp_path)
    with pytest.raises(LocalError, match="ended at its start with code 1") as caught:
        Emulator(paths, venv=tmp_path / "venv").start()
    assert "no ministack" in caught.value.detail
    assert not paths.emulator_state.exists()


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"{number}\n" for number in range(20)))
    assert tail(path, lines=2) == "18\n19"
    assert tail(tmp_path / "absent") == ""


def test_state_is_plain_json_for_other_tools(tmp_path: Path) -> None:
    write_state(tmp_path / "emulator.json", running(7))
    content = json.loads((tmp_path / "emulator.json").read_text())
    assert content["endpoint"] == "http://127.0.0.1:1"
