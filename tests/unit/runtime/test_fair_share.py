"""A location that sends very many events lets those of others come between them."""

from __future__ import annotations

from bookflow.use_cases.runtime.fair_share import (
    A_SECOND,
    AT_ONCE,
    LOCATIONS_KEPT,
    LONGEST_WAIT,
    FairShare,
)


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def waits(share: FairShare, count: int, location_id: str = "flooding") -> list[int]:
    return [share.seconds_to_wait(location_id) for _ in range(count)]


def test_what_an_ordinary_location_sends_is_taken_as_it_comes() -> None:
    clock = Seconds()
    share = FairShare(clock)
    for _ in range(100):
        assert waits(share, A_SECOND) == [0] * A_SECOND
        clock.now += 1
    assert waits(share, AT_ONCE) == [0] * AT_ONCE


def test_a_flood_waits_in_turn_and_another_location_does_not_wait_for_it() -> None:
    share = FairShare(Seconds())
    found = waits(share, AT_ONCE + 3 * A_SECOND)
    assert found[:AT_ONCE] == [0] * AT_ONCE
    assert found[AT_ONCE:] == [1] * A_SECOND + [2] * A_SECOND + [3] * A_SECOND
    assert waits(share, 1, "quiet") == [0]


def test_turns_come_back_with_time() -> None:
    clock = Seconds()
    share = FairShare(clock)
    waits(share, AT_ONCE)
    clock.now += 1
    assert waits(share, A_SECOND + 1) == [0] * A_SECOND + [1]
    clock.now += 3600
    assert waits(share, AT_ONCE + 1) == [0] * AT_ONCE + [1]


def test_no_event_waits_longer_than_sqs_allows() -> None:
    share = FairShare(Seconds())
    assert max(waits(share, 4 * LONGEST_WAIT * A_SECOND)) == LONGEST_WAIT


def test_locations_that_wait_for_nothing_are_forgotten() -> None:
    clock = Seconds()
    share = FairShare(clock)
    for number in range(2 * LOCATIONS_KEPT):
        clock.now += 1
        share.seconds_to_wait(f"loc-{number}")
    assert len(share) <= LOCATIONS_KEPT + 1
