"""What customers see, in a real browser: the public pages at a phone's size, and an e-mail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.messages.unsubscribe_links import make_token
from bookflow.domain.surveys.tokens import digest
from bookflow.gallery.templates import ready_made_templates
from bookflow.pages.app import PublicPages
from bookflow.pages.word_samples import word_samples
from bookflow.use_cases.preview.preview_template import render_preview
from tests.browser.bridge import serving
from tests.browser.conftest import PHONE
from tests.fakes import FakePorts
from tests.unit.surveys.samples import TOKEN, survey_ports

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
KEEP_IMAGES = os.environ.get("BOOKFLOW_WRITE_IMAGES") == "1"


@pytest.fixture
def ports() -> FakePorts:
    return survey_ports()


@pytest.fixture
def base(ports: FakePorts) -> Iterator[str]:
    with serving(PublicPages(lambda: ports)) as address:
        yield address


@pytest.fixture
def refusals(page: Page) -> list[str]:
    """What the browser refused or failed to load, such as a style that the policy forbids."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("requestfailed", lambda request: found.append(request.url))
    return found


def picture(page: Page, name: str, tmp_path: Path) -> None:
    folder = IMAGES if KEEP_IMAGES else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 10_000  # more than an empty page


def test_a_ready_made_e_mail_looks_right_wide_and_on_a_phone(
    browser: Browser, tmp_path: Path
) -> None:
    content = ready_made_templates()["booking-confirmation"]
    shown = render_preview(content, "Booking Created", sample_context()).html or ""
    frames = "".join(
        f'<iframe width="{width}" height="{height}" style="border:0" srcdoc="{escape(shown)}">'
        "</iframe>"
        for width, height in ((664, 930), (360, 1060))
    )
    page = browser.new_page(viewport={"width": 1076, "height": 1092})
    page.set_content(
        '<body style="margin:0;padding:16px;background:#c9cfd6;display:flex;gap:20px;'
        f'align-items:flex-start">{frames}'
    )
    for frame in page.frames[1:]:
        expect(frame.get_by_role("heading", name="Your booking is confirmed")).to_be_visible()
        assert frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, "template-confirmation.png", tmp_path)
    page.close()


def focused(page: Page) -> str:
    """Return the id of the element that has the focus, by the style that only it has."""
    return page.locator(":focus").get_attribute("id") or ""


def test_a_survey_is_answered_by_keyboard_alone(
    page: Page, base: str, ports: FakePorts, refusals: list[str], tmp_path: Path
) -> None:
    page.goto(f"{base}/s/loc-1/{TOKEN}")
    keys = page.keyboard
    keys.press("Tab")
    assert focused(page) == "q1-1"
    for _ in range(3):
        keys.press("ArrowRight")
    expect(page.locator("#q1-4")).to_be_checked()
    keys.press("Tab")
    assert focused(page) == "q2-none"
    keys.press("Tab")
    keys.press("Space")
    expect(page.locator("#q3-1")).to_be_checked()
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Tab")
    assert focused(page) == "q5"
    keys.type("More sunsets, please.")
    picture(page, "survey-page.png", tmp_path)
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you!")
    response = ports.surveys.responses["loc-1", digest(TOKEN)]
    assert [answer.answer for answer in response.answers] == [
        4,
        "Yes",
        ("The boats", "The route"),
        "More sunsets, please.",
    ]
    assert not refusals


def test_problems_are_shown_and_lead_to_their_questions(
    page: Page, base: str, ports: FakePorts, tmp_path: Path
) -> None:
    page.goto(f"{base}/s/loc-1/{TOKEN}")
    page.get_by_label("What shall we do better?").fill("More sunsets, please.")
    page.get_by_role("button", name="Send answers").tap()
    summary = page.get_by_role("alert")
    expect(summary).to_be_visible()
    expect(summary).to_be_focused()
    expect(page).to_have_title("Please check: Sunset kayak tour: how was it? · Spree Kayaks")
    expect(page.get_by_label("What shall we do better?")).to_have_value("More sunsets, please.")
    picture(page, "survey-errors.png", tmp_path)
    summary.get_by_role("link").first.tap()
    assert page.url.endswith("#q1-1")
    page.get_by_role("radiogroup", name="How was it in all?").get_by_label("5 of 5 stars").check(
        force=True
    )
    page.get_by_role("radio", name="Maybe").check()
    page.get_by_role("button", name="Send answers").tap()
    expect(page.locator("h1")).to_have_text("Thank you!")
    assert ports.surveys.responses["loc-1", digest(TOKEN)].overall_rating == 5


@pytest.mark.parametrize(("language", "side"), [("de", "left"), ("he", "right")])
def test_the_bar_of_a_problem_stands_where_its_line_begins(
    page: Page, language: str, side: str
) -> None:
    samples = word_samples(sample_context().location, language, {})
    page.set_content(next(each.html for each in samples if each.title == "Survey with problems"))
    style = page.locator(".wrong").first.evaluate(
        "box => ['left', 'right'].filter(side => getComputedStyle(box)[`border-${side}-width`] !== '0px')"
    )
    assert style == [side]


def test_a_second_answer_is_refused(page: Page, base: str, ports: FakePorts) -> None:
    address = f"{base}/s/loc-1/{TOKEN}"
    other = page.context.new_page()
    for tab, stars in ((page, 5), (other, 1)):
        tab.goto(address)
        tab.locator(f"#q1-{stars}").check(force=True)
        tab.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Send answers").tap()
    expect(page.locator("h1")).to_have_text("Thank you!")
    page.reload()  # sends the form again: the same answers, still one response
    expect(page.locator("h1")).to_have_text("Thank you!")
    other.get_by_role("button", name="Send answers").tap()
    expect(other.locator("h1")).to_have_text("Already answered")
    page.goto(address)
    expect(page.locator("h1")).to_have_text("Already answered")
    assert ports.surveys.tallies["loc-1", "after-visit"].responses == 1


def test_nothing_is_wider_than_a_small_phone(page: Page, base: str) -> None:
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(f"{base}/s/loc-1/{TOKEN}")
    for box in (one.bounding_box() for one in page.locator("main *:visible").all()):
        assert box is None or box["x"] + box["width"] <= 320
    for control in page.locator("label.star, label.choice, button, textarea").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44  # WCAG 2.2, 2.5.5: a finger's size


def test_unsubscribing_and_coming_back(
    page: Page, base: str, ports: FakePorts, refusals: list[str], tmp_path: Path
) -> None:
    key = ports.suppressions.keep_link_key("loc-1", b"k" * 32)
    page.goto(f"{base}/u/loc-1/{make_token(key, 'loc-1', 'ada@example.com', 'en')}")
    expect(page.locator("h1")).to_have_text("Unsubscribe?")
    assert not ports.suppressions.stored
    page.set_viewport_size({"width": PHONE["width"], "height": 400})
    picture(page, "unsubscribe-page.png", tmp_path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("You are unsubscribed")
    assert len(ports.suppressions.stored) == 1
    page.get_by_role("button", name="Subscribe again").tap()
    expect(page.locator("h1")).to_have_text("You are subscribed again")
    assert not ports.suppressions.stored
    assert not refusals
