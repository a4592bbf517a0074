"""What holds on every page: axe finds nothing grave, light or dark; nothing sticks out of a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e_dashboard.operator import SETTLED, Operator, accessibility_problems, poll
from tests.e2e_dashboard.pages import close_dialogs, places, routes

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
STICKS_OUT = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def run(operator: Operator) -> tuple[str, str]:
    """Return the id of a completed run and of its booking."""
    booking_id = operator.put_event("booking_created")
    (run,) = poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    return run["id"], booking_id


def test_list_of_pages_is_that_of_the_app() -> None:
    assert {place.route for place in places("", "")} == routes()


@pytest.mark.parametrize("is_of_workflows", [True, False], ids=["workflows", "the rest"])
def test_pages_are_accessible_in_both_themes_and_fit_a_phone(
    operator: Operator, run: tuple[str, str], is_of_workflows: bool
) -> None:
    page = operator.page
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        found[f"{name}, light"] = accessibility_problems(page)
        page.emulate_media(color_scheme="dark")
        found[f"{name}, dark"] = accessibility_problems(page, colours_only=True)
        page.set_viewport_size(PHONE)
        page.evaluate(SETTLED)
        if page.evaluate(STICKS_OUT):
            found[f"{name}, on a phone"] = ["wider than the screen"]

    page.goto(operator.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    look("sign-in")
    page.set_viewport_size(DESKTOP)
    operator.sign_in_by_hand()
    for place in places(*run):
        if place.route.startswith("/workflows") is not is_of_workflows:
            continue
        page.set_viewport_size(DESKTOP)
        place.open(operator)
        look(place.name)
        if place.is_dialog:
            close_dialogs(page)
    assert {name: problems for name, problems in found.items() if problems} == {}
