"""What a block is called in messages to operators: its kind and the beginning of its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bookflow.domain.messages.blocks.model import (
    AnyBlock,
    ButtonBlock,
    Container,
    HeadingBlock,
    ImageBlock,
    ParagraphBlock,
    TextNode,
    VariableNode,
)
from bookflow.domain.shared.input_problems import visible

_KINDS: Final[Mapping[str, str]] = {
    "booking_details": "Booking details",
    "bullet_list": "List",
    "button": "Button",
    "column": "Column",
    "columns": "Columns",
    "divider": "Divider",
    "heading": "Heading",
    "html": "HTML",
    "image": "Image",
    "list_item": "List item",
    "ordered_list": "Numbered list",
    "panel": "Panel",
    "paragraph": "Text",
    "social_links": "Social links",
}

_CHARACTERS: Final = 40


def name_of(block: AnyBlock) -> str:
    """Return how an operator recognises a block: `Button 'Pay now'`, `Text 'Dear guest,'`."""
    text = " ".join(text_of(block).split())
    if len(text) > _CHARACTERS:
        text = text[:_CHARACTERS].rsplit(" ", 1)[0] + "…"
    kind = _KINDS[block.type]
    return f"{kind} '{visible(text)}'" if text else kind


def text_of(block: AnyBlock) -> str:
    """Return the first text in a block, with a chip's fallback in the place of its value."""
    if isinstance(block, HeadingBlock | ParagraphBlock | ButtonBlock):
        return "".join(
            each.text
            if isinstance(each, TextNode)
            else (each.attrs.fallback or "…")
            if isinstance(each, VariableNode)
            else " "
            for each in block.content
        )
    if isinstance(block, ImageBlock):
        return block.attrs.alt
    if isinstance(block, Container):
        return next(filter(None, map(text_of, block.content)), "")
    return ""
