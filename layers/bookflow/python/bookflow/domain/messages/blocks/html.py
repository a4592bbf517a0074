"""Writes blocks as HTML for mail programs: tables, and classes that the layout turns into styles.

What a block is becomes plain tags, tables where Outlook needs them, and classes; `email_layout`
gives them inline styles in the location's colours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from bookflow.domain.messages.blocks.details import Detail, detail
from bookflow.domain.messages.blocks.model import (
    Align,
    AnyBlock,
    BoldMark,
    BookingDetailsBlock,
    BulletListBlock,
    ButtonBlock,
    ColumnBlock,
    ColumnsBlock,
    DividerBlock,
    HeadingBlock,
    HtmlBlock,
    ImageBlock,
    Inline,
    ItalicMark,
    LinkMark,
    ListItem,
    Network,
    OrderedListBlock,
    PanelBlock,
    ParagraphBlock,
    SocialLinksBlock,
    TextNode,
    VariableNode,
)
from bookflow.domain.messages.blocks.source import expression, literal_html, pieces, with_variables
from bookflow.domain.messages.wording import FALLBACK, Wording, text_direction, wording_for

NETWORKS: Final[Mapping[Network, str]] = {
    "facebook": "Facebook",
    "google": "Google",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "pinterest": "Pinterest",
    "tiktok": "TikTok",
    "tripadvisor": "Tripadvisor",
    "website": "Website",
    "whatsapp": "WhatsApp",
    "x": "X",
    "youtube": "YouTube",
}
"""What each network is called, in every language."""

TEXT_WIDTH = 526
"""Pixels of the layout's content: no image is wider."""

_PHONE = re.compile(r"\{\{\s*[\w.\[\]]+\.phone\b")

_TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


def html_of_each(
    blocks: Sequence[AnyBlock], language: str = FALLBACK, say: Wording | None = None
) -> list[str]:
    """Return the HTML source of each block, for a text in a language (BCP 47).

    Args:
        blocks: Any blocks.
        language: Decides the direction of reading.
        say: The words of the booking's details; by default those of the language.
    """
    return _HtmlWriter(language, say or wording_for([language])).each(blocks)


def link_of(node: Inline) -> str:
    """Return the address of a link in a line, empty for what is no link."""
    return next((mark.attrs.href for mark in node.marks if isinstance(mark, LinkMark)), "").strip()


class _HtmlWriter:
    def __init__(self, language: str, say: Wording) -> None:
        self._say = say
        # A phone number or a Latin name keeps its own direction in a line from right to left.
        self._is_rtl = text_direction(language) == "rtl"

    def each(self, blocks: Sequence[AnyBlock]) -> list[str]:
        return [self._writers[type(block)](self, block) for block in blocks]

    def _inside(self, blocks: Sequence[AnyBlock]) -> str:
        first, *rest = self.each(blocks) or [""]
        if blocks and isinstance(blocks[0], HeadingBlock):
            first = first.replace(">", ' class="bf-first">', 1)
        return "".join([first, *rest])

    def _heading(self, block: HeadingBlock) -> str:
        name = f"h{block.attrs.level}"
        return f"<{name}{_align(block.attrs.align)}>{self._line(block.content)}</{name}>"

    def _paragraph(self, block: ParagraphBlock) -> str:
        return f"<p{_align(block.attrs.align)}>{self._line(block.content) or '&nbsp;'}</p>"

    def _bullets(self, block: BulletListBlock) -> str:
        return f"<ul>{self._inside(block.content)}</ul>"

    def _numbers(self, block: OrderedListBlock) -> str:
        start = f' start="{block.attrs.start}"' if block.attrs.start != 1 else ""
        return f"<ol{start}>{self._inside(block.content)}</ol>"

    def _item(self, block: ListItem) -> str:
        return f"<li>{'<br>'.join(self._line(each.content) for each in block.content)}</li>"

    def _button(self, block: ButtonBlock) -> str:
        # The cell has colour and, for Outlook, the padding; the link has it for all others.
        return _boxed(
            '<table role="presentation" class="bf-button-table" cellpadding="0" cellspacing="0" border="0">'
            f'<tr><td class="bf-button" align="center"><a class="button bf-label" '
            f'href="{_address(block.attrs.url)}">{self._line(block.content)}</a></td></tr></table>',
            block.attrs.align,
        )

    def _image(self, block: ImageBlock) -> str:
        width = f' width="{min(block.attrs.width, TEXT_WIDTH)}"' if block.attrs.width else ""
        alt = literal_html(block.attrs.alt)
        image = f'<img src="{_address(block.attrs.src)}" alt="{alt}"{width}>'
        return _boxed(_linked(image, block.attrs.url), block.attrs.align)

    def _divider(self, _block: DividerBlock) -> str:
        return "<hr>"

    def _columns(self, block: ColumnsBlock) -> str:
        # Outlook gets a table's cells; others get boxes that stand in one row where there is room.
        one, other = (self._column(each, place == 0) for place, each in enumerate(block.content))
        cell = '<td width="50%" valign="top">'
        return (
            f'{_TABLE} class="bf-table"><tr><td class="bf-columns">'
            f"<!--[if mso]>{_TABLE}><tr>{cell}<![endif]-->{one}"
            f"<!--[if mso]></td>{cell}<![endif]-->{other}"
            "<!--[if mso]></td></tr></table><![endif]--></td></tr></table>"
        )

    def _column(self, block: ColumnBlock, is_first: bool) -> str:
        name = "column-first" if is_first else "column-second"
        return (
            f'<div class="bf-column">{_TABLE} class="bf-table"><tr><td class="bf-{name}">'
            f"{self._inside(block.content)}</td></tr></table></div>"
        )

    def _panel(self, block: PanelBlock) -> str:
        return _boxed(
            f'{_TABLE} class="bf-table"><tr><td class="bf-panel">{self._inside(block.content)}'
            "</td></tr></table>"
        )

    def _details(self, block: BookingDetailsBlock) -> str:
        rows = "".join(self._row(detail(row, self._say)) for row in block.attrs.rows)
        return _boxed(f'<table class="bf-details">{rows}</table>') if rows else ""

    def _row(self, row: Detail) -> str:
        lines = "".join(
            line.source(literal_html, "<br>" if place else "")
            for place, line in enumerate(row.lines)
        )
        value = f"<strong>{lines}</strong>" if row.is_strong else lines
        label = literal_html(row.label)
        return (
            f'{{% if {row.guard} %}}<tr><th scope="row" class="bf-detail">{label}</th>'
            f"<td>{self._isolated(_with_whole_phones(value))}</td></tr>{{% endif %}}"
        )

    def _social(self, block: SocialLinksBlock) -> str:
        links = " &nbsp;&middot;&nbsp; ".join(
            _linked(self._isolated(NETWORKS[link.network]), link.url) for link in block.attrs.links
        )
        return f'<p class="muted"{_align(block.attrs.align)}>{links}</p>' if links else ""

    def _html(self, block: HtmlBlock) -> str:
        return block.attrs.html

    def _line(self, nodes: Iterable[Inline]) -> str:
        return "".join(
            _linked("".join(map(self._inline, group)), address)
            for address, group in groupby(nodes, key=link_of)
        )

    def _inline(self, node: Inline) -> str:
        if isinstance(node, TextNode):
            written = literal_html(node.text)
        elif isinstance(node, VariableNode):
            written = self._isolated(_with_whole_phones(expression(node.attrs)))
        else:
            return "<br>"
        if any(isinstance(mark, ItalicMark) for mark in node.marks):
            written = f"<em>{written}</em>"
        if any(isinstance(mark, BoldMark) for mark in node.marks):
            written = f"<strong>{written}</strong>"
        return written

    def _isolated(self, value: str) -> str:
        return f'<span dir="auto">{value}</span>' if self._is_rtl else value

    _writers: Final[Mapping[type[AnyBlock], Callable[..., str]]] = {
        BookingDetailsBlock: _details,
        BulletListBlock: _bullets,
        ButtonBlock: _button,
        ColumnsBlock: _columns,
        DividerBlock: _divider,
        HeadingBlock: _heading,
        HtmlBlock: _html,
        ImageBlock: _image,
        ListItem: _item,
        OrderedListBlock: _numbers,
        PanelBlock: _panel,
        ParagraphBlock: _paragraph,
        SocialLinksBlock: _social,
    }


def _with_whole_phones(source: str) -> str:
    """Return source in which no line breaks inside a phone number, if the line can hold it."""
    return "".join(
        f'<span class="bf-phone">{piece}</span>' if is_variable and _PHONE.match(piece) else piece
        for is_variable, piece in pieces(source)
    )


def _boxed(content: str, align: Align | None = None) -> str:
    """Return content in a cell of its own: Outlook knows no margin of tables and images."""
    return f'{_TABLE} class="bf-table"><tr><td class="bf-box"{_align(align)}>{content}</td></tr></table>'


def _align(align: Align | None) -> str:
    return f' align="{align}"' if align else ""


def _linked(content: str, url: str) -> str:
    return f'<a href="{_address(url)}">{content}</a>' if url.strip() else content


def _address(url: str) -> str:
    return with_variables(url, literal_html)
