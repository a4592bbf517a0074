"""E-mails made of blocks in a real browser: as mail programs show them, and as web mail does.

Web mail drops `html`, `head` and its style sheet, and `body`: what is left has its inline styles.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.messages.wording import text_direction
from bookflow.domain.templates import TemplateContent
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.preview.preview_template import render_preview
from tests.browser.emails import ALL_BLOCKS, HEBREW_CONFIRMATION
from tests.unit.messages.blocks.documents import block, chip, document

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
KEEP_IMAGES = os.environ.get("BOOKFLOW_WRITE_IMAGES") == "1"
LANGUAGES = (
    "en-GB",
    "de-DE",
    "fr-FR",
    "es-ES",
    "it-IT",
    "pt-PT",
    "nl-NL",
    "pl-PL",
    "he-IL",
    "ar-EG",
)
E_MAILS = sorted(name for name, made in ready_made_templates().items() if made.channel != "sms")
WIDTHS = (390, 800)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

READABLE = """() => {
  const luminance = (color) => {
    const parts = color.match(/[\\d.]+/g).map(Number).slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!/rgba\\(.*, 0\\)/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const pair = [getComputedStyle(element).color, behind(element)].map(luminance);
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) found.push(`${walker.currentNode.data.trim()}: ${contrast.toFixed(1)}`);
  }
  return found;
}"""
"""Texts whose contrast is below WCAG 2.2, 1.4.3."""


LINES = "all => all.map((each) => Math.round(each.getBoundingClientRect().height / 25))"
"""How many lines each element has."""

BROKEN_WORDS = """(cells) => cells.flatMap((cell) => {
  const found = [];
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => box.y)).size > 1) found.push(word[0]);
    }
  }
  return found;
})"""
"""Words that stand on two lines."""


def in_language(language: str) -> BookingContext:
    """Return the sample's booking of a location and a guest of a language."""
    sample = sample_context()
    assert sample.customer is not None
    return sample.model_copy(
        update={
            "location": sample.location.model_copy(update={"locale": language}),
            "customer": sample.customer.model_copy(update={"locale": language}),
        }
    )


def html_of(content: TemplateContent, language: str) -> str:
    changed = content.changed(language=language)
    return render_preview(changed, "Booking Created", in_language(language)).html or ""


def in_web_mail(html: str) -> str:
    """Return what is left of an e-mail in web mail, on its page."""
    body = re.search(r"<body[^>]*>(.*)</body>", html, re.DOTALL)
    assert body is not None
    return (
        '<!doctype html><meta name="viewport" content="width=device-width">'
        f'<body style="margin:0"><div>{body[1]}</div>'
    )


@pytest.fixture
def mail(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    yield page
    context.close()


def show(mail: Page, html: str, width: int, scheme: Literal["light", "dark"]) -> None:
    mail.set_viewport_size({"width": width, "height": 900})
    mail.emulate_media(color_scheme=scheme)
    mail.set_content(html)


def check(mail: Page, language: str) -> None:
    assert mail.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert mail.evaluate(READABLE) == []
    direction = mail.locator("td.bf-content").evaluate("cell => getComputedStyle(cell).direction")
    assert direction == text_direction(language)


def check_every_way(mail: Page, content: TemplateContent, language: str) -> None:
    html = html_of(content, language)
    for width in WIDTHS:
        for scheme in SCHEMES:
            for shown in (html, in_web_mail(html)):
                show(mail, shown, width, scheme)
                check(mail, language)


@pytest.mark.parametrize("language", ["en-GB", "he-IL", "ar-EG", "de-DE", "pl-PL"])
def test_all_blocks_fit_and_can_be_read_on_every_screen(mail: Page, language: str) -> None:
    content = TemplateContent(name="All", subject="All blocks", blocks=document(*ALL_BLOCKS))
    check_every_way(mail, content, language)


@pytest.mark.soak
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", E_MAILS)
def test_a_ready_made_e_mail_fits_in_every_language(mail: Page, name: str, language: str) -> None:
    check_every_way(mail, ready_made_templates()[name], language)


@pytest.mark.parametrize("language", ["en-GB", "he-IL"])
def test_columns_stand_side_by_side_where_there_is_room_without_a_style_sheet(
    mail: Page, language: str
) -> None:
    content = TemplateContent(name="All", subject="All blocks", blocks=document(*ALL_BLOCKS))
    shown = in_web_mail(html_of(content, language))
    places = (
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.x, box.y, box.width])"
    )

    show(mail, shown, 800, "light")
    (one, other) = mail.locator(".bf-column").evaluate_all(places)
    assert one[1] == other[1]
    assert (one[0] < other[0]) == (text_direction(language) == "ltr")
    assert one[2] == other[2]

    show(mail, shown, 390, "light")
    (one, other) = mail.locator(".bf-column").evaluate_all(places)
    assert one[1] < other[1]
    assert one[0] == other[0]
    assert one[2] > 250


@pytest.mark.parametrize("language", ["en-GB", "fr-FR", "it-IT", "he-IL"])
def test_phone_numbers_and_words_of_the_booking_details_keep_to_one_line(
    mail: Page, language: str
) -> None:
    rows = ["activity", "when", "place", "confirmation_code", "guest"]
    blocks = document(
        block("paragraph", "Reply or call us on ", chip("location.phone"), "."),
        block("booking_details", rows=rows),
    )
    html = html_of(TemplateContent(name="A", subject="A", blocks=blocks), language)
    for width in range(375, 461, 10):
        for shown in (html, in_web_mail(html)):
            show(mail, shown, width, "light")
            assert mail.locator(".bf-phone").evaluate_all(LINES) == [1, 1], width
            assert mail.locator(".bf-details th, .bf-details td").evaluate_all(BROKEN_WORDS) == []


@pytest.mark.parametrize("language", ["en-GB", "ar-EG"])
def test_social_links_follow_each_other_as_their_language_is_read(
    mail: Page, language: str
) -> None:
    content = TemplateContent(name="All", subject="All blocks", blocks=document(*ALL_BLOCKS))
    show(mail, html_of(content, language), 640, "light")
    first, second = (
        mail.get_by_role("link", name=name).evaluate("link => link.getBoundingClientRect().x")
        for name in ("Instagram", "Tripadvisor")
    )
    assert (first < second) == (text_direction(language) == "ltr")


@pytest.mark.parametrize(
    ("picture", "content", "language", "width", "scheme"),
    [
        ("email-blocks.png", ALL_BLOCKS, "en-GB", 800, "light"),
        ("email-blocks-phone-dark.png", ALL_BLOCKS, "en-GB", 390, "dark"),
        ("email-hebrew.png", HEBREW_CONFIRMATION, "he-IL", 800, "light"),
        ("email-hebrew-phone.png", HEBREW_CONFIRMATION, "he-IL", 390, "light"),
    ],
)
def test_pictures_for_the_documents(
    mail: Page,
    tmp_path: Path,
    picture: str,
    content: list[dict[str, object]],
    language: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    template = TemplateContent(name="T", subject="Your booking", blocks=document(*content))
    take_picture(mail, tmp_path, picture, template, language, width, scheme)


@pytest.mark.parametrize(
    ("name", "language", "width", "scheme"),
    [
        ("booking-confirmation", "en-GB", 800, "light"),
        ("booking-reschedule", "de-DE", 390, "dark"),
        ("booking-cancellation", "pl-PL", 390, "light"),
        ("come-back", "ar-EG", 800, "dark"),
    ],
)
def test_a_ready_made_template_fits_and_can_be_read(
    mail: Page, name: str, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    show(mail, html_of(ready_made_templates()[name], language), width, scheme)
    check(mail, language)


def take_picture(
    mail: Page,
    tmp_path: Path,
    picture: str,
    template: TemplateContent,
    language: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    """Take a picture of an e-mail, for the documents if they are to be written anew."""
    show(mail, html_of(template, language), width, scheme)
    check(mail, language)
    path = (IMAGES if KEEP_IMAGES else tmp_path) / picture
    mail.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 10_000  # more than an empty page
