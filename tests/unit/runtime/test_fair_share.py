"""A location that sends very many events lets those of others come between them."""

from __future__ import annotations

import heapq

import pytest

from bookflow.use_cases.runtime.fair_share import (
    AT_ONCE_SECONDS,
    LOCATIONS_KEPT,
    LONGEST_WAIT,
    SHARE,
    FairShare,
)


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def take(share: FairShare, clock: Seconds, seconds: float, location_id: str = "flooding") -> int:
    """Ask for an event's turn, and work for it if that is now."""
    wait = share.seconds_to_wait(location_id)
    if not wait:
        with share.working(location_id, reserved=False):
            clock.now += seconds
    return wait


def test_what_an_ordinary_location_sends_is_taken_as_it_comes() -> None:
    clock = Seconds()
    share = FairShare(clock)
    assert [take(share, clock, 0.05) for _ in range(40)] == [0] * 40
    clock.now += AT_ONCE_SECONDS / SHARE
    for _ in range(200):
        assert take(share, clock, 0.05) == 0
        clock.now += 0.3


def test_a_flood_waits_in_turn_and_another_location_does_not_wait_for_it() -> None:
    clock = Seconds()
    share = FairShare(clock)
    waits = [take(share, clock, 0.05) for _ in range(200)]
    taken = waits.index(next(wait for wait in waits if wait))
    assert 40 <= taken <= 60
    rest = waits[taken:]
    assert rest == sorted(rest)
    # 0.05 s of work each, at a quarter of the time: five a second.
    assert rest[-1] == pytest.approx(len(rest) / 5, abs=2)
    assert take(share, clock, 0.05, "quiet") == 0


def test_the_cold_start_of_a_process_is_not_the_locations_work() -> None:
    clock = Seconds()
    share = FairShare(clock)
    assert [take(share, clock, seconds) for seconds in (9, 0.05, 0.05)] == [0, 0, 0]


def test_no_event_waits_longer_than_sqs_allows() -> None:
    clock = Seconds()
    share = FairShare(clock)
    assert max(take(share, clock, 0.05) for _ in range(20_000)) == LONGEST_WAIT


def test_locations_that_wait_for_nothing_are_forgotten() -> None:
    clock = Seconds()
    share = FairShare(clock)
    for number in range(2 * LOCATIONS_KEPT):
        take(share, clock, 1, f"loc-{number}")
    assert len(share) <= LOCATIONS_KEPT + 1


@pytest.mark.parametrize(
    ("processes", "event_seconds", "put_back_seconds", "flood"),
    [
        pytest.param(10, 0.05, 0.01, 20_000, id="aws"),
        pytest.param(2, 0.05, 0.01, 4_000, id="an account that runs few functions"),
        pytest.param(4, 0.15, 0.03, 1_000, id="the emulator on a quiet machine"),
    ],
)
def test_an_event_behind_a_flood_starts_within_half_a_minute_and_all_are_taken_once(
    processes: int, event_seconds: float, put_back_seconds: float, flood: int
) -> None:
    """Each process takes the next message of one queue, in which messages lie by their time."""
    clock = Seconds()
    shares = [FairShare(clock) for _ in range(processes)]
    free = [(clock.now, number) for number in range(processes)]
    queue = [(clock.now, number, False) for number in range(flood)]
    queue.append((clock.now, flood, False))
    heapq.heapify(queue)
    taken: dict[int, float] = {}
    while queue:
        at, process = heapq.heappop(free)
        visible, number, reserved = heapq.heappop(queue)
        clock.now = began = max(at, visible)
        location = "quiet" if number == flood else "flooding"
        share = shares[process]
        wait = 0 if reserved else share.seconds_to_wait(location)
        if wait:
            heapq.heappush(queue, (began + wait, number, True))
            clock.now += put_back_seconds
        else:
            assert number not in taken
            taken[number] = began - 1000.0
            with share.working(location, reserved=reserved):
                clock.now += event_seconds
        heapq.heappush(free, (clock.now, process))
    assert len(taken) == flood + 1
    assert taken[flood] <= 30
