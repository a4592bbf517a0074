"""Whatever a customer types, the result keeps its form: JSON, header, HTML, URL, SMS."""

from __future__ import annotations

import json
import unicodedata
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bookflow.domain.rendering import (
    Mode,
    RenderSettings,
    TemplateError,
    render,
    render_json_body,
)

SETTINGS = RenderSettings("en-GB", "Europe/London")

NASTY = [
    'O\'Brien "the boss"',
    "</script><script>alert(1)</script>",
    "{{ booking.id }} {% if x %} {# c #}",
    "}}{{ ''.__class__ }}",
    "line\r\nBcc: all@example.com\nx",
    "\u202eright to left\u202c שלום مرحبا",
    "👩‍👩‍👧 🇩🇪 e\u0301",
    "\x00\x01\x1b[31m\x7f\x85\u2028\u2029",
    '\\", "admin": true, "x": "\\',
    "\\u0022 \\n \\",
    "\ud800 lone surrogate",
    "../..//@evil.example:80?#&=%00 +",
    "x" * 100_000,
    '"' * 100_000,
    "<" * 40_000,
]
ANY_TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=200),
    st.text(alphabet="\"'\\{}%#<>&\r\n\t /:@.?é\u202e\ud83d", max_size=60),
)
JSON_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def scope(name: Any) -> dict[str, Any]:
    return {"customer": {"name": name}, "event": {"id": 1, "name": name}}


def with_each_nasty_text(test: Any) -> Any:
    for text in NASTY:
        test = example(text)(test)
    return test


def sound(text: str) -> str:
    """Return a text as any encoding can carry it."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def rendered_json(body: str, values: dict[str, Any]) -> str:
    return render(body, values, mode=Mode.JSON, settings=SETTINGS, max_output_bytes=2_000_000)


class Page(HTMLParser):
    """Collects the elements and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.titles: list[str | None] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.titles.extend(value for name, value in attrs if name == "title")
        assert {name for name, _ in attrs} <= {"title"}

    def handle_data(self, data: str) -> None:
        self.text += data


@with_each_nasty_text
@given(ANY_TEXT)
def test_any_name_gives_a_json_body_that_says_just_that_name(name: str) -> None:
    body = (
        '{"whole": "{{ customer.name }}", "bare": {{customer.name}}, '
        '"mixed": "Dear {{ customer.name }}!", "k {{ customer.name }}": 1, "event": {{eventData}},'
        ' "admin": false}'
    )
    result = json.loads(rendered_json(body, scope(name)))
    kept = sound(name)
    assert result == {
        "whole": kept,
        "bare": kept,
        "mixed": f"Dear {kept}!",
        f"k {kept}": 1,
        "event": {"id": 1, "name": kept},
        "admin": False,
    }


@given(JSON_VALUE)
def test_a_value_that_stands_alone_keeps_its_type(value: Any) -> None:
    body = '{"quoted": "{{ customer.name }}", "bare": [{{ customer.name }}, {{customer.name}}]}'
    result = json.loads(render_json_body(body, scope(value), SETTINGS))
    # Compared as text, since True == 1 in Python.
    assert json.dumps(result, sort_keys=True) == json.dumps(
        {"quoted": value, "bare": [value, value]}, sort_keys=True
    )


@with_each_nasty_text
@given(ANY_TEXT)
def test_any_name_gives_a_header_of_one_line(name: str) -> None:
    result = render(
        "Booking of {{ customer.name }}", scope(name), mode=Mode.HEADER, settings=SETTINGS
    )
    assert len(result.splitlines()) == 1
    assert not any(unicodedata.category(c) == "Cc" or c in "\u2028\u2029" for c in result)
    result.encode("utf-8")


@with_each_nasty_text
@given(ANY_TEXT)
def test_any_name_gives_html_with_no_element_or_attribute_of_its_own(name: str) -> None:
    result = render(
        '<p title="{{ customer.name }}">{{ customer.name }}</p>',
        scope(name),
        mode=Mode.HTML,
        settings=SETTINGS,
        max_output_bytes=2_000_000,
    )
    page = Page()
    page.feed(result)
    page.close()
    assert page.elements == ["p"]
    shown = "".join(c for c in sound(name) if unicodedata.category(c) != "Cc" or c in "\t\r\n\x85")
    shown = shown.replace("\ufffe", "").replace("\uffff", "")
    assert page.text == shown
    assert page.titles == [shown]


@with_each_nasty_text
@given(ANY_TEXT)
def test_any_name_stays_in_its_part_of_a_url(name: str) -> None:
    try:
        result = render(
            "https://api.example.com/v1/{{ customer.name }}/x?name={{ customer.name }}&admin=0",
            scope(name),
            mode=Mode.URL,
            settings=SETTINGS,
            max_output_bytes=2_000_000,
        )
    except TemplateError:
        assert name in (".", "..")
        return
    parts = urlsplit(result)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example.com", "")
    assert unquote(parts.path) == f"/v1/{sound(name)}/x"
    assert parts.path.count("/") == 3
    query = parse_qs(parts.query, keep_blank_values=True)
    assert query == {"name": [sound(name)], "admin": ["0"]}


@with_each_nasty_text
@given(ANY_TEXT)
def test_any_name_gives_an_sms_in_composed_form(name: str) -> None:
    result = render("Hi {{ customer.name }}", scope(name), mode=Mode.SMS, settings=SETTINGS)
    assert unicodedata.is_normalized("NFC", result)
    assert "\r" not in result
    result.encode("utf-8")


IN_EACH_MODE = {
    Mode.TEXT: "{{ customer.name }}",
    Mode.HTML: '<p title="{{ customer.name }}">{{ customer.name }}</p>',
    Mode.HEADER: "{{ customer.name }}",
    Mode.SMS: "{{ customer.name }}",
    Mode.JSON: '{"a": "{{ customer.name }}", "b": "x {{ customer.name }}", "e": {{ eventData }}}',
    Mode.URL: "https://example.com/?a={{ customer.name }}",
    Mode.FORM: "a={{ customer.name }}&b=1",
}


def rendered(source: str, name: str, mode: Mode) -> str | TemplateError:
    try:
        return render(source, scope(name), mode=mode, settings=SETTINGS)
    except TemplateError as refusal:
        return refusal


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("text", NASTY)
def test_a_long_value_comes_out_whole_or_is_named_with_the_remedy(mode: Mode, text: str) -> None:
    """At the caps that are in force: what is too much is never cut in silence."""
    name = (text * (100_000 // len(text) + 1))[:100_000]
    source = IN_EACH_MODE[mode]
    result = rendered(source, name, mode)
    if isinstance(result, TemplateError):
        assert result.variable == "customer.name"
        assert "customer.name" in str(result)
        assert "truncate" in (result.remedy or "")
        assert name not in str(result)
        source = source.replace("customer.name", "customer.name | truncate(1000)")
        result = rendered(source.replace("{{ eventData }}", "1"), name, mode)
    assert isinstance(result, str)
    if mode is Mode.JSON:
        assert set(json.loads(result)) == {"a", "b", "e"}
    elif mode is Mode.HTML:
        page = Page()
        page.feed(result)
        page.close()
        assert page.elements == ["p"]
    elif mode is Mode.HEADER:
        assert len(result.splitlines()) <= 1
    elif mode is Mode.URL:
        assert list(parse_qs(urlsplit(result).query, keep_blank_values=True)) == ["a"]
    elif mode is Mode.FORM:
        assert list(parse_qs(result, keep_blank_values=True)) == ["a", "b"]
    result.encode()


@pytest.mark.parametrize("name", [text for text in NASTY if len(text) < 1000])
def test_a_value_is_never_read_as_a_template_and_never_quoted_in_an_error(name: str) -> None:
    assert "b-1" not in render(
        "{{ customer.name }}", scope(name), mode=Mode.TEXT, settings=SETTINGS
    )
    for source in (
        "{{ customer.name | date }}",
        "{{ customer.name > 3 }}",
        "{{ customer.name | money }}",
    ):
        with pytest.raises(TemplateError) as refusal:
            render(source, scope(name), mode=Mode.TEXT, settings=SETTINGS)
        assert name not in str(refusal.value)
        assert refusal.value.__cause__ is None
