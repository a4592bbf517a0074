"""One stack for all tests of the handlers, a location for each, and what they wrote to the log."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bookflow.edge.log import logger
from bookflow.use_cases.runtime import fair_share
from tests.integration.handlers.stack import OwnLocation, Stack, running_stack

PERSONAL = ("Ada", "Lovelace", "ada@example.com", "+4915123456789", "Fell ill", "parking near")


class Log:
    """What the functions wrote: log lines and metrics, both JSON."""

    def __init__(self, output: pytest.CaptureFixture[str]) -> None:
        self._output = output
        self._text = ""
        self.errors = ""

    @property
    def text(self) -> str:
        read = self._output.readouterr()
        self._text += read.out
        self.errors += read.err
        return self._text

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Return the log lines of that message."""
        return [entry for entry in self.entries if entry.get("message") == message]

    def metrics(self, name: str) -> list[dict[str, Any]]:
        """Return the metrics of that name, in the embedded format of CloudWatch."""
        return [entry for entry in self.entries if "_aws" in entry and name in entry]


class _StandardOutput:
    """Whatever standard output is at the moment; pytest changes it between setup and call."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no event wait its turn because the machine is slow."""
    monkeypatch.setattr(fair_share, "AT_ONCE_SECONDS", 600.0)


@pytest.fixture(scope="package")
def running() -> Iterator[Stack]:
    # moto logs each failed state with its whole definition.
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    with running_stack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """The log of one test, which must hold no personal data whatever happened."""
    (handler,) = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", _StandardOutput())
    written = Log(capsys)
    yield written
    assert not [each for each in PERSONAL if each in written.text + written.errors]


@pytest.fixture
def place(running: Stack) -> OwnLocation:
    return running.place()


@pytest.fixture
def stack(running: Stack, place: OwnLocation) -> Stack:
    return running
