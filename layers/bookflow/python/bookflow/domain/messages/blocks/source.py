"""Writes literal texts, values and addresses as source of a template, in which nothing else is read."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bookflow.domain.messages.blocks.model import Format, VariableAttrs

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?")
_BRACES = re.compile(r"\{+")
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_POSITION = re.compile(r"[0-9]+")
_EXPRESSION = re.compile(
    r"""(\{\{(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|\}(?!\})|[^'"}])*+\}\})""", re.DOTALL
)

_FILTERS: Final[Mapping[Format, str]] = {
    "date_short": "date('short')",
    "date_long": "date('long')",
    "date_full": "date('full')",
}
"""Formats that are not the name of their filter."""


def literal_html(text: str) -> str:
    """Return source that writes the text itself, for HTML's text and attributes."""
    return html.escape(_plain(text), quote=True).replace("{", "&#123;")


def literal_text(text: str) -> str:
    """Return source that writes the text itself, in plain text."""
    # The plus signs keep the white space around; braces meet those of a variable behind them.
    return _BRACES.sub(
        lambda found: f"{{%+ raw %}}{found[0]}{{%+ endraw +%}}",
        _plain(text),
    )


def _plain(text: str) -> str:
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def expression(attrs: VariableAttrs) -> str:
    """Return what writes a chip's value: its path, its format, and its fallback."""
    first, *names = attrs.path.split(".")
    written = first + "".join(map(_step, names))
    if attrs.format is not None:
        written += f" | {_FILTERS.get(attrs.format, attrs.format)}"
    if attrs.fallback is not None:
        written += f" | default({_quoted(_plain(attrs.fallback))}, true)"
    return f"{{{{ {written} }}}}"


def _step(name: str) -> str:
    if _POSITION.fullmatch(name):
        return f"[{int(name[:20])}]"
    return f".{name}" if _NAME.fullmatch(name) else f"[{_quoted(name)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a text with `{{ variables }}`, each with whether it is one."""
    for place, piece in enumerate(_EXPRESSION.split(text)):
        if piece:
            yield place % 2 == 1, piece


def with_variables(text: str, literal: Callable[[str], str]) -> str:
    """Return source of a text with `{{ variables }}`: these as they are, the rest as literal text."""
    return "".join(
        piece if is_variable else literal(piece) for is_variable, piece in pieces(text.strip())
    )
