"""An operator at the dashboard, and the world around: events that come, requests that go out."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
from playwright.sync_api import Locator, Page, expect

from local.seed import LOCATION_ID

LIMIT_SECONDS = 60.0
EVENTS = Path(__file__).parents[2] / "events"
AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"

T = TypeVar("T")


class Desk:
    """One test's way into the dashboard.

    Args:
        page: The browser's page.
        url: Where the dashboard is.
        api_url: Where the deployed API is.
        token: A token of an admin, for what the booking system does.
        receiver_url: Where webhooks go.
    """

    _numbers = itertools.count(1)

    def __init__(self, page: Page, url: str, api_url: str, token: str, receiver_url: str) -> None:
        self.page = page
        self.url = url
        self.receiver_url = receiver_url
        self._api = httpx.Client(
            base_url=f"{api_url}/v1/locations/{LOCATION_ID}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    # --- Ways about ------------------------------------------------------------------------

    def sign_in(self, role: str = "admin") -> None:
        """Sign in by the issuer's page and arrive at the list."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name=f"Demo {role}").click()
        expect(self.page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()

    def open(self, workflow_id: str, tab: str = "editor") -> None:
        """Go to a workflow, signed in already."""
        self.page.evaluate(
            "hash => { location.hash = hash }", f"/{LOCATION_ID}/workflows/{workflow_id}/{tab}"
        )
        expect(self.page.get_by_role("link", name="All workflows")).to_be_visible()

    def node(self, name: str) -> Locator:
        """Return a step on the canvas."""
        return self.page.locator(".react-flow__node").filter(has_text=name)

    def drag_from_palette(self, step: str, x: float, y: float) -> None:
        """Drag a step from the palette to a place of the canvas, from its top left corner."""
        canvas = self.page.locator(".react-flow__pane")
        self.page.get_by_role("button", name=step, exact=True).drag_to(
            canvas, target_position={"x": x, "y": y}
        )

    def connect(self, source: str, target: str, handle: str = "out") -> None:
        """Draw an edge from a step's handle to another step."""
        start = self.node(source).locator(f'.react-flow__handle[data-handleid="{handle}"]')
        end = self.node(target).locator(".react-flow__handle.target")
        for place, press in ((start, True), (end, False)):
            box = place.bounding_box()
            assert box is not None
            self.page.mouse.move(
                box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12
            )
            self.page.mouse.down() if press else self.page.mouse.up()

    def expect_saved(self) -> None:
        """Wait until the draft is stored and checked."""
        expect(self.page.get_by_text("Draft saved")).to_be_visible()

    def publish(self) -> None:
        """Publish the draft and switch it on."""
        self.page.get_by_role("button", name="Publish", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Publish version").click()
        expect(self.page.get_by_text("Published version")).to_be_visible()

    # --- The world around ------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as an admin."""
        answer = self._api.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def make(self, name: str, graph: Mapping[str, Any]) -> str:
        """Store a workflow and return its id."""
        created = self.call("POST", "/workflows", {"name": name, "draft": graph})
        return str(created["id"])

    def save(self, workflow_id: str, revision: int, name: str, draft: Mapping[str, Any]) -> None:
        """Save a workflow as somebody else does."""
        answer = self._api.put(
            f"/workflows/{workflow_id}",
            json={"name": name, "draft": draft},
            headers={"If-Match": f'"{revision}"'},
        )
        answer.raise_for_status()

    def put_event(self, file: str) -> str:
        """Put a sample event under an id of its own; return the booking's id."""
        event = json.loads((EVENTS / f"{file}.json").read_text(encoding="utf-8"))
        number = next(self._numbers)
        booking_id = f"bk-e2e-{time.time_ns()}-{number}"
        detail = {
            **event["detail"],
            "event_id": f"evt-{booking_id}",
            "location_id": LOCATION_ID,
            "booking_id": booking_id,
        }
        if "booking" in detail:
            detail["booking"] = {**detail["booking"], "id": booking_id}
        envelope = {"detail-type": event["detail-type"], "detail": detail}
        self.call("POST", "/events", {"events": [envelope]})
        return booking_id

    def answer_next(self, path: str, status: int) -> None:
        """Let the receiver answer the next request to a path with a status."""
        httpx.post(
            f"{self.receiver_url}/_receiver/answers", json={"status": status, "path_prefix": path}
        ).raise_for_status()

    def requests(self, path: str) -> list[dict[str, Any]]:
        """Return what the receiver got at a path."""
        got = httpx.get(f"{self.receiver_url}/_receiver/requests").json()
        return [request for request in got if request["path"] == path]


def poll(ask: Callable[[], T], what: str) -> T:
    """Return the first true answer, or fail after a minute."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.3)
    raise AssertionError(f"{what}: not within {LIMIT_SECONDS:g} s")


SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ends = (each) => each.effect.getComputedTiming().endTime !== Infinity;
  await Promise.allSettled(document.getAnimations().filter(ends).map((each) => each.finished));
}"""


def accessibility_faults(page: Page) -> list[str]:
    """Return axe's serious and critical findings."""
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
