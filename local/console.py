"""What the local commands print: progress with elapsed seconds, and errors that say what to do."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from enum import IntEnum
from typing import TextIO

from local.signals import stopping_on_signals

LOOPBACK = ("127.0.0.1", "localhost")


class ExitCode(IntEnum):
    """How a local command ends, so that a caller can distinguish the errors."""

    OK = 0
    FAILED = 1
    """The stack works, the workflow did not: an execution failed, a message did not arrive."""
    SETUP = 3
    """The machine or the stack could not be made ready: a virtual environment, emulator or deploy."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM; 128 + SIGINT, as a shell says it."""


class LocalError(Exception):
    """An error of the local stack, in two parts: what failed, and what to do about it.

    `detail` is raw output worth showing (the last lines of a tool's log); it may be empty.
    """

    def __init__(
        self,
        what: str,
        todo: str,
        *,
        detail: str = "",
        exit_code: ExitCode = ExitCode.SETUP,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.detail = detail
        self.exit_code = exit_code

    def render(self) -> str:
        """The error as it is printed: what failed, the detail indented, what to do."""
        lines = [f"FAILED  {self.what}"]
        lines += [f"        | {line}" for line in self.detail.splitlines()]
        lines.append(f"TO DO   {self.todo}")
        return "\n".join(lines)


class Console:
    """Writes progress lines such as `[  3.2 s] deploying the template`."""

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        quiet: bool = False,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._quiet = quiet
        self._started = clock()

    def elapsed(self) -> float:
        """Seconds since this console was made."""
        return self._clock() - self._started

    def say(self, message: str) -> None:
        """Prints one progress line, unless the console is quiet."""
        if not self._quiet:
            self._write(f"[{self.elapsed():6.1f} s] {message}")

    @contextmanager
    def step(self, message: str) -> Iterator[None]:
        """Says what begins, and how long it took; the caller handles errors."""
        self.say(f"{message} ...")
        began = self._clock()
        yield
        self.say(f"{message}: done in {self._clock() - began:.1f} s")

    def show(self, line: str) -> None:
        """Prints a line of a program's own output as it is, unless the console is quiet."""
        if not self._quiet:
            self._write(line)

    def fail(self, error: LocalError) -> None:
        """Prints an error, even when the console is quiet."""
        self._write(error.render())

    def _write(self, line: str) -> None:
        print(line, file=self._stream or sys.stderr, flush=True)


def run_command(command: Callable[[], int | None], console: Console | None = None) -> int:
    """Runs a command and turns its errors into printed lines and an exit code.

    Ctrl-C, SIGTERM and a closed terminal end it with a clean-up.
    """
    console = console or Console()
    keep_loopback_direct(os.environ)
    try:
        with stopping_on_signals():
            return int(command() or ExitCode.OK)
    except LocalError as error:
        console.fail(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        console.say("stopped")
        # make ends by the signal itself, and would call another code an error.
        return int(ExitCode.OK if "MAKELEVEL" in os.environ else ExitCode.INTERRUPTED)


def keep_loopback_direct(environment: MutableMapping[str, str]) -> None:
    """Let no proxy of the environment stand between programs of this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        given = [host for host in environment.get(name, "").split(",") if host.strip()]
        missing = [host for host in LOOPBACK if host not in given]
        environment[name] = ",".join([*given, *missing])
