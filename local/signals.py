"""How a local command ends on a signal: with a clean-up, which nothing interrupts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the program as Ctrl-C does: with a clean-up."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling((signal.SIGTERM, signal.SIGHUP), interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let nobody break off a clean-up, such as by pressing Ctrl-C again."""
    with _handling((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
        yield


@contextmanager
def _handling(
    signals: Iterable[signal.Signals],
    handler: Callable[[int, FrameType | None], Any] | signal.Handlers,
) -> Iterator[None]:
    try:
        former = {number: signal.signal(number, handler) for number in signals}
    except ValueError:
        # Only the main thread may set handlers; elsewhere the caller deals with signals.
        yield
        return
    try:
        yield
    finally:
        for number, was in former.items():
            signal.signal(number, was)
