"""A document of blocks as what the pipeline of templates renders: HTML source and text source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bookflow.domain.messages.blocks.html import html_of_each
from bookflow.domain.messages.blocks.model import Block
from bookflow.domain.messages.blocks.names import name_of
from bookflow.domain.messages.blocks.text import text_source
from bookflow.domain.messages.blocks.visible import visible
from bookflow.domain.messages.wording import wording_for
from bookflow.domain.rendering import TemplateError


class CompiledBlocks(NamedTuple):
    """What an e-mail's two parts are rendered from.

    Attributes:
        text: Empty if the text has to be derived from the rendered HTML, as with raw HTML in it.
        names: The blocks as operators see them, each with the last line of its HTML.
    """

    html: str
    text: str
    names: tuple[tuple[int, str], ...]

    def in_block(self, error: TemplateError) -> TemplateError:
        """Return an error of the HTML with its block in place of a line that nobody wrote."""
        for last, name in self.names:
            if error.line is not None and error.line <= last:
                return TemplateError(
                    f"{name}: {error.bare_message}",
                    remedy=error.remedy,
                    variable=error.variable,
                    field=error.field,
                )
        return error


def compiled(
    blocks: Sequence[Block],
    language: str,
    variables: Mapping[str, Any] | None = None,
    *,
    now: datetime | None = None,
) -> CompiledBlocks:
    """Return the sources of the blocks whose rules are met.

    Args:
        blocks: The document.
        language: BCP 47 tag of the text, for the words of the booking's details; the location's
            own come first.
        variables: All that the message may name, the location included; without them every
            block is shown.
        now: The present moment, for rules that are relative to it.
    """
    location = (variables or {}).get("location") or {}
    shown = blocks
    if variables is not None:
        shown = visible(blocks, variables, location.get("timezone") or "UTC", now)
    say = wording_for([language], location.get("wordings"))
    sources, names, line = html_of_each(shown, language, say), [], 0
    for block, source in zip(shown, sources, strict=True):
        line += source.count("\n") + 1
        names.append((line, name_of(block)))
    return CompiledBlocks("\n".join(sources), text_source(shown, say), tuple(names))
