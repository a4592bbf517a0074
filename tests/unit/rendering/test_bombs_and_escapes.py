"""Templates that try to break out, or to eat time and memory: each is refused, quickly and cheaply."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bookflow.actions.webhook import Webhook, WebhookConfig
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.rendering import (
    Mode,
    RenderSettings,
    TemplateError,
    check,
    environment,
    limits,
    render,
)
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.templates import Template
from bookflow.domain.templates.compose import compose_email

SETTINGS = RenderSettings("en-GB", "Europe/London")
SECONDS = 0.1
LARGE_SECONDS = 0.5
"""For a source of the greatest size, which is read several times; what reads it again from each of its
places takes five seconds and more."""

PEAK_BYTES = 20_000_000

YARDSTICK_SECONDS = 0.006
"""What `_yardstick` takes on the machine that the limits are meant for."""


class Secretive:
    """An object that a careless caller might put into a scope."""

    secret = "hunter2"

    def run(self) -> str:
        return self.secret


SCOPE: dict[str, Any] = {
    "booking": {"id": "b-1", "n": 3, "list": [1, 2, 3], "_hidden": "x", "huge": 10**5000},
    "customer": {"name": "x" * 100_000},
    "texts": ["y" * 1_000] * 500,
    "numbers": list(range(500)),
    "many": list(range(501)),
    "thing": Secretive(),
    "function": len,
    "module": time,
}

AT_SAVE = {
    "format filter": "{{ '%0100000000d' | format(1) }}",
    "center": "{{ 'a' | center(100000000) }}",
    "indent": "{{ 'a' | indent(100000000) }}",
    "wordwrap": "{{ 'a' | wordwrap(1) }}",
    "attr filter": "{{ '' | attr('__class__') }}",
    "map attribute": "{{ booking.list | map(attribute='__class__') | list }}",
    "safe": "{{ customer.name | safe }}",
    "tojson": "{{ customer.name | tojson }}",
    "pprint": "{{ booking | pprint }}",
    "xmlattr": "{{ booking | xmlattr }}",
    "groupby": "{{ numbers | groupby('x') }}",
    "batch": "{{ numbers | batch(100000000, 'x') | list }}",
    "slice filter": "{{ numbers | slice(100000000) | list }}",
    "string times number": "{{ 'a' * 1000000000 }}",
    "list times number": "{{ [1] * 1000000000 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "addition": "{{ customer.name + customer.name }}",
    "modulo format": "{{ '%0100000000d' % 1 }}",
    "slice": "{{ customer.name[::-1] }}",
    "class of a text": "{{ ''.__class__ }}",
    "class by key": "{{ ''['__class__'] }}",
    "subclasses": "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "mro by computed key": "{{ booking['__cl' ~ 'ass__'] }}",
    "hidden key": "{{ booking._hidden }}",
    "hidden name": "{{ _hidden }}",
    "self": "{{ self }}",
    "self attribute": "{{ self._TemplateReference__context }}",
    "cycler": "{{ cycler }}",
    "cycler call": "{{ cycler('a').__init__.__globals__ }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "lipsum call": "{{ lipsum(100000) }}",
    "joiner": "{{ joiner.__init__ }}",
    "namespace": "{% set ns = namespace(x=1) %}",
    "range": "{% for i in range(999999999) %}{{ i }}{% endfor %}",
    "dict": "{{ dict(a=1) }}",
    "method call": "{{ customer.name.format(1) }}",
    "str.join": "{{ ''.join(texts) }}",
    "format_map": "{{ '{0.__class__}'.format_map(booking) }}",
    "call of a value": "{{ function('a') }}",
    "set": "{% set x = 1 %}{{ x }}",
    "set block": "{% set x %}{{ customer.name }}{% endset %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "call block": "{% call foo() %}{% endcall %}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "from import": "{% from 'os' import system %}",
    "extends": "{% extends 'base' %}",
    "block": "{% block a %}{% endblock %}",
    "filter block": "{% filter upper %}a{% endfilter %}",
    "with": "{% with a = 1 %}{{ a }}{% endwith %}",
    "autoescape off": "{% autoescape false %}{{ customer.name }}{% endautoescape %}",
    "recursive loop": "{% for a in numbers recursive %}{{ loop(numbers) }}{% endfor %}",
    "loop cycle": "{% for a in numbers %}{{ loop.cycle('a') }}{% endfor %}",
    "loop object": "{% for a in numbers %}{{ loop }}{% endfor %}",
    "loop private": "{% for a in numbers %}{{ loop._iterator }}{% endfor %}",
    "unpacking": "{% for a, b in booking %}{{ a }}{% endfor %}",
    "star arguments": "{{ customer.name | replace(*texts) }}",
    "dict literal": "{{ {'a': 1} }}",
    "debug tag": "{% debug %}",
    "do tag": "{% do booking.list.append(1) %}",
    "internal lookup": "{{ booking | @lookup(1) }}",
    "test by function": "{{ booking is callable }}",
    "test filter": "{{ 'upper' is filter }}",
    "wrong arguments": "{{ customer.name | upper(1, 2, 3) }}",
    "huge integer": "{{ " + "9" * 60_000 + " }}",
    "huge integer with underscores": "{{ " + "1_" * 30_000 + "1 }}",
    "huge hexadecimal": "{{ 0x" + "f" * 60_000 + " }}",
    "huge float": "{{ " + "1" * 400 + ".5 }}",
    "deep parentheses": "{{ " + "(" * 30_000 + "a" + ")" * 30_000 + " }}",
    "deep lists": "{{ " + "[" * 30_000 + " }}",
    "deep not": "{{ " + "not " * 1_500 + "a }}",
    "long not": "{{ " + "not " * 16_000 + "a }}",
    "long path": "{{ a" + ".b" * 30_000 + " }}",
    "path beyond the depth": "{{ a" + " | upper" * 60 + " }}",
    "long filter chain": "{{ a" + "|upper" * 9_000 + " }}",
    "long and": "{{ a" + " and a" * 10_000 + " }}",
    "long join of texts": "{{ " + "a~" * 30_000 + "a }}",
    "long inline if": "{{ " + "a if a else " * 5_000 + "a }}",
    "deep if": "{% if a %}" * 300 + "{% endif %}" * 300,
    "deep for": "{% for a in numbers %}" * 7 + "{% endfor %}" * 7,
    "unclosed ifs": "{% if a %}" * 6_000,
    "unclosed tags": "{%" * 32_000,
    "unclosed raw": "{% raw %}" * 7_000,
    "unclosed variables": "{{" * 32_000,
    "blank tag": "{%" + " " * 65_000,
    "late error": "\n" * 65_000 + "{{",
    "many variables": "{{a}}" * 13_000,
    "many elifs": "{% if a %}" + "{% elif a %}" * 5_000 + "{% endif %}",
    "source too large": "x" * 10_000_000,
    "source too large in bytes": "é" * 70_000,
}

AT_RUN_TIME = {
    "nested loops": "{% for a in numbers %}{% for b in numbers %}{% for c in numbers %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "nested loops with output": "{% for a in numbers %}{% for b in numbers %}{{ b }}{% endfor %}"
    "{% endfor %}",
    "output cap in a loop": "{% for a in texts %}{{ customer.name }}{% endfor %}",
    "work in a condition": "{% for a in numbers %}{% if customer.name|upper|lower == 'a' %}"
    "{% endif %}{% endfor %}",
    "comparing in a loop": "{% for a in numbers %}{% for b in numbers %}{{ texts == texts }}"
    "{% endfor %}{% endfor %}",
    "joined texts": "{{ (" + " ~ ".join(["customer.name"] * 200) + ") | length }}",
    "join with a long glue": "{{ texts | join(customer.name) }}",
    "join": "{{ texts | join('" + "," * 50 + "') }}",
    "replace by more": "{{ customer.name | replace('x', '" + "y" * 200 + "') }}",
    "replace of nothing": "{{ customer.name | replace('', 'y') }}",
    "truncate far out": "{{ customer.name | truncate(100000000) }}",
    "number of many decimals": "{{ booking.n | number(100000000) }}",
    "many dates": "{% for a in numbers %}{{ '2026-12-12T10:00:00Z' | datetime }}{% endfor %}",
    "endless list": "{% for a in many %}{% endfor %}",
    "loop over a text": "{% for a in customer.name %}{{ a }}{% endfor %}",
    "huge number": "{{ booking.huge }}",
    "exponent": "{{ '1e999999999' | number }}",
    "exponent as money": "{{ '1e999999999' | money('EUR') }}",
    "style of many letters": "{{ '2026-12-12' | date('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') }}",
    "an object": "{{ thing }}",
    "an object's attribute": "{{ thing.secret }}",
    "an object's method": "{{ thing.run }}",
    "a function": "{{ function }}",
    "a module's attribute": "{{ module.time }}",
    "a list's method": "{{ booking.list.append }}",
    "a text's method": "{{ customer.name.format }}",
    "a mapping's method": "{{ booking.items }}",
}


AT_RUN_TIME_WITH_OUTPUT = (
    "nested loops with output",
    "output cap in a loop",
    "loop over a text",
    "joined texts",
    "huge number",
    "an object",
)
"""Those whose values come to be written, which each mode does in its own way."""

SYNTAX = (Mode.TEXT, Mode.JSON)
"""Syntax is read in one way for all modes but JSON, where the document is cut up first."""

SIZE = limits.MAX_SOURCE_BYTES
HTML_PIECES = (
    *("<", "<a ", "<a", "<a '", '<a "', "<a b='", "<a b=c ", "</", "</a ", "<!", "<!--", "<!["),
    *("<?", "<p>", "<a>", "<div> </div>", "<li>x", "<script>", "<style>", "<1", "&", "&#", "&a"),
)
HTML_BEGUN = (
    *(("<a ", "x"), ("<a ", "x "), ("<a b", " "), ("<a b=", " "), ("<a b='", "x"), ("<", "x")),
    *(("<!--", "-"), ("<script>", "</scrip"), ("<style>", "</"), ("</a", " "), ("<![if", " ")),
)
SYNTAX_PIECES = (
    *("{", "{{", "{{ ", "{{ a ", "{{ secret.", "{{ secret ", "{%", "{% ", "{#", "{{'", "}}", "}"),
    *("{% raw %}", "{{a}}"),
)
SYNTAX_BEGUN = (
    *(("{{", " "), ("{{ ", "a"), ("{{ '", "\\"), ("{% raw %}", "{%"), ("{{ secret", " ")),
)
JSON_PIECES = ('"', '"{{', "\\", "[", "1", "1_")
JSON_BEGUN = (('"', "\\"),)
URL_PIECES = ("?key", "&token", "://", "https://", "a.", "a:b@", "%2e/", "../", "secret.")
URL_BEGUN = (("https://a/", "?key"), ("https://", "a."), ("https://a/?", "key="))
SPACE_PIECES = (" ", "\n", "\u0301")


def _of_greatest_size(
    pieces: Iterable[str], begun: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """Return sources, each fit to send some reader back to its start again and again."""
    repeated = {repr(piece): (piece * SIZE)[: SIZE - 1] for piece in pieces}
    return repeated | {
        repr(f"{begin}{piece}"): (begin + piece * SIZE)[: SIZE - 1] for begin, piece in begun
    }


HTML_LARGE = _of_greatest_size(HTML_PIECES, HTML_BEGUN)
URL_LARGE = _of_greatest_size(URL_PIECES, URL_BEGUN)
SPACE_LARGE = _of_greatest_size(SPACE_PIECES)
LARGE = {
    **HTML_LARGE,
    **_of_greatest_size(SYNTAX_PIECES, SYNTAX_BEGUN),
    **_of_greatest_size(JSON_PIECES, JSON_BEGUN),
    **URL_LARGE,
    **SPACE_LARGE,
}
READ_BY: dict[Mode, dict[str, str]] = {
    Mode.TEXT: LARGE,
    Mode.JSON: LARGE,
    Mode.HTML: HTML_LARGE | SPACE_LARGE,
    Mode.URL: URL_LARGE | SPACE_LARGE | _of_greatest_size(("\\",)),
    Mode.FORM: URL_LARGE | SPACE_LARGE | _of_greatest_size(("&", "=", "%", "{", "[", "<")),
    Mode.HEADER: SPACE_LARGE,
    Mode.SMS: SPACE_LARGE,
}
"""The syntax is read in one way in all modes; beyond it, each reads what means something to it."""


def _yardstick() -> None:
    sum(number * number for number in range(100_000))


def _cpu(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def _seconds(act: Callable[[], object]) -> float:
    """Return the least CPU seconds of three tries, less on a machine that is slow just now."""
    seconds: list[float] = []
    for _ in range(3):
        seconds.append(_cpu(act))
        if seconds[-1] < SECONDS / 2:
            return seconds[-1]
        slowness = max(1.0, _cpu(_yardstick) / YARDSTICK_SECONDS)
        seconds[-1] /= slowness
    return min(seconds)


def _peak(act: Callable[[], object]) -> int:
    """Return the most bytes that it holds at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _require_cheap(act: Callable[[], object], seconds: float = SECONDS) -> None:
    assert _seconds(act) < seconds
    assert _peak(act) < PEAK_BYTES


def _refusal(source: str, mode: Mode) -> TemplateError:
    with pytest.raises(TemplateError) as refused:
        render(source, SCOPE, mode=mode, settings=SETTINGS)
    return refused.value


@pytest.fixture(scope="module", autouse=True)
def _loaded_libraries() -> None:
    """Load Jinja2 and Babel first: their import is not the template's cost."""
    render("{{ '2026-12-12T10:00:00Z' }}", {}, mode=Mode.TEXT, settings=SETTINGS)
    render("{{ 1 | money('EUR') }}", {}, mode=Mode.TEXT, settings=SETTINGS)


@pytest.mark.parametrize("mode", SYNTAX)
@pytest.mark.parametrize("source", AT_SAVE.values(), ids=AT_SAVE.keys())
def test_is_refused_at_save_and_at_run_time_quickly(source: str, mode: Mode) -> None:
    _require_cheap(lambda: _refusal(source, mode))
    assert _seconds(lambda: check(source, mode)) < SECONDS
    found = check(source, mode)
    assert found
    assert all(problem.line >= 1 and problem.message and problem.remedy for problem in found)


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in SYNTAX])
def test_no_mode_passes_over_the_syntax(mode: Mode) -> None:
    for source in AT_SAVE.values():
        assert check(source, mode) == check(source, Mode.TEXT)


@pytest.mark.parametrize("mode", SYNTAX)
@pytest.mark.parametrize("source", AT_RUN_TIME.values(), ids=AT_RUN_TIME.keys())
def test_is_stopped_at_run_time_quickly(source: str, mode: Mode) -> None:
    _require_stopped(source, mode)


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in SYNTAX])
@pytest.mark.parametrize("name", AT_RUN_TIME_WITH_OUTPUT)
def test_is_stopped_while_it_is_written(name: str, mode: Mode) -> None:
    # A URL and a form ask for more of their text than its values.
    begin = {Mode.URL: "https://a.example/", Mode.FORM: "a="}.get(mode, "")
    _require_stopped(begin + AT_RUN_TIME[name], mode)


def _require_stopped(source: str, mode: Mode) -> None:
    _require_cheap(lambda: _refusal(source, mode))
    refusal = _refusal(source, mode)
    assert "hunter2" not in str(refusal)
    assert "xxxx" not in str(refusal)


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        pytest.param(source, mode, id=f"{name}-{mode}")
        for mode, sources in READ_BY.items()
        for name, source in sources.items()
    ],
)
def test_a_large_source_is_read_in_time_at_save_and_at_run_time(source: str, mode: Mode) -> None:
    def at_run_time() -> None:
        with suppress(TemplateError):
            render(source, SCOPE, mode=mode, settings=SETTINGS)

    environment.compiled.cache_clear()
    assert _seconds(lambda: check(source, mode)) < LARGE_SECONDS
    environment.compiled.cache_clear()
    _require_cheap(at_run_time, LARGE_SECONDS)


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE.keys())
def test_an_e_mail_of_a_large_source_is_made_in_time(source: str) -> None:
    template = Template(
        location_id="l", id="t", name="n", subject="s", html=source, updated_at=datetime.now(UTC)
    )

    def compose() -> None:
        with suppress(PermanentError):
            compose_email(
                template, to="ada@example.com", variables=SCOPE, location=sample_context().location
            )

    _require_cheap(compose, LARGE_SECONDS)


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE.keys())
def test_a_webhook_of_large_texts_is_checked_and_masked_in_time(source: str) -> None:
    def validate() -> None:
        for config in (
            {"url": f"https://a.example/{source}"[:2048]},
            {"url": "https://a.example/", "headers": {"X-A": source[:4096]}},
            {"url": "https://a.example/", "body": source},
        ):
            with suppress(ValidationError):
                Webhook.masked(WebhookConfig.model_validate(config))

    _require_cheap(validate)


def test_output_cap_counts_bytes_and_stops_while_generating() -> None:
    walked: list[int] = []

    class Watched(list[int]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for item in list.__iter__(self):
                walked.append(item)
                yield item

    source = "{% for a in items %}éééé{% endfor %}"
    with pytest.raises(TemplateError, match="larger than 100 bytes"):
        render(
            source,
            {"items": Watched(range(400))},
            mode=Mode.TEXT,
            settings=SETTINGS,
            max_output_bytes=100,
        )
    assert len(walked) == 13


def test_every_problem_of_a_template_is_listed_with_its_line() -> None:
    source = "Hello\n{{ a.__class__ }}\n{{ b | safe }}\n{% set c = 1 %}"
    assert [problem.line for problem in check(source, Mode.TEXT)] == [2, 3, 4]


def test_hundreds_of_elifs_are_read_in_time() -> None:
    source = "{% if a %}" + "{% elif a %}b" * 300 + "{% endif %}"
    started = time.process_time()
    assert check(source, Mode.TEXT) == []
    assert time.process_time() - started < 1
