"""A function's environment is checked once, before anything is done with it."""

from __future__ import annotations

import pytest

from bookflow.domain.shared.errors import PermanentError
from bookflow.settings import Settings

NEEDED = {
    "BOOKFLOW_TABLE": "table",
    "BOOKFLOW_IDEMPOTENCY_TABLE": "effects",
    "BOOKFLOW_EVENT_BUS": "bus",
}


def test_numbers_are_numbers_and_what_is_not_ours_is_ignored() -> None:
    given = {"BOOKFLOW_MAX_RECEIVE_COUNT": "7", "BOOKFLOW_OTHER": "x", "PATH": "/bin"}
    settings = Settings.from_environment(NEEDED | given | {"POWERTOOLS_SERVICE_NAME": "stack"})
    assert (settings.table, settings.max_receive_count, settings.service) == ("table", 7, "stack")
    assert settings.scheduler_calls_per_second == 100


@pytest.mark.parametrize("name", NEEDED)
def test_what_every_function_needs_must_be_set(name: str) -> None:
    environment = {each: value for each, value in NEEDED.items() if each != name}
    with pytest.raises(PermanentError, match="is not set") as caught:
        Settings.from_environment(environment)
    assert caught.value.field == name


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(PermanentError, match="is no whole number") as caught:
        Settings.from_environment(NEEDED | {"BOOKFLOW_MAX_RECEIVE_COUNT": "many"})
    assert caught.value.field == "BOOKFLOW_MAX_RECEIVE_COUNT"
