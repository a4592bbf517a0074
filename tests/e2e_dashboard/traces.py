"""How long the page's main thread works while a large graph is in hand, by the browser's own trace.

Measured is processor time (`tdur` of the tasks in the trace), and not the clock: on a machine with
other work to do the clock also counts what the others did.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e_dashboard.operator import Operator, edge, note_and_webhook, step

MOVES = 40
CATEGORIES = "disabled-by-default-devtools.timeline,cc"
FRAME_BEGINS = "ProxyMain::BeginMainFrame"
TASK = "RunTask"
SAVED_WITHIN_MS = 120_000
"""The emulator's API takes its time to check a thousand steps."""

TRACE_WITHIN_MS = 60_000
LOOK_EVERY_MS = 20


def frames_of_a_drag(operator: Operator) -> list[float]:
    """Drag one of a hundred steps; return the work for each frame meanwhile, in ms."""
    page = operator.page
    operator.open(operator.make("Hundred steps", rows_of_steps(103)))
    expect(page.locator(".react-flow__node")).to_have_count(103)
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    dragged = operator.node("Step 55")
    before = dragged.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.down()
    page.mouse.move(before["x"] + 20, before["y"] + 10)
    trace = Trace(page)
    for move in range(MOVES):
        page.mouse.move(before["x"] + 20 + move * 4, before["y"] + 10 + move * 2)
    frames = trace.stop()
    page.mouse.up()
    after = dragged.bounding_box()
    assert after is not None
    assert after["x"] > before["x"] + MOVES
    operator.expect_saved()
    assert len(frames) >= MOVES / 4
    return frames


def longest_tasks(operator: Operator, steps: int) -> dict[str, float]:
    """Return the longest task, in ms, while a graph is opened, selected in, tidied and published."""
    page = operator.page
    workflow_id = operator.make("Many steps", rows_of_steps(steps))
    seen: dict[str, float] = {}

    trace = Trace(page)
    operator.open(workflow_id)
    expect(operator.node("Step 0").first).to_be_visible()
    seen["open"] = trace.stop_longest()

    trace = Trace(page)
    operator.node("Step 0").first.click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Step 0")
    seen["select"] = trace.stop_longest()

    trace = Trace(page)
    page.get_by_role("button", name="Tidy up").click()
    expect(page.get_by_role("button", name="Tidy up")).to_be_enabled(timeout=SAVED_WITHIN_MS)
    expect(page.get_by_text("Draft saved")).to_be_visible(timeout=SAVED_WITHIN_MS)
    seen["tidy"] = trace.stop_longest()

    expect(page.get_by_text("Checking …")).to_have_count(0, timeout=SAVED_WITHIN_MS)
    trace = Trace(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Publish version 1")).to_be_visible()
    seen["publish"] = trace.stop_longest()
    return seen


def rows_of_steps(steps: int) -> dict[str, Any]:
    """Return a graph of so many steps: a chain, and rows of ten below it."""
    graph = note_and_webhook()
    for number in range(steps - len(graph["nodes"])):
        note = step(f"n{number}", "add_booking_note", f"Step {number}", note="Cancelled")
        note["position"] = {"x": (number % 10) * 300, "y": 400 + (number // 10) * 140}
        graph["nodes"].append(note)
        graph["edges"].append(edge("crm" if number < 10 else f"n{number - 10}", note["id"]))
    return graph


class Trace:
    """The browser's trace of a page, from now until it is stopped."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._events: list[Mapping[str, Any]] = []
        self._client = page.context.new_cdp_session(page)
        self._client.on("Tracing.dataCollected", lambda data: self._events.extend(data["value"]))
        self._is_complete = False
        self._client.on("Tracing.tracingComplete", self._complete)
        self._client.send(
            "Tracing.start", {"transferMode": "ReportEvents", "categories": CATEGORIES}
        )

    def stop(self) -> list[float]:
        """Return the main thread's work for each frame, in milliseconds of processor time."""
        self._end()
        return frames_of(self._events)

    def stop_longest(self) -> float:
        """Return the longest task of the main thread, in milliseconds of processor time."""
        self._end()
        return longest_task(self._events)

    def _end(self) -> None:
        self._client.send("Tracing.end")
        for _ in range(TRACE_WITHIN_MS // LOOK_EVERY_MS):
            if self._is_complete:
                return
            # The browser's events come only while Playwright waits.
            self._page.wait_for_timeout(LOOK_EVERY_MS)
        raise AssertionError(f"the trace: not within {TRACE_WITHIN_MS} ms")

    def _complete(self, _: object) -> None:
        self._is_complete = True


def frames_of(events: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the processor time in ms of the main thread's tasks from frame to frame."""
    thread = main_thread_of(events)
    own = [each for each in events if (each["pid"], each["tid"]) == thread]
    begins = sorted({each["ts"] for each in own if each["name"] == FRAME_BEGINS})
    tasks = [each for each in own if each["name"] == TASK and each["ph"] == "X"]
    return [
        sum(task["tdur"] for task in tasks if begin <= task["ts"] + task["dur"] < end) / 1000
        for begin, end in itertools.pairwise(begins)
    ]


def longest_task(events: Sequence[Mapping[str, Any]]) -> float:
    """Return the processor time in ms of the main thread's longest task."""
    thread = main_thread_of(events)
    return max(
        each["tdur"] / 1000
        for each in events
        if (each["pid"], each["tid"]) == thread and each["name"] == TASK and each["ph"] == "X"
    )


def main_thread_of(events: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return the process and thread on which the page's frames begin most often."""
    begins = [(each["pid"], each["tid"]) for each in events if each["name"] == FRAME_BEGINS]
    assert begins, "the trace holds no frame"
    return max(set(begins), key=begins.count)
