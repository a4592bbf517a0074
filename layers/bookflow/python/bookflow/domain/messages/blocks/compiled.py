"""A document of blocks as what the pipeline of templates renders: HTML source and text source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bookflow.domain.messages.blocks.html import html_of_each
from bookflow.domain.messages.blocks.model import Block
from bookflow.domain.messages.blocks.names import name_of
from bookflow.domain.messages.blocks.text import text_source
from bookflow.domain.messages.blocks.visible import visible
from bookflow.domain.messages.wording import OwnWordings, wording_for
from bookflow.domain.rendering import TemplateError


@dataclass(frozen=True)
class Occasion:
    """For which message blocks are compiled.

    Attributes:
        variables: All that the message may name; rules are judged over it.
        timezone: The location's.
        wordings: The location's own words, by language.
        now: The present moment; without it no comparison with now is met.
    """

    variables: Mapping[str, Any]
    timezone: str
    wordings: OwnWordings | None = None
    now: datetime | None = None


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
    blocks: Sequence[Block], language: str, occasion: Occasion | None = None
) -> CompiledBlocks:
    """Return the sources of the blocks whose rules are met.

    Args:
        blocks: The document.
        language: BCP 47 tag of the text, for the words of the booking's details.
        occasion: The message; without one every block is shown.
    """
    shown = blocks
    if occasion is not None:
        shown = visible(blocks, occasion.variables, occasion.timezone, occasion.now)
    say = wording_for([language], occasion.wordings if occasion else None)
    sources, names, line = html_of_each(shown, language, say), [], 0
    for block, source in zip(shown, sources, strict=True):
        line += source.count("\n") + 1
        names.append((line, name_of(block)))
    return CompiledBlocks("\n".join(sources), text_source(shown, say), tuple(names))
