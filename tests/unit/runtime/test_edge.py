"""A function's edge tells the state machine by an error's name what to do, and logs accordingly."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bookflow.domain.shared.errors import (
    BookflowError,
    NothingFollows,
    PermanentError,
    TransientError,
)
from bookflow.edge.log import logger
from bookflow.edge.steps import call


class StoredValue(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.levels: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.levels.append(record.levelname)


@pytest.fixture
def log() -> Iterator[StoredValue]:
    kept = StoredValue()
    logger.addHandler(kept)
    yield kept
    logger.removeHandler(kept)


@pytest.mark.parametrize(
    ("error", "name", "level"),
    [
        (NothingFollows("the booking has begun"), "NothingFollows", "INFO"),
        (TransientError("busy"), "TransientError", "WARNING"),
        (TransientError("busy", retry_after=0), "TransientError", "WARNING"),
        (TransientError("busy", retry_after=0.25), "RetryAfter60", "WARNING"),
        (TransientError("busy", retry_after=60), "RetryAfter60", "WARNING"),
        (TransientError("busy", retry_after=61), "RetryAfter300", "WARNING"),
        (TransientError("busy", retry_after=7200), "RetryAfter900", "WARNING"),
        (PermanentError("no template"), "PermanentError", "ERROR"),
        (ZeroDivisionError(), "UnexpectedError", "ERROR"),
    ],
)
def test_an_error_has_the_name_that_the_machine_knows(
    log: StoredValue, error: Exception, name: str, level: str
) -> None:
    def work() -> Mapping[str, Any]:
        raise error

    with pytest.raises(BookflowError) as raised:
        call(work)
    assert type(raised.value).__name__ == name
    assert log.levels == [level]
