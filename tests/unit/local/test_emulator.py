"""How the emulator is started and shut off from the caller's AWS account, and how it ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.console import LocalError
from local.emulator import (
    Emulator,
    EmulatorError,
    client_environment,
    emulator_environment,
    identity_of,
    is_own,
    is_ready,
    tail,
)
from local.locks import locked
from local.paths import LocalPaths
from local.ports import remembered_port
from local.running import find_running
from local.sam import client

CALLERS = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "real",
    "PYTHONPATH": "/somewhere",
}


def emulator(folder: Path, python: str) -> Emulator:
    """An emulator whose interpreter runs the Python code in place of what it is asked to run."""
    program = folder / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -S -c '{python}'\n")
    program.chmod(0o755)
    ports = [remembered_port(folder / "ports.json", name) for name in ("emulator", "api")]
    return Emulator(LocalPaths.of(root=folder), *ports, venv=folder / "venv")


def test_nothing_of_the_callers_aws_settings_reaches_the_emulator(tmp_path: Path) -> None:
    environment = emulator_environment(CALLERS, 4000, 4001, LocalPaths.of(root=tmp_path), 3)
    assert environment["PATH"] == "/bin"
    assert environment["GATEWAY_PORT"] == "4000"
    assert environment["BOOKFLOW_LOCAL_API_PORT"] == "4001"
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


def test_a_missing_environment_says_how_to_make_it_anew(tmp_path: Path) -> None:
    paths = LocalPaths.of(root=tmp_path)
    with pytest.raises(LocalError, match=r"environment .local/venvs/emulator is not") as caught:
        Emulator(paths, 1, 2).start()
    assert f"rm -rf {paths.emulator_venv}" in caught.value.todo


def test_an_emulator_that_ends_at_once_shows_its_last_lines(tmp_path: Path) -> None:
    broken = emulator(tmp_path, 'raise SystemExit("no ministack")')
    with pytest.raises(EmulatorError, match="it ended with exit code 1") as caught:
        broken.start()
    assert caught.value.detail == "no ministack"
    assert ".local/emulator.log" in caught.value.todo
    broken.stop()
    assert not LocalPaths.of(root=tmp_path).emulator_tmp.exists()


def test_an_emulator_that_is_killed_is_reported_as_such(tmp_path: Path) -> None:
    broken = emulator(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(EmulatorError, match="it ended killed by SIGKILL"):
        broken.start()


def test_an_emulator_starts_from_a_copy_of_the_kept_state(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "sqs.json").write_text("{}")
    listing = 'import os; print(os.listdir(os.environ["STATE_DIR"])); raise SystemExit(3)'
    with pytest.raises(EmulatorError) as caught:
        emulator(tmp_path, listing).start(kept)
    assert caught.value.detail == "['sqs.json']"
    assert (kept / "sqs.json").exists()


def test_what_is_not_started_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not started"):
        Emulator(LocalPaths.of(root=tmp_path), 1, 2).save(tmp_path / "kept")


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"{number}\n" for number in range(20)))
    assert tail(path, lines=2) == "18\n19"
    assert tail(tmp_path / "absent") == ""


class Stranger(BaseHTTPRequestHandler):
    """Another program that answers everything: another folder's emulator, say."""

    answer = b"/another/folder 1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def stranger() -> Iterator[int]:
    """Its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_stranger_on_the_port_is_not_taken_for_the_emulator(
    stranger: int, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{stranger}"
    assert not is_ready(address, identity_of(LocalPaths.of(root=tmp_path), os.getpid()))
    assert is_own(address, Stranger.answer.decode())


def test_a_stranger_is_not_taken_for_the_product_that_runs(stranger: int, tmp_path: Path) -> None:
    paths = LocalPaths.of(root=tmp_path)
    paths.snapshot.mkdir(parents=True)
    (paths.snapshot / "snapshot.json").write_text('{"outputs": {}}')
    paths.ports.write_text(f'{{"emulator": {stranger}}}')
    with locked(paths.run_lock, wait=False), pytest.raises(LocalError, match="just being started"):
        find_running(paths)


def test_a_port_that_was_taken_meanwhile_is_named_before_anything_starts(
    stranger: int, tmp_path: Path
) -> None:
    starting = emulator(tmp_path, "raise SystemExit(5)")
    taken = Emulator(LocalPaths.of(root=tmp_path), stranger, 1, venv=tmp_path / "venv")
    with pytest.raises(LocalError, match=f"Port {stranger} of the emulator was taken"):
        taken.start()
    assert starting.endpoint != taken.endpoint


def test_no_proxy_stands_between_a_client_and_the_emulator(
    stranger: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    buckets = client("s3", f"http://127.0.0.1:{stranger}")
    # The stranger answers no XML; of a proxy that is not there, a connection error would come.
    with pytest.raises(ClientError, match="Internal Server Error"):
        buckets.list_buckets()
