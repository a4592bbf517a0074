"""What holds on every page and dialog: axe finds nothing, light or dark; nothing sticks out of a phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e_dashboard.dialogs import dialogs, new_world, sources
from tests.e2e_dashboard.operator import COLOUR_RULES, Operator, accessibility_problems, poll
from tests.e2e_dashboard.pages import close_dialogs, places, routes

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    """One look at a page: in a theme, at a size, by some rules of axe or by all."""

    theme: Theme
    size: ViewportSize
    rules: Sequence[str] = ()

    def at(self, page: Page) -> list[str]:
        """Return what is wrong with the page as it stands."""
        page.emulate_media(color_scheme=self.theme)
        page.set_viewport_size(self.size)
        problems = accessibility_problems(page, self.rules) + page.evaluate(STICKS_OUT)
        return [f"{self.theme}, {self.size['width']} px: {each}" for each in problems]


USUAL = (Look("light", DESKTOP), Look("dark", DESKTOP, COLOUR_RULES), Look("dark", PHONE))
WHOLE = tuple(Look(theme, size) for theme in get_args(Theme) for size in (DESKTOP, PHONE))
LOOKS = pytest.mark.parametrize(
    "looks", [USUAL, pytest.param(WHOLE, marks=pytest.mark.soak)], ids=["usual", "whole"]
)
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


@LOOKS
@pytest.mark.parametrize("is_of_workflows", [True, False], ids=["workflows", "the rest"])
def test_pages_are_accessible_in_both_themes_and_fit_a_phone(
    operator: Operator, run: tuple[str, str], is_of_workflows: bool, looks: Sequence[Look]
) -> None:
    page = operator.page
    found: dict[str, list[str]] = {}
    page.goto(operator.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    found["sign-in"] = looked_at(page, looks)
    operator.sign_in_by_hand()
    for place in places(*run):
        if place.route.startswith("/workflows") is is_of_workflows:
            place.open(operator)
            found[place.name] = looked_at(page, looks)
            if place.is_dialog:
                close_dialogs(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.noise("^412 PUT /v1/locations/[^/]+/(workflows|templates)/")
@LOOKS
@pytest.mark.parametrize("is_of_workflows", [True, False], ids=["workflows", "the rest"])
def test_dialogs_are_accessible_in_both_themes_and_fit_a_phone(
    operator: Operator, is_of_workflows: bool, looks: Sequence[Look]
) -> None:
    page = operator.page
    world = new_world(operator)
    found: dict[str, list[str]] = {}
    operator.sign_in()
    for dialog in dialogs():
        if ("/workflow" in dialog.source) is is_of_workflows:
            dialog.open(operator, world)
            found[dialog.name] = looked_at(page, looks)
            dialog.close(operator)
    assert {name: problems for name, problems in found.items() if problems} == {}


def looked_at(page: Page, looks: Sequence[Look]) -> list[str]:
    """Return what is wrong with the page as it stands, and leave it light on a desktop."""
    problems = [problem for look in looks for problem in look.at(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    return problems
