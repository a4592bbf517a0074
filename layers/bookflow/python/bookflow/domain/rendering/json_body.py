"""JSON body templates: a document in which no substituted value can break the JSON."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn

from bookflow.domain.rendering import limits
from bookflow.domain.rendering.json_encoding import JsonPosition
from bookflow.domain.rendering.modes import Mode, RenderSettings
from bookflow.domain.rendering.problems import TemplateError, TemplateProblem, TemplateSourceError

if TYPE_CHECKING:
    from jinja2 import Template, nodes


@dataclass(frozen=True, slots=True)
class Literal:
    """Text of the document as the operator wrote it."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A `{{ … }}`; `expression` is what stands within, `at` its offset in the template."""

    expression: str
    place: JsonPosition
    at: int

    @property
    def sample(self) -> str:
        """JSON text that may stand here, to check the document around it."""
        return {JsonPosition.VALUE: "null", JsonPosition.KEY: '"k"', JsonPosition.TEXT: "x"}[
            self.place
        ]


Piece = Literal | Placeholder


def render_json_body(
    template_text: str,
    scope: Mapping[str, Any],
    settings: RenderSettings,
    *,
    max_output_bytes: int = limits.MAX_OUTPUT_BYTES,
) -> str:
    """Render a JSON document with placeholders; the result is always valid JSON (RFC 8259).

    Raises `TemplateError` (a `PermanentError`) that names the position.
    """
    from bookflow.domain.rendering import environment

    text = environment.run(
        compiled(template_text),
        scope,
        mode=Mode.JSON,
        settings=settings,
        max_output_bytes=max_output_bytes,
    )
    try:
        json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise TemplateError(
            "the body is not valid JSON once its values are in place.",
            remedy="Leave very deep or very large values out.",
        ) from None
    return text


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TemplateError(
            "two names in one JSON object are the same.",
            remedy="Begin names that hold a variable with a text of their own.",
        )
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


@lru_cache(maxsize=limits.CACHED_TEMPLATES)
def compiled(source: str) -> Template:
    """Compile a JSON body; raise `TemplateSourceError` for a document that cannot become JSON."""
    from jinja2 import nodes

    from bookflow.domain.rendering import environment, syntax

    parts: list[nodes.Expr] = []
    for piece, expression in expressions(source):
        if isinstance(piece, Literal):
            parts.append(nodes.TemplateData(piece.text, lineno=1))
        elif expression is not None:
            line = expression.lineno
            facts = (line, piece.place.value, syntax.label_of(expression))
            arguments: list[nodes.Expr] = [nodes.Const(fact, lineno=line) for fact in facts]
            parts.append(
                nodes.Filter(expression, syntax.ENCODE, arguments, [], None, None, lineno=line)
            )
    return environment.build(nodes.Template([nodes.Output(parts, lineno=1)], lineno=1))


def expressions(source: str) -> list[tuple[Piece, nodes.Expr | None]]:
    """Split a JSON body into its pieces, each placeholder with its checked expression.

    Raises `TemplateSourceError`.
    """
    from jinja2 import nodes

    from bookflow.domain.rendering import environment, syntax

    pieces = split(source)
    _check_document(source, pieces)
    placeholders = [piece for piece in pieces if isinstance(piece, Placeholder)]
    tree = syntax.parse(environment.sandbox(), _only_expressions(source, placeholders))
    found = [
        node
        for output in tree.body
        if isinstance(output, nodes.Output)
        for node in output.nodes
        if not isinstance(node, nodes.TemplateData)
    ]
    if len(found) != len(placeholders) or not all(isinstance(n, nodes.Output) for n in tree.body):
        _refuse(source, 0, "a placeholder cannot be read.", "Write {{ booking.id }}.")
    remaining = iter(found)
    return [
        (piece, next(remaining) if isinstance(piece, Placeholder) else None) for piece in pieces
    ]


def _only_expressions(source: str, placeholders: list[Placeholder]) -> str:
    """Write the placeholders alone, each on the line where it stands in the document."""
    written: list[str] = []
    at = 0
    for placeholder in placeholders:
        written.append("\n" * source.count("\n", at, placeholder.at))
        written.append("{{ " + placeholder.expression.replace("\n", " ") + " }}")
        at = placeholder.at
    return "".join(written)


def split(source: str) -> list[Piece]:
    """Cut a JSON body into literal text and placeholders, and state where each one stands."""
    if len(source) > limits.MAX_SOURCE_BYTES:
        _refuse(
            source,
            0,
            f"the template is larger than {limits.MAX_SOURCE_BYTES // 1024} KiB.",
            "Send {{ eventData }} in place of many single values.",
        )
    return list(_Splitter(source).pieces())


class _Splitter:
    """Reads a JSON text once, from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._literal_from = 0

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces in order."""
        source = self._source
        while self._at < len(source):
            if source[self._at] == '"':
                yield from self._string()
            elif source.startswith("{{", self._at):
                yield from self._before(self._at)
                start = self._at
                expression = self._placeholder(in_string=False)
                yield Placeholder(expression, self._value_or_key(), start)
            else:
                self._refuse_block()
                self._at += 1
        yield from self._before(self._at)

    def _before(self, end: int) -> Iterator[Piece]:
        if end > self._literal_from:
            yield Literal(self._source[self._literal_from : end], self._literal_from)

    def _value_or_key(self) -> JsonPosition:
        """Tell a name from a value: in JSON only a name is followed by a colon."""
        after = self._at
        while after < len(self._source) and self._source[after] in " \t\r\n":
            after += 1
        return JsonPosition.KEY if self._source.startswith(":", after) else JsonPosition.VALUE

    def _string(self) -> Iterator[Piece]:
        source, opening = self._source, self._at
        self._at += 1
        if source.startswith("{{", self._at):
            before = list(self._before(opening))
            start = self._at
            expression = self._placeholder(in_string=True)
            if source.startswith('"', self._at):
                self._at = self._literal_from = self._at + 1
                yield from before
                yield Placeholder(expression, self._value_or_key(), start)
                return
            yield from before
            yield Literal('"', opening)
            yield Placeholder(expression, JsonPosition.TEXT, start)
        while self._at < len(source) and source[self._at] != '"':
            if source.startswith("{{", self._at):
                yield from self._before(self._at)
                start = self._at
                yield Placeholder(self._placeholder(in_string=True), JsonPosition.TEXT, start)
            else:
                self._refuse_block()
                self._at += 2 if source[self._at] == "\\" else 1
        self._at = min(self._at + 1, len(source))

    def _placeholder(self, *, in_string: bool) -> str:
        """Read from `{{` to its `}}`, past quoted text; an escaped quote counts in a string."""
        source, start = self._source, self._at
        at = start + 2
        quote = ""
        while at < len(source):
            if in_string and source.startswith('\\"', at):
                quote = _toggled(quote, '"')
                at += 2
            elif quote and source[at] == "\\":
                at += 2
            elif source[at] in "\"'":
                quote = _toggled(quote, source[at])
                at += 1
            elif not quote and source.startswith("}}", at):
                self._at = self._literal_from = at + 2
                text = source[start + 2 : at].strip()
                return text.replace('\\"', '"') if in_string else text
            else:
                at += 1
        _refuse(source, start, "a placeholder is not closed.", "Close it with }}.")

    def _refuse_block(self) -> None:
        if self._source.startswith("{%", self._at):
            _refuse(
                self._source,
                self._at,
                "blocks such as {% if %} are not allowed in a JSON body.",
                "Write {{ 'yes' if booking.id else 'no' }}, or use a condition node.",
            )


def _toggled(quote: str, found: str) -> str:
    return found if not quote else "" if quote == found else quote


def _check_document(source: str, pieces: list[Piece]) -> None:
    samples = [p.text if isinstance(p, Literal) else p.sample for p in pieces]
    try:
        json.loads("".join(samples), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        starts = [0, *accumulate(len(sample) for sample in samples)]
        index = min(bisect_right(starts, error.pos) - 1, len(pieces) - 1)
        at = 0
        if pieces:
            piece = pieces[index]
            at = piece.at + (error.pos - starts[index] if isinstance(piece, Literal) else 0)
        _refuse(
            source,
            at,
            "the body is not valid JSON here",
            'Check quotes, commas and braces; text around a variable needs quotes: "{{ a }} b".',
        )
    except (ValueError, RecursionError):
        _refuse(source, 0, "the body is not valid JSON", "Write a smaller, plain document.")


def _refuse(source: str, at: int, message: str, remedy: str) -> NoReturn:
    line = source.count("\n", 0, at) + 1
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    text = f"{message.rstrip('.')} (column {column})."
    raise TemplateSourceError([TemplateProblem(line, text, remedy)])
