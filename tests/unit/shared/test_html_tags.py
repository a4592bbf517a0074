"""HTML is read as a browser reads it, or refused with the place and the remedy."""

from __future__ import annotations

from html.entities import html5
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.shared.html_tags import (
    MAX_TAGS,
    HtmlError,
    pieces,
    require_plain,
    unescape_attribute,
)

NAMES = st.sampled_from(["p", "A", "h1", "o:p", "br"])
VALUES = st.text(alphabet="ab&;<> /={}\n\u00e4", max_size=8)
ATTRIBUTES = st.builds(
    lambda name, equals, value, quote: f"{name}{equals}{quote}{value}{quote}",
    st.sampled_from(["href", "CLASS", "data-x"]),
    st.sampled_from(["=", " = "]),
    VALUES,
    st.sampled_from("\"'"),
)
PLAIN = st.lists(
    st.one_of(
        st.text(alphabet="ab &;>\"'=/\n\u00e4", max_size=8),
        st.builds(lambda name: f"</{name}>", NAMES),
        st.builds(
            lambda name, attributes, end: f"<{' '.join([name, *attributes])}{end}",
            NAMES,
            st.lists(st.one_of(ATTRIBUTES, st.just("hidden"), st.just("id=a")), max_size=3),
            st.sampled_from([">", " >", "/>", " />"]),
        ),
        st.sampled_from(["<!-- <p> -->", "<!DOCTYPE html>", "<style>a > b { }</style>"]),
    ),
    max_size=12,
).map("".join)


class Browser(HTMLParser):
    """The standard library's reading of the same text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        first: dict[str, str] = {}
        for name, value in attrs:
            first.setdefault(name, value or "")
        self.found.append((tag, first))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)


@given(PLAIN)
def test_tags_are_those_that_the_standard_library_finds(source: str) -> None:
    browser = Browser()
    browser.feed(source)
    browser.close()
    read = [piece for piece in pieces(source) if not isinstance(piece, str)]
    # A tag that ends itself counts as an end tag too there, and not in HTML.
    starts = [(tag.name, tag.attributes) for tag in read if not tag.is_end]
    assert starts == [found for found in browser.found if isinstance(found, tuple)]
    assert all(source[: tag.name_end].lower().endswith(tag.name) for tag in read)


@pytest.mark.parametrize(
    "source",
    [
        "2 < 3 and 3 <4",
        "<!--[if mso]><td><![endif]-->",
        "<!--[if !mso]><!--><p>x</p><!--<![endif]-->",
        "<![if !mso]><p>x</p><![endif]>",
        '<?xml version="1.0"?><p>',
        "<a href=https://x.example/?a=b&c=d>x</a>",
        '<p class="a"title="b">x</p>',
        "<style>p > a { content: '<' }</style>",
        "<script>if (a<b) {}</script>",
    ],
)
def test_what_mail_templates_hold_is_plain(source: str) -> None:
    require_plain(source)


@pytest.mark.parametrize(
    ("source", "at", "message"),
    [
        ("ab<p", 2, "a tag is not closed"),
        ("<p class='a>x", 0, "a tag is not closed"),
        ("<p <b>x", 0, "a tag is not closed"),
        ("<p title=it's>", 0, "a tag is not closed"),
        ("x<![", 1, "a tag is not closed"),
        ("<![CDATA[x]]>", 0, "a tag is not closed"),
        ("write to <ada@example.com>", 9, "a tag is not closed"),
        ("<p>a<!-- b", 4, "a comment is not closed"),
        ("<p><style>p {}", 3, "the element style is not closed"),
        ("</", 0, "a tag is not closed"),
        ("<p>" * (MAX_TAGS + 1), 3 * MAX_TAGS, "more than 8,000 tags"),
    ],
)
def test_other_html_is_refused_with_place_and_remedy(source: str, at: int, message: str) -> None:
    with pytest.raises(HtmlError, match=message) as refused:
        require_plain(source)
    assert refused.value.at == at
    assert refused.value.remedy


WITHOUT_SEMICOLON = sorted(name for name in html5 if not name.endswith(";"))


@pytest.mark.parametrize("name", WITHOUT_SEMICOLON)
def test_a_name_in_an_address_is_no_character(name: str) -> None:
    for following in ("=7", "x=7", "9"):
        assert unescape_attribute(f"/b?id=7&{name}{following}") == f"/b?id=7&{name}{following}"
    for following in ("", "&x=7", "#there", "/", "-", "\u00e9"):
        read = unescape_attribute(f"/b?id=7&{name}{following}")
        assert read == f"/b?id=7{html5[name]}{following}"
    assert unescape_attribute(f"/b?id=7&{name};=7") == f"/b?id=7{html5[name + ';']}=7"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a&amp;b=1&#38;c&#x26;d", "a&b=1&c&d"),
        ("a&notit;b", "a&notit;b"),  # `not` without its end, and a letter after it.
        ("a&notin;b", "a\u2209b"),
        ("a&nosuchname;b & c", "a&nosuchname;b & c"),
        ("&CounterClockwiseContourIntegral;", "\u2233"),
        ("a&&amp;amp;&", "a&&amp;&"),
    ],
)
def test_other_references_of_attributes_are_read(written: str, read: str) -> None:
    assert unescape_attribute(written) == read
