"""The layout of e-mails: the content untouched but for styles, in the location's name."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.records import Location
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.messages.email_layout import (
    DEFAULT_BRAND,
    LINK_COLOR,
    READABLE,
    Brand,
    contrast,
    in_layout,
    is_whole_document,
    styled,
)
from bookflow.domain.rendering import RenderSettings
from bookflow.domain.shared.html_tags import HtmlError
from bookflow.gallery import ready_made
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.preview.preview_template import render_preview

LOCATION = Location(id="l", name='Kayaks & "Co" <x>', address="Dock 4\nBerlin")


def laid_out(content: str, location: Location = LOCATION, url: str | None = None) -> str:
    settings = RenderSettings("en-GB", "UTC")
    return in_layout(
        content, subject="A < B", location=location, settings=settings, unsubscribe_url=url
    )


def test_name_address_and_subject_are_escaped() -> None:
    html = laid_out("<p>Hi</p>")
    assert "Kayaks &amp; &quot;Co&quot; &lt;x&gt;" in html
    assert "<title>A &lt; B</title>" in html
    assert "Dock 4" in html
    assert "<x>" not in html


def test_language_and_direction_stand_on_a_cell_too_as_web_mail_drops_those_of_the_page() -> None:
    settings = RenderSettings("he-IL", "UTC")
    html = in_layout("<p>Hi</p>", subject="S", location=LOCATION, settings=settings)
    assert html.count('lang="he" dir="rtl"') == 2
    assert 'class="bf-outer" lang="he" dir="rtl"' in html


def test_the_way_out_is_there_only_when_it_is_given() -> None:
    url = "https://b.example/u/1?a=1&b=2"
    assert 'href="https://b.example/u/1?a=1&amp;b=2"' in laid_out("<p>Hi</p>", url=url)
    assert "nsubscribe" not in laid_out("<p>Hi</p>")


def test_the_beginning_of_the_text_is_the_preheader() -> None:
    html = laid_out("<h1>Hello</h1><p>Ada &amp; Bo</p>" + "<p>more</p>" * 100)
    hidden = html.partition("mso-hide:all;")[2].partition("</div>")[0]
    assert hidden.startswith('">Hello Ada &amp; Bo more')
    assert len(hidden) < 140


def test_content_that_looks_like_the_place_for_content_stays_where_it_is() -> None:
    location = Location(id="l", name="<!--content-->")
    html = laid_out("<p>Hi</p>", location)
    assert html.count("<!--content-->") == 0
    assert html.count(">Hi</p>") == 1


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"brand_color": "#AbC012"}, ("#AbC012", None)),
        ({"brand_color": "red;}</style><script>"}, (DEFAULT_BRAND, None)),
        ({"brand_color": 7, "logo_url": 7}, (DEFAULT_BRAND, None)),
        ({"logo_url": "https://x.example/l.png"}, (DEFAULT_BRAND, "https://x.example/l.png")),
        ({"logo_url": "http://x.example/l.png"}, (DEFAULT_BRAND, None)),
        ({"logo_url": "javascript:alert(1)"}, (DEFAULT_BRAND, None)),
        ({"logo_url": 'https://x.example/"onerror="x'}, (DEFAULT_BRAND, None)),
    ],
)
def test_a_brand_is_a_colour_and_an_https_logo_or_left_out(
    extra: dict[str, object], expected: tuple[str, str | None]
) -> None:
    brand = Brand.of(Location.model_validate({"id": "l", **extra}))
    assert (brand.color, brand.logo_url) == expected


@given(st.integers(0, 0xFFFFFF))
def test_text_on_and_in_the_brand_s_colour_can_be_read(number: int) -> None:
    brand = Brand(color=f"#{number:06x}")
    assert contrast(brand.text_color, brand.color) >= 4.2
    assert contrast(brand.link_color, "#ffffff") >= READABLE
    assert brand.link_color in {brand.color, LINK_COLOR}


def test_plain_tags_get_styles_and_own_styles_win() -> None:
    html = styled('<P>a</P><p style="x:y">b</p>\n<a class="button" href="u">c</a>', Brand())
    assert html.startswith('<P style="margin:0 0 16px;">a</P><p style="x:y">b</p>')
    assert f"background:{DEFAULT_BRAND}" in html


ANY_TEXT = st.text(alphabet=st.sampled_from('<>/"=! -\n&;pabt1h\u00e4'), max_size=80)
PLAIN_HTML = st.lists(
    st.one_of(
        ANY_TEXT.map(lambda text: text.replace("<", "")),
        st.sampled_from(
            ["<p>", "</p>", "<a\nhref='<p>' x>", "<P class=button/>", "< ", "<!--<p>-->"]
        ),
    )
).map("".join)


@given(st.one_of(ANY_TEXT, PLAIN_HTML))
def test_taking_the_styles_out_again_gives_the_content_byte_by_byte(content: str) -> None:
    brand = Brand()
    try:
        html = styled(content, brand)
    except HtmlError:
        assert "<" in content
        return
    for style in _all_styles(brand):
        html = html.replace(f' style="{style}"', "")
    assert html == content


def _all_styles(brand: Brand) -> list[str]:
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if name == "style" and value)

    tags = ["h1", "h2", "h3", "p", "ul", "ol", "li", "table", "th", "td", "a", "hr", "img"]
    Reader().feed(styled("".join(f"<{tag}>" for tag in tags), brand))
    return sorted(found, key=len, reverse=True)


@pytest.mark.parametrize(
    ("html", "whole"),
    [("<!doctype html><HTML lang=en>", True), ("<html>", True), ("<p>html</p>", False)],
)
def test_a_whole_document_is_reported_from_content(html: str, whole: bool) -> None:
    assert is_whole_document(html) is whole


@pytest.mark.parametrize("template_id", sorted(ready_made_templates()))
@pytest.mark.parametrize(
    "trigger", ["Booking Created", "Booking Rescheduled", "Chat Message Created"]
)
def test_every_ready_made_template_comes_out(template_id: str, trigger: str) -> None:
    content = ready_made_templates()[template_id]
    shown = render_preview(content, trigger, sample_context())
    assert shown.problems == ()
    if content.channel != "sms":
        assert shown.html is not None
        assert len(shown.html) < 20_000  # far below the 102 KB at which Gmail cuts
        assert shown.text
        assert "Spree Kayaks" in shown.text or "booking" in shown.text.lower()
    if content.channel != "email":
        assert shown.sms_size is not None
        assert (shown.sms_size.encoding, shown.sms_size.segments <= 2) == ("GSM-7", True)


def test_the_gallery_holds_what_its_workflows_name() -> None:
    named = {
        node.config["template"]
        for export in ready_made().values()
        for node in export.graph.nodes
        if "template" in node.config
    }
    for_operators = {"booking-reschedule", "visit-follow-up", "survey-invitation"}
    assert set(ready_made_templates()) == named | for_operators
