"""The whole local stack as one object: environments, emulator, deploy, receiver, outbox, clients."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from local.console import Console, ExitCode, LocalError
from local.dashboard import DashboardBuild
from local.emulator import DEFAULT_CONCURRENCY, Emulator, EmulatorError
from local.issuer import LocalIssuer, LocalMachine, LocalUser
from local.locks import LockedError, locked
from local.outbox import Outbox
from local.paths import LocalPaths
from local.ports import FIRST_PORT, remembered_port
from local.processes import run_tool
from local.receiver import Receiver
from local.sam import SamDeployer, client, digest_of, digest_of_files
from local.signals import stopping_on_signals, uninterrupted
from local.snapshot import Snapshot, SnapshotStore

VENV_LIMIT_SECONDS = 900.0
T = TypeVar("T")


class LocalStack:
    """Use it as a context manager: it makes everything ready, and at the end stops what it started.

    The first start deploys the template and prepares the stack, then keeps the emulator's state.
    Every start, the first too, runs from the state that was kept; it is made anew when anything
    that it was made from has changed. So each start begins the same, without traces of earlier ones.

    Args:
        parameters: The template's parameters, from this stack's addresses.
        prepare: What belongs to the kept state besides the deploy, such as seeding.
        users: Who can sign in at the local issuer of tokens.
        machines: Which machines it gives tokens to.
        first_port: Where the search for free ports begins, at the very first start.
        concurrency: How many functions may run at once.
        keep: Whether to go on from the end of the last start that kept its state, and to keep this
            one's, too.
    """

    def __init__(
        self,
        *,
        parameters: Callable[[LocalStack], Mapping[str, str]],
        prepare: Callable[[LocalStack], None],
        users: tuple[LocalUser, ...] = (),
        machines: tuple[LocalMachine, ...] = (),
        paths: LocalPaths | None = None,
        first_port: int = FIRST_PORT,
        concurrency: int = DEFAULT_CONCURRENCY,
        keep: bool = False,
        console: Console | None = None,
    ) -> None:
        self.paths = paths or LocalPaths.of()
        self.console = console or Console()
        self._parameters = parameters
        self._prepare = prepare
        self._users = users
        self._machines = machines
        self._first_port = first_port
        self._concurrency = concurrency
        self._sam = SamDeployer(self.paths, console=self.console)
        self._snapshots = SnapshotStore(self.paths.snapshot)
        self._kept = SnapshotStore(self.paths.kept) if keep else None
        self._emulator: Emulator | None = None
        self._receiver: Receiver | None = None
        self._issuer: LocalIssuer | None = None
        self._outputs: Mapping[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._started_from = ""
        self._cleanup = contextlib.ExitStack()

    @property
    def emulator(self) -> Emulator:
        """The emulator that the stack runs on."""
        return _entered(self._emulator)

    @property
    def receiver(self) -> Receiver:
        """The local receiver of webhooks."""
        return _entered(self._receiver)

    @property
    def issuer(self) -> LocalIssuer:
        """The local issuer of the tokens that the HTTP API trusts."""
        return _entered(self._issuer)

    @property
    def endpoint(self) -> str:
        """The emulator's URL, for `AWS_ENDPOINT_URL`."""
        return self.emulator.endpoint

    @property
    def api_url(self) -> str:
        """The base URL of the deployed HTTP API, without a closing slash."""
        return self.emulator.api_url

    @property
    def dashboard_url(self) -> str:
        """Where the deployed dashboard is, with its closing slash."""
        return self.outputs["DashboardUrl"]

    @property
    def outbox(self) -> Outbox:
        """The e-mails and text messages that the emulator sent."""
        return Outbox(self.endpoint)

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the deployed template."""
        return self._outputs

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, made once for each service."""
        if service not in self._clients:
            self._clients[service] = client(service, self.endpoint)
        return self._clients[service]

    def wait_until(
        self, predicate: Callable[[], T | None], limit_seconds: float, what: str, todo: str = ""
    ) -> T:
        """The predicate's first true value; see `wait_until`."""
        todo = todo or f"Read {self.paths.shown(self.paths.emulator_log)}."
        return wait_until(predicate, limit_seconds, what, todo)

    def wait_for_ever(self) -> None:
        """Stay up until Ctrl-C.

        Raises:
            LocalError: The emulator ended.
        """
        self.emulator.wait()

    def __enter__(self) -> LocalStack:
        with contextlib.ExitStack() as cleanup:
            cleanup.enter_context(stopping_on_signals())
            cleanup.enter_context(self._alone())
            dashboard = cleanup.enter_context(DashboardBuild(self.paths, self.console))
            self._ensure_venv("emulator")
            dashboard.wait()
            self._start_receiver(cleanup)
            self._start_issuer(cleanup)
            self._emulator = Emulator(
                self.paths,
                self._port("emulator"),
                self._port("api"),
                concurrency=self._concurrency,
            )
            cleanup.callback(self._stop_emulator)
            cleanup.push(self._report_if_the_emulator_ended)
            self._start()
            if self._kept is not None:
                cleanup.push(self._keep)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with locked(self.paths.run_lock, wait=False):
                yield
        except LockedError as error:
            raise LocalError(
                f"The product already runs from this folder (process {error.holder}).",
                "Use that one, or stop it with Ctrl-C in its terminal and run this again.",
            ) from None

    def _start(self) -> None:
        parameters = self._parameters(self)
        digest = self._digest(parameters)
        snapshot = self._find_kept(digest) or self._snapshots.find(digest)
        if snapshot is None:
            snapshot = self._make_snapshot(digest, parameters)
        else:
            self.console.say("nothing has changed: restoring the deployed and seeded stack")
        self._started_from = digest
        self.emulator.start(snapshot.state)
        self._outputs = snapshot.outputs
        self.console.say(f"the stack is up on {self.endpoint}")

    def _find_kept(self, digest: str) -> Snapshot | None:
        """The state that was kept, if it fits; one that does not is put aside, not overwritten."""
        if self._kept is None:
            return None
        snapshot = self._kept.find(digest)
        if snapshot is not None:
            self.console.say("going on from the state that was kept")
        elif self.paths.kept.exists():
            aside = self.paths.kept.with_name("kept-before")
            shutil.rmtree(aside, ignore_errors=True)
            self.paths.kept.rename(aside)
            self.console.say(
                "what was kept is of other code or other ports, and cannot be used: it is in "
                f"{self.paths.shown(aside)} now"
            )
        return snapshot

    def _keep(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Keep the state for the next start; the state of an emulator that broke is none to keep."""
        if self._kept is None or self.emulator.end() is not None:
            return
        with uninterrupted():
            self.console.say(f"keeping the state in {self.paths.shown(self.paths.kept)}")
            self.emulator.save(self._kept.make_room())
            self._kept.keep(self._started_from, self._outputs)

    def _make_snapshot(self, digest: str, parameters: Mapping[str, str]) -> Snapshot:
        self._ensure_venv("sam")
        state = self._snapshots.make_room()
        self.emulator.start()
        self.console.say(f"emulator started on {self.endpoint}")
        self._outputs = self._sam.deploy(self.endpoint, parameters)
        self._prepare(self)
        self.console.say("keeping the stack as it is now for every start from here on")
        self.emulator.save(state)
        return self._snapshots.keep(digest, self._outputs)

    def _digest(self, parameters: Mapping[str, str]) -> str:
        """A digest of all that decides what the kept state is."""
        return digest_of(
            [
                self._sam.digest(),
                digest_of_files(self.paths.root, ("local", "requirements")),
                self.endpoint,
                self.api_url,
                self.receiver.url,
                dict(parameters),
            ]
        )

    def _port(self, name: str) -> int:
        try:
            return remembered_port(self.paths.ports, name, self._first_port)
        except OSError as error:
            raise LocalError(
                f"The local stack found no free port: {error}.",
                "Stop a program that listens there, then run the same command again.",
            ) from error

    def _start_receiver(self, cleanup: contextlib.ExitStack) -> None:
        self.paths.receiver_log.unlink(missing_ok=True)
        self._receiver = Receiver(self._port("receiver"), self.paths.receiver_log)
        cleanup.enter_context(self._receiver)

    def _start_issuer(self, cleanup: contextlib.ExitStack) -> None:
        port = self._port("issuer")
        try:
            self._issuer = LocalIssuer(self._users, self._machines, port=port)
        except OSError as error:
            raise LocalError(
                f"The issuer of tokens cannot listen on port {port}: {error.strerror}.",
                "Run the same command again: the issuer then takes another port.",
            ) from error
        cleanup.enter_context(self._issuer)

    def _stop_emulator(self) -> None:
        with uninterrupted():
            self.console.say("stopping the emulator")
            self.emulator.stop()

    def _report_if_the_emulator_ended(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Name the cause: whatever else failed did so because nobody answered any more."""
        ended = self.emulator.end()
        is_reported = isinstance(error, EmulatorError)
        if ended is not None and isinstance(error, Exception) and not is_reported:
            raise ended from error

    def _ensure_venv(self, name: str) -> None:
        directory = self.paths.shared / "venvs" / name
        requirements = self.paths.root / "requirements" / f"{name}.txt"
        ensure_venv(self.paths, directory, requirements, self.console)


def ensure_venv(paths: LocalPaths, directory: Path, requirements: Path, console: Console) -> None:
    """Makes a virtual environment from a hashed requirements file, anew only when that changed.

    Raises `LocalError` with pip's last lines if that fails.
    """
    name = paths.shown(requirements)
    if not (directory / "bin" / "python").exists():
        console.say(f"installing {name} (once, about a minute) ...")
    log = paths.shared / f"venv-{directory.name}.log"
    todo = (
        "Check that pip reaches its package index (network, proxy, PIP_INDEX_URL), then run the "
        f"same command again. pip's whole output: {paths.shown(log)}"
    )
    try:
        finished = run_tool(
            [sys.executable, "-m", "scripts.ensure_venv", str(directory), str(requirements)],
            cwd=paths.root,
            env=_environment_for_pip(),
            log=log,
            limit_seconds=VENV_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        what = f"Installing {name} took over {VENV_LIMIT_SECONDS:.0f} s."
        raise LocalError(what, todo) from error
    if finished.code:
        said = [line for line in finished.output.splitlines() if not line.startswith("Could not")]
        detail = "\n".join(said[-8:])
        raise LocalError(f"Installing {name} failed.", todo, detail=detail)


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


def _entered(value: T | None) -> T:
    if value is None:
        raise RuntimeError("nothing is up yet; enter the context manager first")
    return value


def _environment_for_pip() -> dict[str, str]:
    dropped = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    return {name: value for name, value in os.environ.items() if name not in dropped}
