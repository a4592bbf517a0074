"""What holds on every page and dialog: axe finds nothing, light or dark; nothing sticks out, and Tab follows sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e_dashboard.dialogs import dialogs, new_world, sources
from tests.e2e_dashboard.operator import (
    COLOUR_RULES,
    SETTLED,
    Operator,
    accessibility_problems,
    poll,
)
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
        problems = accessibility_problems(page, self.rules)
        problems += page.evaluate(STICKS_OUT) + page.evaluate(OUT_OF_ORDER)
        return [f"{self.theme}, {self.size['width']} px: {each}" for each in problems]


USUAL = (Look("light", DESKTOP), Look("dark", DESKTOP, COLOUR_RULES), Look("dark", PHONE))
WHOLE = tuple(Look(theme, size) for theme in get_args(Theme) for size in (DESKTOP, PHONE))
LOOKS = pytest.mark.parametrize(
    "looks", [USUAL, pytest.param(WHOLE, marks=pytest.mark.soak)], ids=["usual", "whole"]
)
STICKS_OUT = """() => [document.documentElement, ...document.querySelectorAll("[role=dialog]")]
  .filter((each) => each.scrollWidth > each.clientWidth || each.getBoundingClientRect().right > innerWidth)
  .map((each) => `${each.tagName} is ${each.scrollWidth} px wide`)"""

OUT_OF_ORDER = """() => {
  // Steps are where an operator drags them, and the handle of a block follows its text.
  const APART = ":disabled, [inert], .skip, .react-flow__viewport, .block-handle";
  // What a strip has scrolled out of sight counts as standing at its edge, and what lies below a dialog's fold as not seen.
  const inSight = (each) => {
    const { top, bottom, width, ...sides } = each.getBoundingClientRect().toJSON();
    for (let frame = each.parentElement; frame; frame = frame.parentElement) {
      if (!/auto|scroll/.test(getComputedStyle(frame).overflowX)) continue;
      const edge = frame.getBoundingClientRect();
      if (bottom <= edge.top || top >= edge.bottom - 2) return { width: 0 };
      for (const side of ["left", "right"]) sides[side] = Math.min(Math.max(sides[side], edge.left), edge.right);
    }
    return { top, bottom, width, left: sides.left, right: sides.right };
  };
  const root = [...document.querySelectorAll('[role="dialog"]')].at(-1) ?? document;
  const found = [...root.querySelectorAll("a[href], button, input, select, textarea, [tabindex]")].filter(
    (each) => each.tabIndex >= 0 && each.checkVisibility() && !each.closest(APART),
  );
  const boxes = found.map((each) => [each, inSight(each)]).filter(([, box]) => box.width > 1);
  const name = (each) => (each.getAttribute("aria-label") || each.textContent || each.tagName).trim().slice(0, 40);
  return boxes.slice(1).flatMap(([each, box], index) => {
    const [before, other] = boxes[index];
    const isAbove = box.bottom <= other.top + 2 && box.left < other.right;
    const middle = (box.top + box.bottom) / 2;
    const isLeft = box.right <= other.left + 2 && box.left < other.left - 2 && middle > other.top && middle < other.bottom;
    return isAbove || isLeft ? [`${name(each)}: after ${name(before)} by Tab, before it in sight`] : [];
  });
}"""
"""Returns what the Tab key reaches after its neighbour though it stands above it or left of it."""


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


def test_tab_goes_in_the_order_of_sight_at_widths_between(operator: Operator) -> None:
    operator.sign_in()
    wrong = []
    for address in ("home", "workflows/booking-confirmation/editor", "templates/from/blank"):
        operator.go(address)
        for width, height in ((768, 1024), (900, 800), (1024, 768), (720, 450)):
            operator.page.set_viewport_size({"width": width, "height": height})
            operator.page.evaluate(SETTLED)
            wrong += [f"{address}, {width} px: {e}" for e in operator.page.evaluate(OUT_OF_ORDER)]
    assert wrong == []


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
