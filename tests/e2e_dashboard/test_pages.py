"""What holds on every page: axe finds nothing grave, light or dark; nothing sticks out of a phone."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e_dashboard.dialogs import dialogs, new_world, sources
from tests.e2e_dashboard.operator import SETTLED, Operator, accessibility_problems, poll
from tests.e2e_dashboard.pages import close_dialogs, places, routes

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
STICKS_OUT = """() => [document.documentElement, ...document.querySelectorAll("[role=dialog]")]
  .filter((each) => each.scrollWidth > each.clientWidth || each.getBoundingClientRect().right > innerWidth)
  .map((each) => `${each.tagName} is ${each.scrollWidth} px wide`)"""


@pytest.fixture
def run(operator: Operator) -> tuple[str, str]:
    """Return the id of a completed run and of its booking."""
    booking_id = operator.put_event("booking_created")
    (run,) = poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    return run["id"], booking_id


def test_list_of_pages_is_that_of_the_app() -> None:
    assert {place.route for place in places("", "")} == routes()


def test_list_of_dialogs_is_that_of_the_sources() -> None:
    assert Counter(each.source for each in dialogs()) == sources()


@pytest.mark.parametrize("is_of_workflows", [True, False], ids=["workflows", "the rest"])
def test_pages_are_accessible_in_both_themes_and_fit_a_phone(
    operator: Operator, run: tuple[str, str], is_of_workflows: bool
) -> None:
    page = operator.page
    found: dict[str, list[str]] = {}
    page.goto(operator.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    found["sign-in"] = looked_at(page)
    operator.sign_in_by_hand()
    for place in places(*run):
        if place.route.startswith("/workflows") is is_of_workflows:
            place.open(operator)
            found[place.name] = looked_at(page)
            if place.is_dialog:
                close_dialogs(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.noise("^412 PUT /v1/locations/[^/]+/(workflows|templates)/")
@pytest.mark.parametrize("is_of_workflows", [True, False], ids=["workflows", "the rest"])
def test_dialogs_are_accessible_in_both_themes_and_fit_a_phone(
    operator: Operator, is_of_workflows: bool
) -> None:
    page = operator.page
    world = new_world(operator)
    found: dict[str, list[str]] = {}
    operator.sign_in()
    for dialog in dialogs():
        if ("/workflow" in dialog.source) is is_of_workflows:
            dialog.open(operator, world)
            found[dialog.name] = looked_at(page)
            dialog.close(operator)
    assert {name: problems for name, problems in found.items() if problems} == {}


def looked_at(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, in both themes and on a phone."""
    page.emulate_media(color_scheme="light")
    problems = accessibility_problems(page)
    page.emulate_media(color_scheme="dark")
    problems += [f"dark: {each}" for each in accessibility_problems(page, colours_only=True)]
    page.set_viewport_size(PHONE)
    page.evaluate(SETTLED)
    problems += [f"on a phone: {each}" for each in page.evaluate(STICKS_OUT)]
    page.set_viewport_size(DESKTOP)
    return problems
