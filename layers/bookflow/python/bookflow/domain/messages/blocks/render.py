"""Renders a document of blocks for one message: what is shown of it, as HTML and as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from bookflow.domain.messages.blocks.html import html_of_each
from bookflow.domain.messages.blocks.model import Block
from bookflow.domain.messages.blocks.names import name_of
from bookflow.domain.messages.blocks.text import text_sources
from bookflow.domain.messages.blocks.visible import visible
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.rendering import Mode, RenderSettings, TemplateError, render

_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n|\n\n+")


class RenderedBlocks(NamedTuple):
    """An e-mail's content without its layout, and its plain text."""

    html: str
    text: str


def render_blocks(
    blocks: Sequence[Block],
    variables: Mapping[str, Any],
    *,
    settings: RenderSettings,
    language: str,
    now: datetime | None = None,
    field: str | None = None,
) -> RenderedBlocks:
    """Render the blocks whose rules are met.

    Args:
        blocks: The document.
        variables: All that the message may name; the rules are judged over it, too.
        settings: The customs of the text.
        language: BCP 47 tag of the text, for the words of the booking's details.
        now: The present moment, for rules that are relative to it.
        field: The config field that holds the template, to be named in errors.

    Raises:
        TemplateError: A value is missing or cannot be written; the block is named.
    """
    shown = visible(blocks, variables, settings.timezone, now)
    sources = html_of_each(shown, language)
    try:
        html = render("\n".join(sources), variables, mode=Mode.HTML, settings=settings, field=field)
    except TemplateError as error:
        raise _in_block(error, shown, sources) from None
    return RenderedBlocks(html, _text(shown, variables, settings, language, field))


def _text(
    blocks: Sequence[Block],
    variables: Mapping[str, Any],
    settings: RenderSettings,
    language: str,
    field: str | None,
) -> str:
    parts: list[str] = []
    for mode, group in groupby(text_sources(blocks, language), key=lambda each: each[0]):
        source = "\n\n".join(each[1] for each in group)
        written = render(source, variables, mode=mode, settings=settings, field=field)
        parts.append(html_to_text(written) if mode is Mode.HTML else written)
    joined = "\n\n".join(part.strip("\n") for part in parts)
    return _EMPTY_LINES.sub("\n\n", joined).strip()


def _in_block(
    error: TemplateError, blocks: Sequence[Block], sources: Sequence[str]
) -> TemplateError:
    """Return the error with the name of its block in place of a line that nobody wrote."""
    last = 0
    for block, source in zip(blocks, sources, strict=True):
        last += source.count("\n") + 1
        if error.line is not None and error.line <= last:
            return TemplateError(
                f"{name_of(block)}: {error.bare_message}",
                remedy=error.remedy,
                variable=error.variable,
                field=error.field,
            )
    return error
