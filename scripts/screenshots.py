"""Takes the screenshots of the dashboard, from a local stack with a week of data.

Usage: python -m scripts.screenshots

Those of docs/images are committed. Home, sending to guests and the statistics on the canvas are taken
in each theme at the sizes of a desktop and of a phone as well, into .local/pictures, to be looked at.
The product runs in a state folder of its own, beside `make run` and the tests. Its week is made of
real events where a picture shows an execution, and of made-up statistics where it shows numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import httpx

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.gallery import ready_made
from bookflow.ports import ExecutionFilter
from local.browser import NoBrowserError, chromium
from local.console import Console, LocalError, run_command
from local.paths import LocalPaths
from local.product import local_product, services_of
from local.receiver import Answer
from local.seed import LOCATION_ID, add_workflow, to_receiver
from local.stack import LocalStack

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PICTURES = LocalPaths.of().shared / "pictures"
"""What is looked at and not committed."""

FIRST_PORT = 8900
"""Away from the ports of `make run` and of the tests."""

ZONE = ZoneInfo("Europe/Berlin")
"""The demo location's and its operator's: its days are not those of UTC."""

SIZE = (1440, 960)
PHONE = (390, 844)
LOOKS: Mapping[str, tuple[Literal["light", "dark"], tuple[int, int]]] = {
    "light": ("light", SIZE),
    "dark": ("dark", SIZE),
    "phone-light": ("light", PHONE),
    "phone-dark": ("dark", PHONE),
}
LARGEST_BYTES = 250_000
LIMIT_SECONDS = 120.0

CONFIRMATION = "booking-confirmation"
EXTRA_WORKFLOWS = (
    "vip_handling",
    "weekend_staffing_notice",
    "waiver_reminder",
    "no_show_follow_up",
    "customer_message_alert",
)
"""Ready-made workflows beside the five examples that every local product has."""

WEEK = {
    CONFIRMATION: ((14, 0), (11, 0), (17, 1), (12, 0), (19, 0), (26, 0)),
    "pre-visit-reminder": ((9, 0), (13, 0), (10, 0), (15, 0), (11, 0), (18, 0)),
    "post-experience-follow-up": ((8, 0), (10, 0), (9, 2), (13, 0), (10, 0), (12, 0)),
    "cancellation-notification-with-webhook": ((1, 0), (2, 0), (1, 1), (3, 0), (1, 0), (2, 0)),
    "auto-add-note-on-reschedule": ((2, 0), (1, 0), (0, 0), (3, 0), (2, 0), (1, 0)),
    "vip-handling": ((14, 0), (11, 0), (18, 0), (12, 0), (19, 0), (26, 0)),
    "weekend-staffing-notice": ((14, 0), (11, 0), (18, 0), (12, 0), (19, 0), (26, 0)),
    "waiver-reminder": ((6, 0), (7, 0), (5, 0), (9, 0), (8, 0), (11, 0)),
    "no-show-follow-up": ((3, 0), (2, 0), (4, 0), (2, 0), (5, 0), (3, 0)),
    "customer-message-alert": ((2, 0), (4, 0), (3, 0), (1, 0), (5, 0), (4, 0)),
}
"""Completed and failed executions of each workflow on the six days before today, oldest first."""


@dataclass(frozen=True)
class Guest:
    """A customer and what they booked."""

    booking_id: str
    first_name: str
    last_name: str
    party_size: int
    amount: str

    @property
    def customer(self) -> Mapping[str, str]:
        """Who it is, as the booking system says it."""
        return {
            "id": f"cus-{self.booking_id}",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": f"{self.first_name.lower()}@example.com",
            "phone": "+4915123456789",
            "locale": "en-GB",
        }


UNLUCKY = Guest("KAY-5207", "Katherine", "Johnson", 2, "118.00")
"""The CRM rejects her booking."""

LATE = Guest("KAY-5208", "Ada", "Lovelace", 4, "236.00")
"""She books for the day after tomorrow, too late for one of the reminders, and moves it."""

OTHERS = (
    Guest("KAY-5209", "Dorothy", "Vaughan", 12, "1080.00"),
    Guest("KAY-5210", "Annie", "Easley", 6, "540.00"),
    Guest("KAY-5211", "Hedy", "Lamarr", 2, "118.00"),
)

DEPARTURE = 12
"""Bookings of tomorrow's tour, to whose guests a message is sent."""

STORM = "Dear {{ customer.first_name | default('guest') }},\n\na storm comes: no tour tomorrow."


class Showcase:
    """Fills the demo location and knows where in it the pictures are.

    Args:
        stack: The running product.
    """

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._services: Services = services_of(stack)
        token = stack.issuer.user_token(stack.issuer.users[0])
        self._api = httpx.Client(
            base_url=f"{stack.api_url}/v1/locations/{LOCATION_ID}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )

    def fill(self) -> None:
        """Make workflows, a week of statistics, and today's events; wait until all executions end."""
        for name in EXTRA_WORKFLOWS:
            export = to_receiver(_strict(ready_made()[name]), self._stack.receiver.url)
            add_workflow(self._services, LOCATION_ID, name.replace("_", "-"), export)
        self._count_the_week()
        today = self._services.clock.now().astimezone(ZONE)
        today = today.replace(hour=16, minute=30, second=0, microsecond=0)
        self._stack.receiver.recorder.plan(Answer(status=410, body='{"error": "unknown booking"}'))
        self._book(UNLUCKY, today + timedelta(days=12))
        self._wait_for("Katherine's failed execution", self.failed_execution)
        start = today + timedelta(days=2)
        self._book(LATE, start)
        self._wait_for("Ada's confirmation", lambda: self._ended(LATE, CONFIRMATION))
        self._move(LATE, start, start + timedelta(hours=2))
        for days, guest in enumerate(OTHERS, start=3):
            self._book(guest, today + timedelta(days=days))
        self._state_departure(today + timedelta(days=1))
        self._wait_for("the end of all executions", self._is_quiet)

    def failed_execution(self) -> Execution | None:
        """Return the execution whose webhook was rejected."""
        found = self._ended(UNLUCKY, CONFIRMATION)
        return found if found and found.status is ExecutionStatus.FAILED else None

    def _count_the_week(self) -> None:
        today = self._services.clock.now()
        for workflow_id, days in WEEK.items():
            for ago, (completed, failed) in zip(range(len(days), 0, -1), days, strict=True):
                for number in range(completed + failed):
                    ended = _ended_execution(
                        workflow_id,
                        today - timedelta(days=ago),
                        number,
                        is_failed=number >= completed,
                    )
                    self._services.executions.count_end(ended, list(self._steps_of(ended, number)))

    def _steps_of(self, ended: Execution, number: int) -> Iterator[Step]:
        """Yield the steps of an execution: some guests have opted out, and the last step may fail."""
        version = self._services.workflows.version(LOCATION_ID, ended.workflow_id, ended.version)
        nodes = [node for node in version.graph.nodes if node.type != "trigger"]
        for node in nodes:
            is_skipped = node.type == "send_template" and number % 5 == 4
            status = StepStatus.SKIPPED if is_skipped else StepStatus.COMPLETED
            if node is nodes[-1] and ended.status is ExecutionStatus.FAILED:
                status = StepStatus.FAILED
            yield Step.of(
                ended,
                node,
                status=status,
                reason_code=ReasonCode.OPTED_OUT if status is StepStatus.SKIPPED else None,
                started_at=ended.started_at,
            )

    def _book(self, guest: Guest, start: datetime) -> None:
        self._put(
            "Booking Created",
            guest,
            activity={"id": "act-sunset", "name": "Sunset Kayak Tour"},
            total_amount={"amount": guest.amount, "currency": "EUR"},
            start_time=start.isoformat(),
            end_time=(start + timedelta(hours=2)).isoformat(),
            status="confirmed",
            booking={"confirmation_code": guest.booking_id, "party_size": guest.party_size},
        )

    def _state_departure(self, start: datetime) -> None:
        statements = [
            {
                "booking": {
                    "id": f"KAY-61{number:02}",
                    "status": "confirmed",
                    "start_time": start.isoformat(),
                    "end_time": (start + timedelta(hours=2)).isoformat(),
                    "party_size": 2,
                    "customer_id": f"cus-61{number:02}",
                    "activity_id": "act-sunset",
                },
                "customer": {
                    "id": f"cus-61{number:02}",
                    "first_name": "Guest",
                    "last_name": str(number + 1),
                    "email": f"guest{number + 1}@example.com",
                },
            }
            for number in range(DEPARTURE)
        ]
        self._post("/bookings", {"items": statements})

    def _move(self, guest: Guest, old: datetime, new: datetime) -> None:
        self._put(
            "Booking Rescheduled",
            guest,
            old_start_time=old.isoformat(),
            old_end_time=(old + timedelta(hours=2)).isoformat(),
            new_start_time=new.isoformat(),
            new_end_time=(new + timedelta(hours=2)).isoformat(),
            rescheduled_by="customer",
        )

    def _put(self, kind: str, guest: Guest, **fields: Any) -> None:
        detail = {
            "event_id": f"evt-{kind.replace(' ', '-').lower()}-{guest.booking_id}",
            "location_id": LOCATION_ID,
            "occurred_at": self._services.clock.now().isoformat(),
            "booking_id": guest.booking_id,
            "customer": guest.customer,
            **fields,
        }
        self._post("/events", {"events": [{"detail-type": kind, "detail": detail}]})

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        answer = self._api.post(path, json=body)
        if answer.is_error:
            raise LocalError(
                f"The API rejected what was sent to {path}: {answer.text}",
                "Fix scripts/screenshots.py.",
            )

    def _ended(self, guest: Guest, workflow_id: str) -> Execution | None:
        executions = self._services.executions.page(
            LOCATION_ID, ExecutionFilter(booking_id=guest.booking_id)
        ).items
        ended = (
            each for each in executions if each.workflow_id == workflow_id and each.status.is_final
        )
        return next(ended, None)

    def _is_quiet(self) -> bool:
        executions = self._services.executions.page(LOCATION_ID).items
        guests = {each.booking_id for each in executions}
        is_all = guests >= {guest.booking_id for guest in (UNLUCKY, LATE, *OTHERS)}
        return is_all and all(each.status is not ExecutionStatus.RUNNING for each in executions)

    def _wait_for(self, what: str, ask: Callable[[], object]) -> None:
        self._stack.wait_until(ask, LIMIT_SECONDS, what)


def _strict(export: WorkflowExport) -> WorkflowExport:
    """Let reminders leave out who books too late for them, so that a timeline shows it."""
    content = export.model_dump(mode="json")
    for node in content["graph"]["nodes"]:
        if node["config"].get("event") == "Booking Reminder":
            node["config"]["late_bookings"] = "skip"
    return WorkflowExport.model_validate(content)


def _ended_execution(workflow_id: str, day: datetime, number: int, *, is_failed: bool) -> Execution:
    return Execution(
        location_id=LOCATION_ID,
        id=f"screenshot-{day:%Y%m%d}-{number}",
        workflow_id=workflow_id,
        version=1,
        event_id="screenshot",
        event_type="",
        event_data={},
        status=ExecutionStatus.FAILED if is_failed else ExecutionStatus.COMPLETED,
        started_at=day,
        completed_at=day,
    )


class Camera:
    """Goes to a place of the dashboard and keeps what is seen there.

    Args:
        page: A browser's page.
        url: Where the dashboard is.
        console: Prints a line for each picture.
    """

    def __init__(self, page: Page, url: str, console: Console) -> None:
        self._page = page
        self._url = url
        self._console = console

    def sign_in(self) -> None:
        """Come in by the issuer's page."""
        self._page.goto(f"{self._url}#/{LOCATION_ID}/workflows")
        self._page.get_by_role("button", name="Sign in").click()
        self._page.get_by_role("button", name="Demo admin").click()
        self._page.get_by_role("heading", name="Workflows", exact=True).wait_for()

    def take(self, name: str, place: str, see: Callable[[Page], object]) -> None:
        """Go there, do what leads to the picture, and keep it for the docs.

        Raises:
            LocalError: The place is not there, or the picture is too large.
        """
        picture = IMAGES / f"dashboard-{name}.png"

        def go_and_see(page: Page) -> None:
            _go(page, place)
            see(page)

        self._keep(picture, go_and_see)
        size = picture.stat().st_size
        self._console.say(f"{picture.name}: {size / 1000:.0f} kB")
        if size > LARGEST_BYTES:
            raise LocalError(
                f"{picture.name} is larger than {LARGEST_BYTES / 1000:.0f} kB.",
                "Show less in it: change what scripts/screenshots.py goes to.",
            )

    def take_each_look(self, name: str, see: Callable[[Page], object]) -> None:
        """Do what leads to the picture in both themes at both sizes, and keep each to be looked at.

        Raises:
            LocalError: What it leads to is not there.
        """
        for look, (theme, (width, height)) in LOOKS.items():
            self._page.emulate_media(color_scheme=theme)
            self._page.set_viewport_size({"width": width, "height": height})
            self._keep(PICTURES / f"{name}-{look}.png", see, is_whole=True)

    def _keep(
        self, picture: Path, see: Callable[[Page], object], *, is_whole: bool = False
    ) -> None:
        from playwright.sync_api import Error, expect

        try:
            see(self._page)
            expect(self._page.locator(LOADING)).to_have_count(0, timeout=LIMIT_SECONDS * 1000)
            self._page.mouse.move(SIZE[0] - 4, SIZE[1] - 4)
            self._page.evaluate(STILL)
            # A dialog stands over what is in sight of the page.
            is_whole = is_whole and not self._page.get_by_role("dialog").count()
            self._page.screenshot(path=picture, animations="disabled", full_page=is_whole)
        except (AssertionError, Error) as error:
            raise LocalError(
                f"The picture {picture.name} could not be taken.",
                "Open the dashboard with `make run`, look at what is there now, and fix "
                "the steps to it in scripts/screenshots.py.",
                detail=str(error),
            ) from error


LOADING = ".skeleton, .spinner"

STILL = """async () => {
  await document.fonts.ready;
  const ends = (each) => each.effect.getComputedTiming().endTime !== Infinity;
  await Promise.allSettled(document.getAnimations().filter(ends).map((each) => each.finished));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
"""Waits for letters and movements."""


def take_pictures(camera: Camera, failed: Execution) -> None:
    """Take all pictures."""
    camera.take("home", "home", lambda page: page.get_by_label("Errors").wait_for())
    camera.take("list", "workflows", lambda page: _link(page, "Booking Confirmation"))
    camera.take(
        "editor",
        "workflows/weekend-staffing-notice/editor",
        _condition,
    )
    camera.take(
        "execution",
        f"workflows/{CONFIRMATION}/executions/{failed.id}",
        _failed_step,
    )
    camera.take("statistics", f"workflows/{CONFIRMATION}/statistics", _statistics)
    camera.take(
        "timeline",
        f"bookings/{LATE.booking_id}",
        _timeline,
    )
    camera.take(
        "template",
        f"templates/{CONFIRMATION}",
        lambda page: page.frame_locator("iframe").first.get_by_text("Sunset").first.wait_for(),
    )
    camera.take("dark", f"workflows/{CONFIRMATION}/executions/{failed.id}", _in_the_dark)


def take_looks(camera: Camera) -> None:
    """Take each look at Home, at the statistics, and at a message to the guests of a departure."""
    camera.take_each_look("home", _home)
    camera.take_each_look("statistics", _first_statistics)
    camera.take_each_look("run-choosing", _message)
    camera.take_each_look("run-preview", _preview)
    camera.take_each_look("run-finished", _sent)


def _go(page: Page, place: str) -> None:
    page.evaluate("place => { location.hash = place }", f"/{LOCATION_ID}/{place}")


def _home(page: Page) -> None:
    _go(page, "home")
    page.get_by_label("Errors").wait_for()


def _first_statistics(page: Page) -> None:
    _home(page)  # The graph is fitted to the size at which it is opened.
    _go(page, f"workflows/{CONFIRMATION}/statistics")
    _statistics(page)


def _message(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    if not dialog.count():
        _go(page, "bookings")
        page.get_by_role("button", name="Send to guests").click()
        dialog.get_by_label("Subject").fill("Storm tomorrow")
        dialog.get_by_label("Message", exact=True).fill(STORM)
    departure = dialog.get_by_label("Departure").locator("option", has_text=f"{DEPARTURE} bookings")
    departure.first.wait_for(state="attached")


def _preview(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    preview = dialog.get_by_role("button", name="Preview", exact=True)
    if preview.count():
        preview.click()
    dialog.get_by_text("Dear Guest").wait_for()


def _sent(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    send = dialog.get_by_role("button", name=f"Send to {DEPARTURE} bookings")
    if send.count():
        send.click()
    dialog.get_by_text(f"Started for {DEPARTURE} bookings.").wait_for()


def _link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).wait_for()


def _node(page: Page, name: str) -> None:
    page.locator(".react-flow__node").filter(has_text=name).click()
    page.get_by_label("Name", exact=True).first.wait_for()


def _condition(page: Page) -> None:
    _node(page, "On a weekend?")
    page.get_by_text("Notice for the facilitator").wait_for()


def _failed_step(page: Page) -> None:
    page.locator(".react-flow__node").filter(has_text="Tell the CRM").click()
    page.get_by_text("410").first.wait_for()


def _statistics(page: Page) -> None:
    page.locator(".react-flow__node").nth(1).click()
    page.get_by_text("came here").wait_for()


def _in_the_dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    _failed_step(page)


def _timeline(page: Page) -> None:
    for kind in ("Done", "Planned", "Skipped"):
        page.get_by_text(kind, exact=True).first.wait_for()


@contextmanager
def _page() -> Iterator[Page]:
    try:
        with chromium() as browser:
            context = browser.new_context(
                viewport={"width": SIZE[0], "height": SIZE[1]},
                color_scheme="light",
                locale="en-GB",
                timezone_id=ZONE.key,
                reduced_motion="reduce",
            )
            yield context.new_page()
    except NoBrowserError as error:
        raise LocalError("There is no browser to take pictures with.", str(error)) from error


def main() -> int:
    """Take the pictures; return the exit code."""
    console = Console()

    def once() -> None:
        paths = LocalPaths.of(state=LocalPaths.of().shared / "screenshots")
        with local_product(console, paths=paths, first_port=FIRST_PORT) as stack:
            showcase = Showcase(stack)
            with console.step("filling the demo location"):
                showcase.fill()
            failed = showcase.failed_execution()
            if failed is None:
                raise RuntimeError("the failed execution no longer exists")
            with _page() as page:
                camera = Camera(page, stack.dashboard_url, console)
                camera.sign_in()
                take_pictures(camera, failed)
                take_looks(camera)
                console.say(f"Pictures in each look: {paths.shown(PICTURES)}")

    return run_command(once, console)


if __name__ == "__main__":
    raise SystemExit(main())
