"""One id for the run of a workflow for an event, which tells none of its parts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.executions.execution import ExecutionStatus, StepStatus, execution_id
from bookflow.domain.shared.records import new_id

_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,3}", fullmatch=True)
_KEYS = st.tuples(_IDS, _IDS, _IDS)


@given(key=_KEYS)
def test_an_id_fits_step_functions_and_is_the_same_each_time(key: tuple[str, str, str]) -> None:
    found = execution_id(*key)
    assert found == execution_id(*key)
    assert re.fullmatch(r"ex_[0-9a-f]{40}", found)


@given(one=_KEYS, other=_KEYS)
def test_other_parts_give_another_id(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (execution_id(*one) == execution_id(*other)) is (one == other)


def test_parts_cannot_run_into_one_another() -> None:
    assert execution_id("a", "bc", "d") != execution_id("ab", "c", "d")
    assert execution_id("a", "b", "cd") != execution_id("a", "bc", "d")


def test_the_id_stays_what_running_executions_are_called() -> None:
    # It is also the execution's name: another digest would start every redelivered event twice.
    assert execution_id("spree-kayaks", "evt-1", "wf-1") == (
        "ex_f45cded1e591d493dff52c84f76f4f0f543957e0"
    )


def test_new_ids_differ() -> None:
    assert re.fullmatch(r"wf_[0-9a-f]{20}", new_id("wf"))
    assert new_id("wf") != new_id("wf")


def test_runs_and_steps_that_go_on_are_not_final() -> None:
    assert [status.value for status in ExecutionStatus if not status.is_final] == [
        "running",
        "waiting",
    ]
    assert [status.value for status in StepStatus if not status.is_final] == ["running", "waiting"]
