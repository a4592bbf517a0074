"""The whole local stack as one object: environments, emulator, deploy, receiver, outbox, clients."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from local.console import Console, ExitCode, LocalError
from local.emulator import DEFAULT_CONCURRENCY, Emulator, RunningEmulator
from local.outbox import Outbox
from local.paths import LocalPaths
from local.ports import remembered_port
from local.processes import run_tool
from local.receiver import Receiver
from local.sam import Deployment, SamDeployer, client

VENV_LIMIT_SECONDS = 900.0
T = TypeVar("T")


class LocalStack:
    """Use it as a context manager: it makes everything ready, and at the end stops what it started.

    `parameters` are the template's parameters; a callable gets this stack once the emulator and
    the receiver run, for values such as the receiver's URL. With `keep_emulator` a found or
    started emulator stays up at the end, for a fast next start.
    """

    def __init__(
        self,
        *,
        paths: LocalPaths | None = None,
        parameters: Mapping[str, str] | Callable[[LocalStack], Mapping[str, str]] | None = None,
        port: int | None = None,
        receiver_port: int | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        keep_emulator: bool = False,
        build_environment: Mapping[str, str] | None = None,
        console: Console | None = None,
    ) -> None:
        self.paths = paths or LocalPaths.of()
        self.console = console or Console()
        self.receiver = Receiver(
            receiver_port or remembered_port(self.paths.ports, "receiver"), self.paths.receiver_log
        )
        self._parameters = parameters
        self._keep_emulator = keep_emulator
        self._emulator = Emulator(
            self.paths, port=port, concurrency=concurrency, console=self.console
        )
        self._sam = SamDeployer(
            self.paths, build_environment=build_environment, console=self.console
        )
        self._deployment: Deployment | None = None
        self._clients: dict[str, Any] = {}
        self._cleanup = contextlib.ExitStack()

    @property
    def emulator(self) -> RunningEmulator:
        """The running emulator."""
        return self._emulator.running

    @property
    def endpoint(self) -> str:
        """The emulator's URL, for `AWS_ENDPOINT_URL`."""
        return self.emulator.endpoint

    @property
    def outbox(self) -> Outbox:
        """The e-mails and text messages that the emulator sent."""
        return Outbox(self.endpoint)

    @property
    def deployment(self) -> Deployment:
        """The deployed stack."""
        if self._deployment is None:
            raise RuntimeError("nothing is deployed yet; enter the context manager first")
        return self._deployment

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the deployed template."""
        return self.deployment.outputs

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, made once for each service."""
        if service not in self._clients:
            self._clients[service] = client(service, self.endpoint)
        return self._clients[service]

    def http_api_url(self, api_id: str) -> str:
        """The base URL of an HTTP API with the stage $default, without a closing slash.

        The API's own host name, `<id>.execute-api.localhost`, is not resolved on every machine.
        """
        return f"{self.endpoint}/_aws/execute-api/{api_id}/$default"

    def wait_until(
        self, predicate: Callable[[], T | None], limit_seconds: float, what: str, todo: str = ""
    ) -> T:
        """The predicate's first true value; see `wait_until`."""
        todo = todo or f"Read {self.paths.emulator_log}."
        return wait_until(predicate, limit_seconds, what, todo)

    def __enter__(self) -> LocalStack:
        with contextlib.ExitStack() as cleanup:
            cleanup.enter_context(stopping_on_sigterm())
            self._ensure_venv("emulator")
            self._ensure_venv("sam")
            cleanup.enter_context(self.receiver)
            # Registered before the start, so that a start which is broken off is stopped too.
            cleanup.callback(self._stop_emulator)
            running = self._emulator.start()
            how = "started" if self._emulator.started_here else "found running"
            self.console.say(f"emulator {how} on {running.endpoint}")
            self._deployment = self._sam.deploy(running, self._resolved_parameters())
            if not self._deployment.deployed:
                self.console.say("the stack is deployed already; nothing has changed")
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def _stop_emulator(self) -> None:
        if not self._keep_emulator:
            self.console.say("stopping the emulator")
            self._emulator.stop()

    def _resolved_parameters(self) -> Mapping[str, str]:
        if callable(self._parameters):
            return self._parameters(self)
        return self._parameters or {}

    def _ensure_venv(self, name: str) -> None:
        directory = self.paths.state / "venvs" / name
        requirements = self.paths.root / "requirements" / f"{name}.txt"
        ensure_venv(self.paths, directory, requirements, self.console)


def ensure_venv(paths: LocalPaths, directory: Path, requirements: Path, console: Console) -> None:
    """Makes a virtual environment from a hashed requirements file, anew only when that changed.

    Raises `LocalError` with pip's last lines if that fails.
    """
    if not (directory / "bin" / "python").exists():
        console.say(f"installing {requirements.name} (once, about a minute) ...")
    log = paths.state / f"venv-{directory.name}.log"
    script = paths.root / "scripts" / "ensure_venv.py"
    todo = f"Check the network or the package index that pip uses; pip's output is in {log}."
    try:
        finished = run_tool(
            [sys.executable, str(script), str(directory), str(requirements)],
            cwd=paths.root,
            env=_environment_for_pip(),
            log=log,
            limit_seconds=VENV_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        what = f"Installing {requirements.name} took over {VENV_LIMIT_SECONDS:.0f} s."
        raise LocalError(what, todo) from error
    if finished.code:
        detail = "\n".join(finished.output.splitlines()[-15:])
        raise LocalError(f"Installing {requirements.name} failed.", todo, detail=detail)


def wait_until(predicate: Callable[[], T | None], limit_seconds: float, what: str, todo: str) -> T:
    """Asks the predicate again and again until it answers something true, and returns that.

    Raises `LocalError` (exit code FAILED) with `what` was awaited after `limit_seconds`.
    """
    deadline = time.monotonic() + limit_seconds
    pause = 0.05
    while True:
        if answer := predicate():
            return answer
        if time.monotonic() >= deadline:
            raise LocalError(
                f"{what}: not within {limit_seconds:g} s.", todo, exit_code=ExitCode.FAILED
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


@contextlib.contextmanager
def stopping_on_sigterm() -> Iterator[None]:
    """Lets SIGTERM end the program as Ctrl-C does, so that what was started is stopped."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        former = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        # Only the main thread may set handlers; elsewhere the caller deals with signals.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _environment_for_pip() -> dict[str, str]:
    dropped = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    return {name: value for name, value in os.environ.items() if name not in dropped}
