"""What operators write: variables, filters, conditions and loops, in each mode."""

from __future__ import annotations

import subprocess
import sys
import time
from enum import StrEnum
from typing import Any

import pytest
from markupsafe import Markup

from bookflow.domain.rendering import (
    Mode,
    RenderSettings,
    TemplateError,
    TemplateSourceError,
    check,
    filter_descriptions,
    referenced_variables,
    render,
)

SETTINGS = RenderSettings("en-GB", "Europe/London")


class Status(StrEnum):
    CONFIRMED = "confirmed"


SCOPE: dict[str, Any] = {
    "customer": {"first_name": "ann-marie o'brien", "phone": None, "html": Markup("<b>x</b>")},
    "booking": {
        "id": 7,
        "status": Status.CONFIRMED,
        "items": "a key, not a method",
        "guests": [{"name": "Ann"}, {"name": "Bo"}],
        "none": [],
    },
    "event": {"id": 1, "text": "é"},
    "u": "https://evil.example/x",
}


def shown(source: str, mode: Mode = Mode.TEXT) -> str:
    return render(source, SCOPE, mode=mode, settings=SETTINGS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "plain"),
        ("Hi {{ customer.first_name | title }}", "Hi Ann-Marie O'brien"),
        ("{{ customer.phone | default('none') }}", "none"),
        ("{{ customer.phone | upper | default('none') }}", "none"),
        ("{{ nothing.at.all | default('x') }}", "x"),
        ("{{ '' | default('x', true) }}", "x"),
        ("{% if customer.phone %}a{% elif booking.id == 7 %}b{% else %}c{% endif %}", "b"),
        ("{{ 'a' if booking.id > 3 and not customer.phone }}", "a"),
        ("{{ 'a' if booking.id < 3 }}", ""),
        ("{{ customer.phone is none }} {{ booking.id is defined }}", "true true"),
        ("{{ 'Ann' in 'Anna' }} {{ booking.status in ['confirmed'] }}", "true true"),
        ("{{ booking.status }}", "confirmed"),
        ("{{ booking.items }}", "a key, not a method"),
        ("{{ booking['id'] }} {{ booking.guests[1].name }}", "7 Bo"),
        ("{{ booking.guests[9].name | default('-') }}", "-"),
        ("{% for g in booking.guests %}{{ loop.index }}{{ g.name }} {% endfor %}", "1Ann 2Bo "),
        ("{% for g in booking.none %}x{% else %}nobody{% endfor %}", "nobody"),
        ("{{ booking.guests | length }} {{ (booking.guests | last).name }}", "2 Bo"),
        ("{{ booking.guests | join(' & ', attribute='name') }}", "Ann & Bo"),
        ("{{ 'a' ~ booking.id ~ true ~ 1.5 }}", "a7true1.5"),
        ("{{ 'one two three' | truncate(9) }}", "one two…"),
        ("{{ ' x ' | trim | upper | lower | capitalize }}", "X"),
        ("{{ 'a-b' | replace('-', '+') }}", "a+b"),
        ("{{ eventData }}", '{"id":1,"text":"é"}'),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ -5 }} {{ booking.id is odd }}", "-5 true"),
        ("{{ customer.html }}", "<b>x</b>"),
    ],
)
def test_text(source: str, expected: str) -> None:
    assert check(source, Mode.TEXT) == []
    assert shown(source) == expected


def test_a_value_that_calls_itself_safe_is_escaped_all_the_same() -> None:
    assert shown("<p>{{ customer.html }}</p>", Mode.HTML) == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


@pytest.mark.parametrize(
    "source",
    [
        "<script>let a = '{{ customer.first_name }}'</script>",
        "<style>a { color: {{ customer.first_name }} }</style>",
        "<a title={{ customer.first_name }}>x</a>",
        "<a {{ customer.first_name }}>x</a>",
        "<a onclick=\"f('{{ customer.first_name }}')\">x</a>",
        "<{{ customer.first_name }}>",
    ],
)
def test_html_refuses_variables_where_escaping_does_not_help(source: str) -> None:
    assert check(source, Mode.HTML)
    assert check(source, Mode.TEXT) == []


@pytest.mark.parametrize("link", ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", ":x"])
def test_html_links_cannot_run_code(link: str) -> None:
    source = '<a href="{{ link }}">x</a>'
    with pytest.raises(TemplateError, match="scheme"):
        render(source, {"link": link}, mode=Mode.HTML, settings=SETTINGS)
    assert "https://a.example/?a=1&amp;b" in render(
        source, {"link": "https://a.example/?a=1&b"}, mode=Mode.HTML, settings=SETTINGS
    )


@pytest.mark.parametrize(
    "source",
    [
        '<a href=" {{ link }}">x</a>',
        '<a href="\n\t{{ link }}">x</a>',
        "<a href='{{ nothing }}{{ link }}'>x</a>",
        '<a href="{% if link %}{{ link }}{% endif %}">x</a>',
    ],
)
def test_what_comes_to_nothing_before_a_links_address_does_not_hide_its_scheme(source: str) -> None:
    """A browser passes over white space there."""
    values = {"link": "javascript:alert(1)", "nothing": ""}
    with pytest.raises(TemplateError, match="scheme"):
        render(source, values, mode=Mode.HTML, settings=SETTINGS)
    safe = {**values, "link": "https://a.example/"}
    assert "https://a.example/" in render(source, safe, mode=Mode.HTML, settings=SETTINGS)


@pytest.mark.parametrize(
    "source",
    [
        "https://example.com{{ u }}",
        "https://{{ u }}/x",
        "https://example.com:{{ u }}",
        "https://user{{ u }}@example.com/",
        "htt{{ u }}",
        "https://example.com{{ '.evil.example' }}",
        "https://example.com{{ '@evil.example' }}",
        "{{ customer.first_name }}",
        "{{ 'javascript:alert(1)' }}",
        "https://example.com/a/{{ '..' }}/b",
    ],
)
def test_a_value_cannot_change_a_urls_host_or_climb_its_path(source: str) -> None:
    with pytest.raises(TemplateError):
        shown(source, Mode.URL)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ u }}", "https://evil.example/x"),
        ("https://{{ 'eu' }}.example.com/{{ 'a/b c' }}", "https://eu.example.com/a%2Fb%20c"),
        ("https://example.com:{{ 8443 }}/", "https://example.com:8443/"),
        (" https://example.com/{{ booking.id }}\n", "https://example.com/7"),
    ],
)
def test_urls(source: str, expected: str) -> None:
    assert shown(source, Mode.URL) == expected


@pytest.mark.parametrize("source", ["a\nb", "a\r\nBcc: x", "a\x00", "a{{ booking.id }}\n"])
def test_a_header_template_is_one_line(source: str) -> None:
    assert check(source, Mode.HEADER)
    with pytest.raises(TemplateSourceError):
        shown(source, Mode.HEADER)


def test_an_error_names_field_line_and_variable() -> None:
    with pytest.raises(TemplateError) as refusal:
        render(
            "Hi\n{{ customer.phone }}", SCOPE, mode=Mode.SMS, settings=SETTINGS, field="config.note"
        )
    assert str(refusal.value) == (
        "config.note: line 2: customer.phone has no value here."
        " Check its name, or add a default for it."
    )


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a\n{{ customer first }}", 2, "more than one thing"),
        ("a\n{% if x %}", 2, "not closed"),
        ("{% endif %}", 1, "has no block"),
        ("{% foo %}", 1, "foo is not known"),
        ("{{ x | nosuch }}", 1, "nosuch is not allowed"),
        ("{{ x | truncate(1, 2, 3, 4) }}", 1, "arguments"),
        ("{{ 'a }}", 1, "unexpected"),
    ],
)
def test_problems_have_a_line_and_a_remedy(source: str, line: int, words: str) -> None:
    (problem,) = check(source, Mode.TEXT)
    assert problem.line == line
    assert words in problem.message
    assert problem.remedy.endswith((".", "}."))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ a.b }}", {("a.b", False)}),
        ("{{ a.b | default('') }}", {("a.b", True)}),
        ("{{ a | upper | default('') }}", {("a", True)}),
        ("{% if a.b %}{{ a.b }}{{ a.c }}{% endif %}", {("a.b", True), ("a.c", False)}),
        ("{% if a is defined and b %}{{ a ~ b }}{% endif %}", {("a", True), ("b", True)}),
        ("{% if not a %}x{% else %}{{ a }}{% endif %}", {("a", True)}),
        ("{% if a or b %}{{ a }}{% endif %}", {("a", False), ("b", True)}),
        ("{{ a if a else b }}", {("a", True), ("b", False)}),
        ("{% if a == 'x' %}y{% endif %}", {("a", False)}),
        ("{% if a %}{{ a }}{% endif %}{{ a }}", {("a", False)}),
        (
            "{% for g in a.list %}{{ g.name }}{{ loop.index }}{% endfor %}",
            {("a.list", False), ("a.list.*.name", False)},
        ),
        ("{{ a[0].b }}", {("a.*.b", False)}),
        ("{{ x | money(y.z) }}", {("x", False), ("y.z", False)}),
        ("none", set()),
    ],
)
def test_variables_are_found_and_whether_they_may_be_missing(
    source: str, expected: set[tuple[str, bool]]
) -> None:
    assert {(str(path), path.guarded) for path in referenced_variables(source)} == expected


def test_every_filter_is_described() -> None:
    assert all(line and line.endswith(".") for line in filter_descriptions().values())


def test_a_kept_template_renders_in_a_fraction_of_its_compiling_time() -> None:
    source = "Hi {{ customer.first_name }}, booking {{ booking.id }} of {{ booking.status }}"
    started = time.process_time()
    shown(source, Mode.HTML)
    first = time.process_time() - started
    started = time.process_time()
    for _ in range(100):
        shown(source, Mode.HTML)
    assert (time.process_time() - started) / 100 < first / 3


def test_importing_the_package_loads_neither_jinja_nor_babel() -> None:
    program = (
        "import sys, bookflow.domain.rendering;"
        "print(sorted({'jinja2', 'babel'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert answer.stdout.strip() == "[]"
