"""A join goes on when all its edges are decided, in whatever order and however often it is reported."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.workflows.joins import Decision, JoinState

DECISIONS = st.sampled_from(list(Decision))


def test_waits_for_every_edge_even_when_one_is_active() -> None:
    state = JoinState().wait("token", 2).arrive({"n1.out": "active"})
    assert state.outcome() is None
    assert state.arrive({"n2.out": "stopped"}).outcome() is Decision.STOPPED


@pytest.mark.parametrize(
    ("decisions", "outcome"),
    [
        (("active", "inactive"), Decision.ACTIVE),
        (("inactive", "inactive"), Decision.INACTIVE),
        (("active", "stopped"), Decision.STOPPED),
        (("inactive", "stopped"), Decision.STOPPED),
    ],
)
def test_outcome(decisions: tuple[str, ...], outcome: Decision) -> None:
    state = JoinState().arrive({f"n{at}.out": each for at, each in enumerate(decisions)})
    assert state.outcome() is None
    assert state.wait("token", len(decisions)).outcome() is outcome


@given(st.lists(DECISIONS, min_size=1, max_size=6), st.integers(0, 2**32))
def test_order_and_repeats_do_not_matter(decisions: list[Decision], seed: int) -> None:
    def arriving(at: int, decision: Decision) -> Callable[[JoinState], JoinState]:
        return lambda state: state.arrive({f"n{at}.out": decision})

    steps = [arriving(at, decision) for at, decision in enumerate(decisions)]
    steps.append(lambda state: state.wait("token", len(decisions)))
    straight = JoinState()
    for step in steps:
        straight = step(straight)
    shuffled = JoinState()
    for step in random.Random(seed).sample(steps * 2, len(steps) * 2):  # noqa: S311 - repeatable on purpose
        shuffled = step(shuffled)
    assert shuffled == straight
    assert straight.outcome() is not None


def test_a_later_try_of_the_waiting_task_replaces_the_token() -> None:
    assert JoinState().wait("first", 1).wait("second", 1).token == "second"


def test_an_edge_is_not_decided_twice_differently() -> None:
    state = JoinState().arrive({"n1.out": "active"})
    with pytest.raises(ConflictError, match=r"n1\.out"):
        state.arrive({"n1.out": "inactive"})


def test_a_decision_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        JoinState().arrive({"n1.out": "perhaps"})
