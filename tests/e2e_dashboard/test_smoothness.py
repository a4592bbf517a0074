"""A draft of a hundred steps stays smooth under the hand, by the browser's own trace."""

from __future__ import annotations

import pytest

from tests.e2e_dashboard.operator import Operator
from tests.e2e_dashboard.traces import Trace, frames_of_a_drag

pytestmark = pytest.mark.soak

LONGEST_FRAME_MS = 100.0
BUSY_FRAMES = """async (ms) => {
  for (let frame = 0; frame < 4; frame++) {
    await new Promise(requestAnimationFrame);
    document.body.style.paddingTop = `${frame}px`;
    const end = performance.now() + ms;
    while (performance.now() < end);
  }
}"""


def test_hundred_steps_are_dragged_without_a_long_frame(operator: Operator) -> None:
    """No frame keeps the page's main thread at work for over 100 ms while a step is dragged."""
    operator.sign_in()
    frames = frames_of_a_drag(operator)
    assert max(frames) <= LONGEST_FRAME_MS, sorted(frames)[-5:]


def test_a_long_frame_would_be_seen(operator: Operator) -> None:
    page = operator.page
    page.goto(operator.url)
    trace = Trace(page)
    page.evaluate(BUSY_FRAMES, 6 * LONGEST_FRAME_MS)
    assert max(trace.stop()) > LONGEST_FRAME_MS
