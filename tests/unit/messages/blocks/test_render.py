"""Blocks as a guest gets them: HTML and text say the same, in which values are only values."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.messages.blocks.model import Format
from bookflow.domain.rendering import TemplateError
from tests.soak import amounts
from tests.unit.messages.blocks.documents import (
    block,
    chip,
    filled,
    part,
    rendered,
    sample_variables,
    text,
)


class Reader(HTMLParser):
    """Reads HTML as a browser does: its text, and each tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_each_block_as_html_and_as_text() -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        (block("heading", "Hi", level=2, align="center"), '<h2 align="center">Hi</h2>', "Hi"),
        (
            block("paragraph", "Dear ", chip("customer.first_name"), ","),
            "<p>Dear Ada,</p>",
            "Dear Ada,",
        ),
        (
            block("paragraph", "a", {"type": "hard_break"}, text("b", "bold", "italic")),
            "<p>a<br><strong><em>b</em></strong></p>",
            "a\nb",
        ),
        (
            block("paragraph", text("our ", link="https://a.example/?a=1&b=2"),
                  text("page", "bold", link="https://a.example/?a=1&b=2"), "."),
            '<p><a href="https://a.example/?a=1&amp;b=2">our <strong>page</strong></a>.</p>',
            "our page (https://a.example/?a=1&b=2).",
        ),
        (block("paragraph"), "<p>&nbsp;</p>", ""),
        (block("divider"), "<hr>", "---"),
        (
            block("bullet_list", part("list_item", block("paragraph", "a"), block("paragraph", "b")),
                  part("list_item", block("paragraph", "c"))),
            "<ul><li>a<br>b</li><li>c</li></ul>",
            "- a\n  b\n- c",
        ),
        (
            block("ordered_list", part("list_item", block("paragraph", "a")), start=3),
            '<ol start="3"><li>a</li></ol>',
            "3. a",
        ),
        (block("html", html="<p>x {{ booking.id }}</p>"), "<p>x bk-4711</p>", "x bk-4711"),
    ]  # fmt: skip
    for written, html, plain in cases:
        assert rendered(written) == (html, plain)


def test_a_button_is_a_padded_cell_with_a_link() -> None:
    result = rendered(block("button", "Pay ", chip("booking.total_amount"), url="https://p.example/"
                            "?c={{ booking.confirmation_code }}&r={{ customer.last_name }}"))  # fmt: skip

    assert '<td class="bf-button" align="center"><a class="button bf-label" href="' in result.html
    assert 'href="https://p.example/?c=KAY-4711&amp;r=Lovelace">Pay €118.00</a>' in result.html
    assert result.text == "Pay €118.00\nhttps://p.example/?c=KAY-4711&r=Lovelace"


def test_an_image_has_its_width_its_text_and_its_link() -> None:
    image = block(
        "image", src="https://i.example/a.png", alt='A "kayak"', width=900, url="https://k.example"
    )
    result = rendered(image)

    assert '<a href="https://k.example"><img src="https://i.example/a.png"' in result.html
    assert 'alt="A &quot;kayak&quot;" width="526">' in result.html
    assert result.text == 'A "kayak"\nhttps://k.example'


def test_columns_are_one_after_the_other_in_the_text_and_cells_in_outlook() -> None:
    result = rendered(
        block("columns", part("column", block("paragraph", "left")),
              part("column", block("panel", block("heading", "right", level=3))))
    )  # fmt: skip

    assert result.text == "left\n\nright"
    assert result.html.count("<!--[if mso]>") == result.html.count("<![endif]-->") == 3
    assert re.sub(r"<!--.*?-->", "", result.html).count("<td") == 5
    outlook = result.html.replace("<!--[if mso]>", "").replace("<![endif]-->", "")
    for name in ("table", "tr", "td", "div"):
        assert outlook.count(f"<{name}") == outlook.count(f"</{name}>")
    assert '<h3 class="bf-first">right</h3>' in result.html


def test_booking_details_speak_the_texts_language_and_leave_out_what_is_missing() -> None:
    rows = ["activity", "when", "place", "party_size", "total", "confirmation_code", "guest"]
    result = rendered(block("booking_details", rows=rows), block("divider"), language="de-DE")

    assert result.text == (
        "Was: Sunset Kayak Tour\n"
        "Wann: Samstag, 12. Juni 2027, 18:30 bis 20:30\n"
        "Wo: Dock 4, Müggelseedamm 70, 12587 Berlin\n"
        "Personen: 2\n"
        "Gesamtbetrag: 118,00\xa0€\n"
        "Buchungscode: KAY-4711\n"
        "Gast: Ada Lovelace, +49 151 2345 6789\n\n---"
    )
    read = Reader(result.html)
    assert [tag for tag, _ in read.tags].count("tr") == 8  # with that of the table around
    assert "Samstag, 12. Juni 2027" in read.text

    scope = sample_variables(phone=None)
    scope["booking"] = {**scope["booking"], "total_amount": None, "end_time": None}
    fewer = rendered(block("booking_details", rows=rows), variables=scope)
    assert "Total" not in fewer.html + fewer.text
    assert "2027, 18:30\nWhere" in fewer.text
    assert fewer.text.endswith("Guest: Ada Lovelace")


def test_social_links_are_words_that_need_no_images() -> None:
    links = [
        {"network": "instagram", "url": "https://instagram.com/k"},
        {"network": "x", "url": "https://x.com/{{ location.id }}"},
    ]
    result = rendered(block("social_links", links=links, align="center"))

    assert '<a href="https://instagram.com/k">Instagram</a>' in result.html
    assert '<a href="https://x.com/spree-kayaks">X</a>' in result.html
    assert result.text == "Instagram: https://instagram.com/k\nX: https://x.com/spree-kayaks"


def test_labels_in_french_have_a_space_before_their_colon() -> None:
    links = [{"network": "x", "url": "https://x.com/k"}]
    details = block("booking_details", rows=["activity"])
    result = rendered(details, block("social_links", links=links), language="fr-FR")

    assert result.text == "Activité\xa0: Sunset Kayak Tour\n\nX\xa0: https://x.com/k"


def test_a_block_whose_rule_is_not_met_is_in_neither() -> None:
    blocks = (
        block("paragraph", "first"),
        block("paragraph", "Call ", chip("customer.phone"), show_if=filled("customer.phone")),
        block("panel", block("paragraph", "inner", show_if=filled("customer.phone"))),
    )
    with_phone, without = (
        rendered(*blocks),
        rendered(*blocks, variables=sample_variables(phone=None)),
    )

    assert with_phone.text == "first\n\nCall +49 151 2345 6789\n\ninner"
    assert without == ("<p>first</p>", "first")


def test_values_keep_their_direction_in_a_text_from_right_to_left() -> None:
    result = rendered(block("paragraph", "הזמנה ", chip("booking.id")), language="he")

    assert result.html == '<p>הזמנה <span dir="auto">bk-4711</span></p>'


@pytest.mark.parametrize(
    "written",
    [
        block("paragraph", chip("customer.phone", fallback="a}} phone")),
        block("paragraph", chip("customer.phone")
              | {"marks": text("", link="tel:{{ customer.phone }}")["marks"]}),
        block("booking_details", rows=["guest"]),
    ],
)  # fmt: skip
def test_a_phone_number_is_marked_so_that_it_keeps_to_one_line(written: dict[str, Any]) -> None:
    result = rendered(written)

    assert result.html.count('<span class="bf-phone">+49 151 2345 6789</span>') == 1
    assert result.html.count("bf-phone") == 1
    assert "+49 151 2345 6789" in result.text


def test_social_links_keep_their_order_in_a_text_from_right_to_left() -> None:
    links = [{"network": "x", "url": "https://x.com/k"}]
    result = rendered(block("social_links", links=links), language="he")

    assert '<a href="https://x.com/k"><span dir="auto">X</span></a>' in result.html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("date", "12 Jun 2027"),
        ("date_full", "Saturday, 12 June 2027"),
        ("date_long", "12 June 2027"),
        ("date_short", "12/06/2027"),
        ("datetime", "Sat, 12 Jun 2027, 18:30"),
        ("time", "18:30"),
        ("weekday", "Saturday"),
        (None, "Sat, 12 Jun 2027, 18:30"),
    ],
)
def test_a_chip_writes_a_time_in_its_format(written: Format | None, shown: str) -> None:
    assert rendered(block("paragraph", chip("booking.start_time", format=written))).text == shown


def test_a_fallback_stands_for_a_missing_and_for_an_empty_value() -> None:
    line = block("paragraph", "Dear ", chip("customer.first_name", fallback="guest {{ x }} '\\"))

    for name in (None, ""):
        result = rendered(line, variables=sample_variables(first_name=name))
        assert result.text == "Dear guest {{ x }} '\\"
        assert Reader(result.html).text == result.text
    formatted = block("paragraph", "Due ", chip("booking.due_at", format="date", fallback="soon"))
    assert rendered(formatted).text == "Due soon"


def test_a_missing_value_without_a_fallback_names_its_block() -> None:
    with pytest.raises(TemplateError) as raised:
        rendered(
            block("html", html="<p>\n\n</p>"),
            block("paragraph", "Dear ", chip("customer.nickname"), ","),
            block("divider"),
        )
    assert str(raised.value).startswith("Text 'Dear …,': customer.nickname has no value here.")


PATHS = {
    "event.guests.0.name": ("event", {"guests": [{"name": "Bo"}]}),
    "event.Größe": ("event", {"Größe": "Bo"}),
    "event.two-words": ("event", {"two-words": "Bo"}),
    "event.in": ("event", {"in": "Bo"}),
    "event.a:b": ("event", {"a:b": "Bo"}),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_chip_reads_any_name_that_an_event_may_have(path: str) -> None:
    root, value = PATHS[path]
    assert rendered(block("paragraph", chip(path)), variables={root: value}).text == "Bo"


LITERALS = st.text(
    st.one_of(
        st.sampled_from("{}%#<>&\"'\\+- \n=/;:x1"),
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=40,
)
"""Texts that a person can type, with many of the signs that mean something to a machine."""


@pytest.mark.parametrize("examples", amounts(150, soak=5_000))
def test_literal_text_of_any_kind_comes_out_as_itself(examples: int) -> None:
    from hypothesis import settings

    @settings(max_examples=examples, deadline=None)
    @given(st.lists(LITERALS, min_size=1, max_size=4), LITERALS)
    def holds(texts: list[str], alt: str) -> None:
        nodes = [each for one in texts for each in (text(one), chip("booking.id"))]
        result = rendered(
            block("paragraph", "[", *nodes, "]"),
            block("image", src="https://i.example/a", alt=f"[{alt}]"),
        )
        expected = "[" + "".join(f"{one}bk-4711" for one in texts) + "]"
        read = Reader(result.html)

        assert read.text.startswith(expected)
        assert next(attrs for tag, attrs in read.tags if tag == "img")["alt"] == f"[{alt}]"
        assert [tag for tag, _ in read.tags if tag not in ("p", "table", "tr", "td")] == ["img"]
        assert result.text.startswith(expected)

    holds()


@pytest.mark.parametrize(
    "literal",
    [
        "{{",
        "{%",
        "{#",
        "{% raw %}",
        "{% endraw %}",
        "{{ '}}' }}",
        "{",
        "}}",
        "\0\0comment",
        "{%- if",
    ],
)
def test_braces_in_front_of_a_chip_stay_braces(literal: str) -> None:
    result = rendered(block("paragraph", literal, chip("booking.id"), literal))

    plain = literal.replace("\0", "")
    assert result.text == f"{plain}bk-4711{plain}"
    assert Reader(result.html).text == result.text


HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</td></table><style>*{display:none}</style>",
    "--><script>alert(1)</script><!--",
    "<![endif]--><svg onload=alert(1)>",
    "{{ location.name }}{% for x in y %}",
    "expression(alert(1))",
    "\r\nBcc: x@example.com",
    "&lt;script&gt;",
    "\u202e\u0000\ud800",
)  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_text_in_every_place_where_a_value_can_stand(value: str) -> None:
    name = "{{ customer.first_name }}"
    inline = [chip("customer.first_name"), text("x", link=f"https://a.example/?n={name}#{name}")]
    blocks = [
        block("heading", *inline),
        block("paragraph", *inline),
        block("bullet_list", part("list_item", block("paragraph", *inline))),
        block("button", chip("customer.first_name"), url=f"https://a.example/{name}?n={name}"),
        block("button", chip("customer.first_name"), url=f"mailto:a@example.com?subject={name}"),
        block("image", src=f"https://a.example/{name}", alt="a", url=f"https://a.example/{name}"),
        block("social_links", links=[{"network": "x", "url": f"https://x.com/{name}"}]),
        block("booking_details", rows=["guest", "activity", "place"]),
        block("panel", block("paragraph", *inline)),
        block("columns", part("column", block("paragraph", *inline)), part("column")),
    ]
    scope = sample_variables(first_name=value, last_name=value, phone=value)
    harmless = sample_variables(first_name="Ada", last_name="Bo", phone="+1")

    def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attrs)) for tag, attrs in Reader(html).tags]

    got, plain = rendered(*blocks, variables=scope), rendered(*blocks, variables=harmless)

    assert skeleton(got.html) == skeleton(plain.html)
    assert got.html.count("<!--") == plain.html.count("<!--")
    for tag, attrs in Reader(got.html).tags:
        if tag == "a":
            assert re.match(r"https://|mailto:a@example.com\?subject=", attrs["href"] or "")
            assert not re.search(r"[\s<>\"']", attrs["href"] or "")


@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_value_that_is_a_whole_address_cannot_run_code(value: str) -> None:
    for written in (
        block("button", "x", url="{{ customer.page }}"),
        block("paragraph", text("x", link=" {{ customer.page }}")),
        block("image", src="{{ customer.page }}", alt="x"),
        block("social_links", links=[{"network": "x", "url": "{{ customer.page }}"}]),
    ):
        with pytest.raises(TemplateError, match="scheme that is not allowed"):
            rendered(written, variables=sample_variables(page=value))
