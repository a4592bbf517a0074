"""JSON bodies: the document is parsed once, and each rendering fills in its strings.

So no value can break the JSON. A placeholder outside of quotes, or alone in a string, keeps the
value's type; as a name, or among other text, it becomes text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from jinja2 import Template, nodes

from bookflow.domain.rendering import environment, limits, syntax
from bookflow.domain.rendering.modes import Mode, RenderSettings
from bookflow.domain.rendering.problems import TemplateError, TemplateProblem, TemplateSourceError
from bookflow.domain.rendering.values import Missing, Rendering, json_text, to_json

_STOP = re.compile(r'\\.|"|\{\{|\{%', re.DOTALL)


def _expression(quoted: str) -> re.Pattern[str]:
    """Return what reads an expression up to its `}}`, past texts that hold one."""
    single = r"'(?:[^'\\]|\\.)*+'"
    return re.compile(rf"""((?:{quoted}|{single}|(?!\}}\}})[^"'])*+)\}}\}}""", re.DOTALL)


_BARE = _expression(r'"(?:[^"\\]|\\.)*+"')
_IN_STRING = _expression(r'\\?"(?:[^"\\]|\\[^"])*+\\?"')
"""In a string of the document, an expression's own quotes may be escaped."""

_FIRST_MARK = 0xF0000
_MARK = re.compile("([\U000f0000-\U000ffffd])\\1*")
"""Stands for an expression while the document is parsed, and is as wide: offsets stay the same. The
character tells which; no script uses these."""


class Body(NamedTuple):
    """A JSON body, compiled.

    Attributes:
        document: As `json.loads` reads it, but an object is a tuple of its names and values; its
            strings hold marks.
        places: The line of each placeholder, and what its variable is called.
        template: Evaluates the placeholders.
    """

    document: Any
    places: list[tuple[int, str | None]]
    template: Template


def render_json_body(
    source: str,
    scope: Mapping[str, Any],
    settings: RenderSettings,
    *,
    max_output_bytes: int = limits.MAX_OUTPUT_BYTES,
) -> str:
    """Render a JSON document with placeholders; the result is always valid JSON (RFC 8259).

    Raises `TemplateError` (a `PermanentError`) that names the position.
    """
    body = compiled(source)
    rendering = Rendering(Mode.JSON, settings)
    environment.run(body.template, scope, rendering, max_output_bytes=max_output_bytes)
    filler = _Filler(body.places, rendering, max_output_bytes)
    try:
        text = json_text(filler.filled(body.document))
    except (ValueError, TypeError, RecursionError):
        raise TemplateError(
            "the body is not valid JSON once its values are in place.",
            remedy="Leave very deep or very large values out.",
        ) from None
    if len(text.encode()) > max_output_bytes:
        raise rendering.too_large(max_output_bytes)
    return text


@lru_cache(maxsize=limits.CACHED_TEMPLATES)
def compiled(source: str) -> Body:
    """Compile a JSON body; raise `TemplateSourceError` for a document that cannot become JSON."""
    document, expressions = read(source)
    places = [(each.lineno, syntax.label_of(each)) for each in expressions]
    kept: list[nodes.Expr] = [
        nodes.Filter(each, syntax.KEEP, [], [], None, None, lineno=each.lineno)
        for each in expressions
    ]
    tree = nodes.Template([nodes.Output(kept, lineno=1)], lineno=1)
    return Body(document, places, environment.build(tree))


def read(source: str) -> tuple[Any, list[nodes.Expr]]:
    """Read a JSON body: the document and its expressions, checked; raise `TemplateSourceError` for a document that cannot become JSON."""
    if len(source) > limits.MAX_SOURCE_BYTES:
        _refuse(
            source,
            0,
            f"the template is larger than {limits.MAX_SOURCE_BYTES // 1024} KiB.",
            "Send {{ eventData }} in place of many single values.",
        )
    marked, alone = _marked(source)
    document = _parsed(source, marked)
    tree = syntax.parse(environment.sandbox(), "".join(alone))
    found = [
        node
        for output in tree.body
        for node in (output.nodes if isinstance(output, nodes.Output) else [output])
        if not isinstance(node, nodes.TemplateData)
    ]
    expressions = [node for node in found if isinstance(node, nodes.Expr)]
    if not len(alone) == len(found) == len(expressions):
        _refuse(source, 0, "a placeholder cannot be read.", "Write {{ booking.id }}.")
    return document, expressions


def _marked(source: str) -> tuple[str, list[str]]:
    """Return the document with marks, and its placeholders, each after the line breaks before it."""
    written: list[str] = []
    alone: list[str] = []
    at = last = 0
    in_string = False
    while stop := _STOP.search(source, at):
        begin, text = stop.start(), stop[0]
        written.append(source[at:begin])
        at = stop.end()
        if text == "{%":
            _refuse(
                source,
                begin,
                "blocks such as {% if %} are not allowed in a JSON body.",
                "Write {{ 'yes' if booking.id else 'no' }}, or use a condition node.",
            )
        if text == "{{":
            found = (_IN_STRING if in_string else _BARE).match(source, at)
            if found is None:
                _refuse(source, begin, "a placeholder is not closed.", "Close it with }}.")
            mark = chr(_FIRST_MARK + len(alone))
            expression = found[1].replace('\\"', '"') if in_string else found[1]
            alone.append("\n" * source.count("\n", last, begin) + "{{ " + expression + " }}")
            at = last = found.end()
            width = at - begin
            text = mark * width if in_string else f'"{mark}"'.ljust(width)
        in_string ^= text == '"'
        written.append(text)
    return "".join([*written, source[at:]]), alone


def _parsed(source: str, marked: str) -> Any:
    try:
        document = json.loads(marked, object_pairs_hook=tuple, parse_constant=_no_constant)
        marks = [mark for text in _texts(document) for mark in _MARK.findall(text)]
    except json.JSONDecodeError as error:
        _refuse(
            source,
            error.pos,
            "the body is not valid JSON here",
            'Check quotes, commas and braces; text around a variable needs quotes: "{{ a }} b".',
        )
    except (ValueError, RecursionError):
        _refuse(source, 0, "the body is not valid JSON", "Write a smaller, plain document.")
    if marks != [chr(_FIRST_MARK + number) for number in range(len(marks))]:
        _refuse(source, 0, "the body holds a character of private use.", "Leave it out.")
    return document


def _texts(document: Any) -> Iterator[str]:
    """Yield all names and texts of a document, in order."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, list | tuple):
        for each in document:
            yield from _texts(each)


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


class _Filler:
    """Puts values into a document, and counts how large that makes it."""

    def __init__(
        self,
        places: Sequence[tuple[int, str | None]],
        rendering: Rendering,
        max_output_bytes: int,
    ) -> None:
        self._places = places
        self._rendering = rendering
        self._max_bytes = self._room = max_output_bytes

    def filled(self, node: Any) -> Any:
        """Return a part of the document with its values.

        Raises `TemplateError` where a value cannot stand, or makes the document too large.
        """
        if isinstance(node, str):
            return self._string(node, is_name=False)
        if isinstance(node, list):
            return [self.filled(each) for each in node]
        if not isinstance(node, tuple):
            return node
        found = {self._string(name, is_name=True): self.filled(value) for name, value in node}
        if len(found) < len(node):
            raise TemplateError(
                "two names in one JSON object are the same.",
                remedy="Begin names that hold a variable with a text of their own.",
            )
        return found

    def _string(self, text: str, *, is_name: bool) -> Any:
        """Return what a string becomes: the value itself, if it is no name and one alone."""
        literal, *others = _MARK.split(text)
        is_alone = len(others) == 2 and not literal and not others[1]
        if is_alone and not is_name:
            return self._value(others[0])
        for mark, following in zip(others[::2], others[1::2], strict=True):
            literal += self._text(mark, human=not is_alone) + following
        return literal

    def _value(self, mark: str) -> Any:
        value = self._rendering.kept[ord(mark) - _FIRST_MARK]
        if isinstance(value, Missing) and value.is_null:
            return None
        self._counted(mark, lambda: to_json(value))
        return value

    def _text(self, mark: str, *, human: bool) -> str:
        value = self._rendering.kept[ord(mark) - _FIRST_MARK]
        return self._counted(mark, lambda: self._rendering.text_of(value, human=human))

    def _counted(self, mark: str, write: Callable[[], str]) -> str:
        try:
            text = write()
            self._rendering.charge_for(text)
        except TemplateError as error:
            line, label = self._places[ord(mark) - _FIRST_MARK]
            raise error.about(label, line) from None
        self._room -= len(text)
        if self._room < 0:
            raise self._rendering.too_large(self._max_bytes)
        return text


def _refuse(source: str, at: int, message: str, remedy: str) -> NoReturn:
    line = source.count("\n", 0, at) + 1
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    text = f"{message.rstrip('.')} (column {column})."
    raise TemplateSourceError([TemplateProblem(line, text, remedy)])
