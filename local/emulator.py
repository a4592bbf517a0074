"""Starts and stops the emulator of AWS that the local stack is deployed to."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from local.console import LocalError
from local.paths import LocalPaths
from local.ports import is_free

REGION = "eu-west-1"
DEFAULT_CONCURRENCY = 4
READY_LIMIT_SECONDS = 60.0
SAVE_LIMIT_SECONDS = 30.0
STOP_LIMIT_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")


class EmulatorError(LocalError):
    """The emulator itself failed; its log's last lines say more."""


class Emulator:
    """One emulator for one state folder. It ends with this process, however this process ends.

    Args:
        port: TCP port on 127.0.0.1 of the AWS endpoint.
        api_port: TCP port on 127.0.0.1 where the deployed HTTP API answers at its root.
        concurrency: How many functions may run at once.
    """

    def __init__(
        self,
        paths: LocalPaths,
        port: int,
        api_port: int,
        *,
        venv: Path | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> None:
        self._paths = paths
        self._port = port
        self._api_port = api_port
        self._venv = venv or paths.emulator_venv
        self._concurrency = concurrency
        self._identity = identity_of(paths, os.getpid())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """URL for `AWS_ENDPOINT_URL`, without a closing slash."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """Base URL of the deployed HTTP API, without a closing slash."""
        return f"http://127.0.0.1:{self._api_port}"

    @property
    def process_group(self) -> int:
        """Id of the emulator's processes: its own, and one for each function that is warm."""
        return self._require_process().pid

    def start(self, state: Path | None = None) -> None:
        """Start with the state that `save` kept (default: an empty account) and wait until ready.

        Raises:
            EmulatorError: It did not become ready, with its log's last lines.
            LocalError: Its environment is not complete, or one of its ports is taken.
        """
        for port in (self._port, self._api_port):
            if not is_free(port):
                raise LocalError(
                    f"Port {port} of the emulator was taken meanwhile by another program.",
                    "Run the same command again: another port is then chosen.",
                )
        python = self._venv / "bin" / "python"
        if not python.exists():
            raise LocalError(
                f"The emulator's environment {self._shown(self._venv)} is not complete.",
                f"Remove that folder, then run the same command again: `rm -rf {self._venv}`.",
            )
        shutil.rmtree(self._paths.emulator_tmp, ignore_errors=True)
        self._paths.emulator_tmp.mkdir(parents=True)
        if state is not None:
            # A copy, so that nothing that happens from now on reaches the kept state.
            shutil.copytree(state, self._state)
        environment = emulator_environment(
            os.environ, self._port, self._api_port, self._paths, self._concurrency
        )
        environment["BOOKFLOW_LOCAL_IDENTITY"] = self._identity
        with self._paths.emulator_log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), "-m", "local.patches"],
                # The repository's root, so that `local` is found here but not by the functions.
                cwd=Path(__file__).resolve().parent.parent,
                env=environment | {"STATE_DIR": str(self._state)},
                # Never written to: the emulator ends when it closes, which it does with us.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_ready(self._process)

    def save(self, target: Path) -> None:
        """Stop in good order and move the state to `target`, for a later `start`.

        Raises:
            EmulatorError: The emulator did not save its state.
        """
        process = self._require_process()
        process.terminate()
        try:
            process.wait(timeout=SAVE_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._error(
                f"The emulator did not save its state within {SAVE_LIMIT_SECONDS:.0f} s.",
                "Free some memory or processor time, then run the same command again",
            ) from None
        if not (self._state / "cloudformation.json").exists():
            raise self._error(
                "The emulator ended without saving its state.", "Run the same command again"
            )
        shutil.move(self._state, target)
        self.stop()

    def stop(self) -> None:
        """Stop the emulator with all its function workers; doing it again changes nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        # The state that counts was kept before: nothing needs a gentle end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        process.wait(timeout=STOP_LIMIT_SECONDS)
        shutil.rmtree(self._paths.emulator_tmp, ignore_errors=True)

    def wait(self) -> None:
        """Wait until the emulator ends, which it does not do by itself unless something broke.

        Raises:
            EmulatorError: It has ended.
        """
        process = self._require_process()
        process.wait()
        raise self._ended(process)

    def end(self) -> EmulatorError | None:
        """The error to report if the emulator has ended by itself; None while it runs."""
        process = self._process
        if process is None or process.poll() is None:
            return None
        return self._ended(process)

    @property
    def _state(self) -> Path:
        return self._paths.emulator_tmp / "state"

    def _require_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the emulator is not started; call start() first")
        return self._process

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise self._error(
                    f"The emulator did not start: it ended {_ending(process.returncode)}.",
                    f"Run the same command again: if {self._port} or {self._api_port} was taken "
                    "meanwhile by another program, other ports are chosen",
                )
            if is_ready(self.endpoint, self._identity) and is_own(self.api_url, self._identity):
                return
            time.sleep(0.05)
        raise self._error(
            f"The emulator did not answer on {self.endpoint} within {READY_LIMIT_SECONDS:.0f} s.",
            "Free some memory or processor time, then run the same command again",
        )

    def _error(self, what: str, todo: str) -> EmulatorError:
        log = self._paths.emulator_log
        return EmulatorError(what, f"{todo}. Its whole log: {self._shown(log)}", detail=tail(log))

    def _ended(self, process: subprocess.Popen[bytes]) -> EmulatorError:
        return self._error(
            f"The emulator ended by itself, {_ending(process.returncode)}.",
            "Run the same command again; if memory was short, close other programs first",
        )

    def _shown(self, path: Path) -> str:
        return self._paths.shown(path)


def emulator_environment(
    outer: Mapping[str, str], port: int, api_port: int, paths: LocalPaths, concurrency: int
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
        "PERSIST_STATE": "1",
        # Each function acts under its role, as in AWS; the credentials of this process are root's.
        "AUTH": "true",
        "BOOKFLOW_LOCAL_API_PORT": str(api_port),
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


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log; empty if there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def identity_of(paths: LocalPaths, pid: int | str) -> str:
    """Return what the emulator of one start calls itself, however many others run.

    Args:
        paths: Where its state is.
        pid: Process that started it.
    """
    return f"{paths.state} {pid}"


def is_ready(endpoint: str, identity: str) -> bool:
    """Whether the emulator of that identity is ready there."""
    return is_own(endpoint, identity) and _text(f"{endpoint}/_ministack/ready") is not None


def is_own(address: str, identity: str) -> bool:
    """Whether the emulator of that identity answers there, and no other program."""
    return _text(f"{address}/_bookflow/identity") == identity


def _text(address: str) -> str | None:
    try:
        answer = httpx.get(address, timeout=2, trust_env=False)
    except httpx.HTTPError:
        return None
    return answer.text if answer.is_success else None
