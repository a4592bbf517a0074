"""An operator at the dashboard, and the world around: events that come, requests that go out."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Locator, Page, expect

from local.issuer import challenge_of
from local.samples import ahead_of_now
from local.seed import LOCATION_ID
from local.stack import LocalStack

LIMIT_SECONDS = 60.0
MOST_TABS = 120
EVENTS = Path(__file__).parents[2] / "events"
AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What a theme decides."""

ALL_RULES = {
    # WCAG 2.2 asks for it, and axe leaves it out.
    "target-size": {"enabled": True},
    # React Aria puts tooltips, and the hidden buttons of popovers, behind the landmarks.
    "region": {"enabled": False},
}

BEGUN_ONCE = """(attempt) => {
  if (window !== top || sessionStorage.getItem("begun")) return;
  sessionStorage.setItem("begun", "yes");
  sessionStorage.setItem("bookflow.sign-in", attempt);
}"""
"""Leaves in a window what the dashboard leaves there when it goes to the issuer."""

T = TypeVar("T")


class Operator:
    """One test's way into the dashboard.

    Args:
        page: The browser's page.
        stack: The deployed stack.
    """

    _numbers = itertools.count(1)

    def __init__(self, page: Page, stack: LocalStack) -> None:
        self.page = page
        self.url = stack.dashboard_url
        self.receiver_url = stack.receiver.url
        self._issuer = stack.issuer
        self.outbox = stack.outbox
        # An admin's token, for what the booking system does.
        token = self._issuer.user_token(self._issuer.users[0])
        self._api = httpx.Client(
            base_url=f"{stack.api_url}/v1/locations/{LOCATION_ID}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    # --- Ways about ------------------------------------------------------------------------

    def sign_in(self, role: str = "admin") -> None:
        """Come back from the issuer's page, where one has signed in, to the list.

        The way there takes time and is the same each time; `sign_in_by_hand` goes it.
        """
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        place = f"#/{LOCATION_ID}/workflows"
        attempt = {"verifier": verifier, "state": state, "nonce": state, "returnTo": place}
        user = next(each for each in self._issuer.users if each.name == f"Demo {role}")
        code = self._issuer.new_code(
            user.subject,
            {"redirect_uri": self.url, "code_challenge": challenge_of(verifier), "nonce": state},
        )
        self.page.add_init_script(f"({BEGUN_ONCE})({json.dumps(json.dumps(attempt))})")
        self.page.goto(f"{self.url}?{urlencode({'code': code, 'state': state})}")
        self._expect_list()

    def sign_in_by_hand(self, role: str = "admin") -> None:
        """Sign in by the issuer's page and arrive at the list."""
        self.page.goto(f"{self.url}#/{LOCATION_ID}/workflows")
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name=f"Demo {role}").click()
        self._expect_list()

    def _expect_list(self) -> None:
        expect(self.page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()

    def open(self, workflow_id: str, tab: str = "editor") -> None:
        """Go to a workflow, signed in already."""
        self.page.evaluate(
            "hash => { location.hash = hash }", f"/{LOCATION_ID}/workflows/{workflow_id}/{tab}"
        )
        expect(self.page.get_by_role("link", name="All workflows")).to_be_visible()

    def go(self, place: str) -> None:
        """Go to a page of the location, signed in already, and wait until it shows its data."""
        self.page.evaluate("hash => { location.hash = hash }", f"/{LOCATION_ID}/{place}")
        self.expect_shown()

    def expect_shown(self) -> None:
        """Wait until nothing on the page is being loaded any more."""
        expect(self.page.locator("#main")).to_be_visible()
        expect(self.page.locator(".spinner, .skeleton")).to_have_count(0)
        expect(self.page.get_by_text("Checking …")).to_have_count(0)

    def tab_to(self, wanted: Locator, *, backwards: bool = False) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Shift+Tab" if backwards else "Tab")
            if wanted.evaluate_all("found => found.includes(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key does not lead to {wanted}")

    def choose_by_keyboard(self, field: Locator, option: str) -> None:
        """Choose an option of a select by typing its beginning."""
        self.tab_to(field)
        self.page.keyboard.type(option)

    def node(self, name: str) -> Locator:
        """Return a step on the canvas."""
        return self.page.locator(".react-flow__node").filter(has_text=name)

    def standing(self, name: str, status: str) -> Locator:
        """Return a step of a run that stands so."""
        return self.node(name).locator(f".step--{status}")

    def drag_from_palette(self, step: str, x: float, y: float) -> None:
        """Drag a step from the palette to a place of the canvas, from its top left corner."""
        self.page.get_by_label("Steps to add").get_by_role("button", name=step, exact=True).drag_to(
            self.page.locator(".editor__canvas"), target_position={"x": x, "y": y}
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

    def expect_looks_right(self, name: str) -> None:
        """See that axe finds nothing, light or dark, and that nothing sticks out of a phone."""
        page = self.page
        page.emulate_media(color_scheme="light")
        assert accessibility_problems(page) == [], name
        page.emulate_media(color_scheme="dark")
        assert accessibility_problems(page, COLOUR_RULES) == [], name
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
        page.set_viewport_size({"width": 1440, "height": 900})

    def open_run(self, booking_id: str) -> Locator:
        """Open the run of a booking from the workflow's list of executions; return its panel."""
        self.page.get_by_role("link", name="Executions").click()
        row = self.page.get_by_role("row").filter(has_text=booking_id)
        row.get_by_role("link").first.click()
        return self.page.get_by_label("Execution", exact=True)

    def search(self, workflow: str) -> None:
        """Search the list for a workflow and wait until it stands there alone.

        A button that moves while it is pressed is not pressed.
        """
        self.page.get_by_label("Search workflows").fill(workflow)
        rows = self.page.get_by_role("row").filter(has=self.page.get_by_role("cell"))
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(workflow)

    def more(self, workflow: str, action: str) -> None:
        """Choose an action from a workflow's menu in the list."""
        self.page.get_by_role("button", name=f"More for {workflow}", exact=True).click()
        self.page.get_by_role("menuitem", name=action).click()

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

    def save_template(self, template_id: str, **changed: Any) -> None:
        """Change texts of a template as somebody else does."""
        stored = self._api.get(f"/templates/{template_id}")
        content = {
            name: stored.json()[name] for name in ("name", "subject", "blocks", "translations")
        }
        answer = self._api.put(
            f"/templates/{template_id}",
            json={**content, **changed},
            headers={"If-Match": stored.headers["etag"]},
        )
        answer.raise_for_status()

    def start(self, workflow_id: str, *, enabled: bool = True) -> None:
        """Publish a workflow and switch it on, or leave it off."""
        for path, method, body in (
            ("publish", "POST", None),
            ("enabled", "PUT", {"enabled": enabled}),
        ):
            revision = self.call("GET", f"/workflows/{workflow_id}")["revision"]
            answer = self._api.request(
                method,
                f"/workflows/{workflow_id}/{path}",
                json=body,
                headers={"If-Match": f'"{revision}"'},
            )
            answer.raise_for_status()

    def put_event(self, file: str, **detail: Any) -> str:
        """Put a sample event under an id of its own; return the booking's id.

        Args:
            file: Name of the sample in `events/`.
            detail: Fields in the place of the sample's.
        """
        event = json.loads((EVENTS / f"{file}.json").read_text(encoding="utf-8"))
        event = ahead_of_now(event, datetime.now(UTC))
        number = next(self._numbers)
        booking_id = f"bk-e2e-{time.time_ns()}-{number}"
        detail = {
            **event["detail"],
            **detail,
            "event_id": f"evt-{booking_id}",
            "location_id": LOCATION_ID,
            "booking_id": booking_id,
        }
        if "booking" in detail:
            detail["booking"] = {**detail["booking"], "id": booking_id}
        envelope = {"detail-type": event["detail-type"], "detail": detail}
        self.call("POST", "/events", {"events": [envelope]})
        return booking_id

    def state_bookings(self, statements: Sequence[Mapping[str, Any]]) -> None:
        """State bookings by the API; no workflow starts by it."""
        stated = self.call("POST", "/bookings", {"items": statements})
        assert stated["stored"] == len(statements), stated

    def runs(self, workflow_id: str, booking_id: str, status: str = "") -> list[dict[str, Any]]:
        """Return a workflow's runs for a booking, those of one status if it is given."""
        return [
            run
            for run in self.call("GET", f"/executions?booking_id={booking_id}")["items"]
            if run["workflow_id"] == workflow_id and status in ("", run["status"])
        ]

    def answer_next(self, path: str, status: int, after_seconds: float = 0) -> None:
        """Let the receiver answer the next request to a path with a status, perhaps late."""
        answer = {"status": status, "path_prefix": path, "delay_seconds": after_seconds}
        httpx.post(f"{self.receiver_url}/_receiver/answers", json=answer).raise_for_status()

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
  const ends = (each) => each.effect.getComputedTiming().endTime !== Infinity;
  const settled = async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await Promise.allSettled(document.getAnimations().filter(ends).map((each) => each.finished));
  };
  // A page that draws no frame, or an animation that stands still, must not keep a test for ever.
  const limit = new Promise((done) => setTimeout(done, 5_000));
  await Promise.race([settled(), limit]);
}"""


def accessibility_problems(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds.

    Args:
        page: The page as it stands.
        rules: The only rules to look at, of a page that was looked at by all in another theme.
    """
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    chosen = {"runOnly": {"type": "rule", "values": rules}} if rules else {"rules": ALL_RULES}
    # React Aria's announcer keeps, for seconds, a name of what a page no longer shows.
    found = page.evaluate(
        "options => axe.run({exclude: ['[data-live-announcer]']}, options)",
        {"resultTypes": ["violations"], **chosen},
    )
    return [
        f"{each['id']} ({each['impact']}, {len(each['nodes'])}): {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
    ]


def step(step_id: str, kind: str, name: str, row: int = 0, **config: Any) -> dict[str, Any]:
    """Return a node; `row` says how far below the trigger it stands."""
    place = {"x": 0, "y": 130 * row}
    return {"id": step_id, "type": kind, "name": name, "config": config, "position": place}


def edge(source: str, target: str, handle: str = "out") -> dict[str, Any]:
    """Return an edge."""
    edge_id = f"{source}-{handle}-{target}"
    return {"id": edge_id, "source": source, "source_handle": handle, "target": target}


def chain(event: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """Return a graph of a trigger and steps one after the other."""
    nodes = [step("trigger", "trigger", event, event=event), *steps]
    edges = [edge(one["id"], other["id"]) for one, other in itertools.pairwise(nodes)]
    return {"schema_version": 1, "nodes": nodes, "edges": edges}


def note_and_webhook(url: str = "https://example.com/hook") -> dict[str, Any]:
    """Return a graph of a note and then a webhook."""
    return chain(
        "Booking Cancelled",
        step("note", "add_booking_note", "Leave a note", 1, note="Cancelled"),
        step("crm", "webhook", "Tell the CRM", 2, url=url),
    )
