"""Starts, finds and stops the emulator of AWS that the local run deploys to."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from local.console import Console, LocalError, run_command
from local.paths import LocalPaths
from local.ports import remembered_port

ACCOUNT_ID = "000000000000"
REGION = "eu-west-1"
DEFAULT_CONCURRENCY = 4
READY_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator that answers: where it is, and which start it is."""

    pid: int
    """Leader of the process group that holds the emulator and all its function workers."""
    port: int
    endpoint: str
    """`http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`."""
    start_id: str
    """Changes with each start: the emulator keeps its state in memory only."""
    signature: str = ""
    """What it was started with (patches, concurrency); a different one asks for a new start."""


class Emulator:
    """One emulator for one state folder; as a context manager it stops what it started.

    An emulator that was found running is left running at the end, since somebody else started it.
    """

    def __init__(
        self,
        paths: LocalPaths,
        *,
        venv: Path | None = None,
        port: int | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        console: Console | None = None,
    ) -> None:
        self._paths = paths
        self._venv = venv or paths.emulator_venv
        self._port = port
        self._concurrency = concurrency
        self._console = console or Console(quiet=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._running: RunningEmulator | None = None

    @property
    def running(self) -> RunningEmulator:
        """The emulator that `start` found or started."""
        if self._running is None:
            raise RuntimeError("the emulator is not started; call start() first")
        return self._running

    @property
    def started_here(self) -> bool:
        """True if this object started the process, rather than having found it."""
        return self._process is not None

    def find(self) -> RunningEmulator | None:
        """The emulator of the state file, if its process lives and answers."""
        found = read_state(self._paths.emulator_state)
        if found is None or not _is_emulator(found.pid) or not _answers(found.endpoint):
            return None
        return found

    def start(self) -> RunningEmulator:
        """Finds a live emulator or starts one, and waits until it is ready.

        Raises `LocalError` with the log's last lines if it does not become ready in time.
        """
        found = self.find()
        if found is not None:
            if found.signature == self._signature() and self._port in (None, found.port):
                self._running = found
                return found
            self._console.say("the emulator was started with other settings; starting it anew")
        stop(self._paths)
        self._running = self._launch()
        return self._running

    def stop(self) -> None:
        """Stops the emulator with all its function workers, whoever started it."""
        stop(self._paths)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=STOP_LIMIT_SECONDS)
        self._process = None
        self._running = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.started_here:
            self.stop()

    def _launch(self) -> RunningEmulator:
        paths = self._paths
        python = self._venv / "bin" / "python"
        if not python.exists():
            raise LocalError(
                f"The emulator's virtual environment is missing: {python}.",
                "Run `make run`, which makes it from requirements/emulator.txt.",
            )
        paths.emulator_tmp.mkdir(parents=True, exist_ok=True)
        port = self._port or remembered_port(paths.ports, "emulator")
        with paths.emulator_log.open("wb") as log:
            process = subprocess.Popen(
                [str(python), "-m", "local.patches"],
                # The repository's root, so that `local` is found here but not by the functions.
                cwd=Path(__file__).resolve().parent.parent,
                env=emulator_environment(os.environ, port, paths, self._concurrency),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process
        running = RunningEmulator(
            pid=process.pid,
            port=port,
            endpoint=f"http://127.0.0.1:{port}",
            start_id=uuid.uuid4().hex,
            signature=self._signature(),
        )
        # Written before it is ready, so that a start that is broken off can still be stopped.
        write_state(paths.emulator_state, running)
        try:
            self._wait_ready(process, running.endpoint)
        except BaseException:
            self.stop()
            raise
        return running

    def _wait_ready(self, process: subprocess.Popen[bytes], endpoint: str) -> None:
        deadline = time.monotonic() + READY_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise LocalError(
                    f"The emulator ended at its start with code {process.returncode}.",
                    f"Read {self._paths.emulator_log}; if the port is taken, choose another.",
                    detail=tail(self._paths.emulator_log),
                )
            if _answers(endpoint):
                return
            time.sleep(0.1)
        raise LocalError(
            f"The emulator did not answer on {endpoint} within {READY_LIMIT_SECONDS:.0f} s.",
            f"Read {self._paths.emulator_log}, free some memory or processor time, and try again.",
            detail=tail(self._paths.emulator_log),
        )

    def _signature(self) -> str:
        digest = hashlib.sha256(f"{self._venv} {self._concurrency}".encode())
        for path in sorted((Path(__file__).resolve().parent / "patches").glob("*.py")):
            digest.update(path.read_bytes())
        return digest.hexdigest()


def emulator_environment(
    outer: Mapping[str, str], port: int, paths: LocalPaths, concurrency: int
) -> dict[str, str]:
    """The emulator's whole environment.

    Nothing of the caller's AWS settings reaches it, so that no function can meet a real account.
    """
    kept = {name: outer[name] for name in _KEPT_VARIABLES if name in outer}
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TMPDIR": str(paths.emulator_tmp),
        "S3_DATA_DIR": str(paths.emulator_tmp / "s3"),
        "BOOKFLOW_LOCAL_CONCURRENCY": str(concurrency),
        "BOOKFLOW_LOCAL_UNPACKED": str(paths.unpacked),
        "PYTHONUNBUFFERED": "1",
        # A container runtime on the machine is left alone: everything runs as plain processes.
        "DOCKER_HOST": "unix:///nonexistent",
        "MINISTACK_DOCKER_TIMEOUT": "1",
    }


def client_environment(outer: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """An environment for tools that talk to the emulator: dummy credentials, no profile."""
    kept = {name: value for name, value in outer.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def stop(paths: LocalPaths) -> bool:
    """Stops the emulator of the state file with its whole process group; False if none ran."""
    found = read_state(paths.emulator_state)
    stopped = found is not None and _is_emulator(found.pid) and _stop_group(found.pid)
    paths.emulator_state.unlink(missing_ok=True)
    shutil.rmtree(paths.emulator_tmp, ignore_errors=True)
    return stopped


def read_state(path: Path) -> RunningEmulator | None:
    """The state file's content; None if there is none or it is not readable as such."""
    try:
        return RunningEmulator(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_state(path: Path, running: RunningEmulator) -> None:
    """Writes the state file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(running), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file; empty if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _stop_group(pid: int) -> bool:
    # All state is in memory and the temporary folder goes too: nothing needs a gentle end.
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    deadline = time.monotonic() + STOP_LIMIT_SECONDS
    while _group_lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return True


def _group_lives(pid: int) -> bool:
    # Our own child stays visible until it is waited for.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_emulator(pid: int) -> bool:
    # The number may belong to another program by now, which must not be stopped.
    shown = subprocess.run(
        ["ps", "-o", "pgid=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    group, _, command = shown.stdout.strip().partition(" ")
    return group == str(pid) and "local.patches" in command


def _answers(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/_ministack/ready", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def main() -> int:
    """Starts, stops or shows the emulator: `python -m local.emulator start|stop|status`."""
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (default: a free one)")
    arguments = parser.parse_args()
    console = Console()
    emulator = Emulator(LocalPaths.of(), port=arguments.port, console=console)

    def run() -> int:
        if arguments.command == "start":
            running = emulator.start()
            console.say(f"the emulator is on {running.endpoint} (process {running.pid})")
        elif arguments.command == "stop":
            console.say("stopped" if stop(LocalPaths.of()) else "no emulator was running")
        else:
            found = emulator.find()
            console.say(f"the emulator is on {found.endpoint}" if found else "not running")
            return 0 if found else 1
        return 0

    return run_command(run, console)


if __name__ == "__main__":
    raise SystemExit(main())
