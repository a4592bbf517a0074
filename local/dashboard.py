"""Builds the dashboard for the local stack, in parallel with the rest of the start."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import IO

from local.console import Console, LocalError
from local.emulator import tail
from local.paths import LocalPaths

BUILD_LIMIT_SECONDS = 600.0
WARNING = "The dashboard that was built before is used."


class DashboardBuild:
    """Use it as a context manager: it begins at once, and what still runs at the end is ended.

    Nothing is installed or built while the sources are those that were built last.
    """

    def __init__(self, paths: LocalPaths, console: Console) -> None:
        self._paths = paths
        self._console = console
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> DashboardBuild:
        script = self._paths.root / "scripts" / "build_dashboard.py"
        self._paths.dashboard_log.parent.mkdir(parents=True, exist_ok=True)
        self._log = self._paths.dashboard_log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(script), "build"],
            cwd=self._paths.root,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def wait(self) -> None:
        """Wait until the dashboard is built.

        Raises:
            LocalError: It is not built and cannot be, with the log's last lines.
        """
        process = self._process
        if process is None:
            raise RuntimeError("nothing is begun yet; enter the context manager first")
        log = self._paths.dashboard_log
        todo = f"Fix what the last line says, then run the same command again. {self._whole_log}"
        try:
            code = self._code(process)
        except subprocess.TimeoutExpired as error:
            what = f"Building the dashboard took over {BUILD_LIMIT_SECONDS:.0f} s."
            raise LocalError(what, todo, detail=tail(log)) from error
        if code:
            raise LocalError("The dashboard could not be built.", todo, detail=tail(log))
        for line in tail(log).splitlines():
            if line.startswith(WARNING):
                self._console.say(line)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._log is not None:
            self._log.close()

    def _code(self, process: subprocess.Popen[bytes]) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Current, as mostly: said nothing about.
            return process.wait(timeout=1)
        with self._console.step("building the dashboard"):
            return process.wait(timeout=BUILD_LIMIT_SECONDS)

    @property
    def _whole_log(self) -> str:
        return f"The whole output: {self._paths.shown(self._paths.dashboard_log)}"
