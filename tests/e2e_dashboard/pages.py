"""Every page of the dashboard in one list, for what must hold on each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e_dashboard.operator import Operator, chain, step

APP = Path(__file__).parents[2] / "dashboard" / "src" / "App.tsx"
_ROUTE = re.compile(r'path="/:location(/[^"*]*)"')


@dataclass(frozen=True)
class Place:
    """One page in one state.

    Attributes:
        route: The route in `App.tsx` that it belongs to.
        address: Where it is, below the location.
        shows: A heading that is there when the page is.
        reach: What is done on the page to bring it into the state.
        is_dialog: Whether that opens a dialog, to be closed before the next page.
    """

    route: str
    address: str
    shows: str
    reach: Callable[[Operator], None] | None = None
    is_dialog: bool = False

    @property
    def name(self) -> str:
        """What to call the page in that state."""
        return f"{self.address} {self.reach.__name__}" if self.reach else self.address

    def open(self, operator: Operator) -> None:
        """Go there and wait until everything is shown."""
        operator.go(self.address)
        expect(operator.page.get_by_role("heading", name=self.shows).first).to_be_attached()
        if self.reach:
            self.reach(operator)


def routes() -> set[str]:
    """Return the routes of `App.tsx` below the location."""
    return set(_ROUTE.findall(APP.read_text(encoding="utf-8")))


def places(run_id: str, booking_id: str) -> Iterator[Place]:
    """Return every page, for a run of the seeded workflow and its booking."""
    workflow = "/workflows/:id/:tab?/:part?"
    here = "workflows/booking-confirmation"
    yield Place("/home", "home", "Home")
    yield Place("/locations/new", "locations/new", "Add a location")
    yield Place("/workflows", "workflows", "Workflows")
    yield Place("/workflows", "workflows", "Workflows", _open_gallery, is_dialog=True)
    yield Place(workflow, f"{here}/editor", "Booking Confirmation")
    yield Place(workflow, f"{here}/editor", "Booking Confirmation", _open_step)
    yield Place(
        workflow, f"{here}/editor", "Booking Confirmation", _open_publishing, is_dialog=True
    )
    yield Place(workflow, f"{here}/executions", "Executions")
    yield Place(workflow, f"{here}/executions/{run_id}", "Booking Created")
    yield Place(workflow, f"{here}/executions/{run_id}", "Booking Created", _open_run_step)
    yield Place(workflow, f"{here}/statistics", "Executions of version")
    yield Place(workflow, f"{here}/versions", "Versions")
    yield Place(workflow, f"{here}/simulator/{booking_id}", "Simulator")
    yield Place("/templates", "templates", "Templates")
    yield Place("/templates/from/:key", "templates/from/blank", "New template")
    yield Place(
        "/templates/:id/:tab?", "templates/booking-confirmation/editor", "Booking confirmation"
    )
    yield Place("/templates/:id/:tab?", "templates/booking-confirmation/versions", "Versions")
    yield Place("/surveys", "surveys", "Surveys")
    yield Place("/surveys/from/blank", "surveys/from/blank", "New survey")
    yield Place("/surveys/:id/:tab?", "surveys/after-tour/results", "After the tour")
    yield Place("/surveys/:id/:tab?", "surveys/after-tour/editor", "After the tour")
    yield Place("/bookings", "bookings", "Bookings")
    yield Place("/bookings/:booking", f"bookings/{booking_id}", "KAY-4711")
    yield Place("/import/:id?", "import", "Import bookings")
    yield Place("/tasks", "tasks", "Tasks")
    for part in ("general", "words", "secrets", "suppressions"):
        yield Place("/settings/:part?", f"settings/{part}", "Settings")
    yield Place("/audit", "audit", "Audit log")


def close_dialogs(page: Page) -> None:
    """Close what is open over the page."""
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _open_gallery(operator: Operator) -> None:
    operator.page.get_by_role("button", name="Add Workflow").click()
    expect(operator.page.get_by_role("button", name="Blank workflow")).to_be_visible()


def _open_step(operator: Operator) -> None:
    operator.node("Tell the CRM").click()
    expect(operator.page.get_by_label("Address")).to_be_visible()


def _open_run_step(operator: Operator) -> None:
    operator.node("Tell the CRM").click()
    expect(operator.page.get_by_role("heading", name="Input")).to_be_visible()


def _open_publishing(operator: Operator) -> None:
    # The seeded workflow is published as it stands.
    draft = chain(
        "Booking Created", step("note", "add_booking_note", "Leave a note", 1, note="Booked")
    )
    operator.open(operator.make("To be published", draft))
    operator.page.get_by_role("button", name="Publish", exact=True).click()
    expect(operator.page.get_by_role("dialog")).to_be_visible()
