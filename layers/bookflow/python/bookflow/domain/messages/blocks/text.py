"""Writes blocks as plain text, for mail programs that show no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bookflow.domain.messages.blocks.details import detail
from bookflow.domain.messages.blocks.html import NETWORKS, link_of
from bookflow.domain.messages.blocks.model import (
    AnyBlock,
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
    ListItem,
    OrderedListBlock,
    PanelBlock,
    ParagraphBlock,
    SocialLinksBlock,
    TextNode,
    VariableNode,
    walk,
)
from bookflow.domain.messages.blocks.source import expression, literal_text, with_variables
from bookflow.domain.messages.wording import Wording


def text_source(blocks: Sequence[AnyBlock], say: Wording) -> str:
    """Return the source of the plain text; `say` has the words of the booking's details.

    Empty if there is raw HTML among the blocks: the text is then derived from the rendered HTML.
    """
    if any(isinstance(block, HtmlBlock) for block in walk(blocks)):
        return ""
    return "\n\n".join(_paragraphs(blocks, say))


def _paragraphs(blocks: Sequence[AnyBlock], say: Wording) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, PanelBlock | ColumnsBlock | ColumnBlock):
            yield from _paragraphs(block.content, say)
        elif text := _text(block, say):
            yield text


def _text(block: AnyBlock, say: Wording) -> str:
    if isinstance(block, HeadingBlock | ParagraphBlock):
        return _line(block.content)
    if isinstance(block, BulletListBlock):
        return "\n".join(f"- {_item(each, 2)}" for each in block.content)
    if isinstance(block, OrderedListBlock):
        numbered = enumerate(block.content, block.attrs.start)
        return "\n".join(f"{number}. {_item(each, 3)}" for number, each in numbered)
    if isinstance(block, ButtonBlock):
        return _lines(_line(block.content), _address(block.attrs.url))
    if isinstance(block, ImageBlock):
        return _lines(literal_text(block.attrs.alt), _address(block.attrs.url))
    if isinstance(block, DividerBlock):
        return "---"
    if isinstance(block, BookingDetailsBlock):
        return _details(block, say)
    if isinstance(block, SocialLinksBlock):
        links = block.attrs.links
        return "\n".join(
            f"{NETWORKS[each.network]}{say.colon} {_address(each.url)}" for each in links
        )
    return ""


def _details(block: BookingDetailsBlock, say: Wording) -> str:
    written = []
    for row in (detail(name, say) for name in block.attrs.rows):
        lines = (
            line.source(literal_text, ", " if place else "") for place, line in enumerate(row.lines)
        )
        value = "".join(lines)
        written.append(
            f"{{% if {row.guard} %}}{literal_text(row.label)}{say.colon} {value}\n{{% endif %}}"
        )
    return "".join(written)


def _item(item: ListItem, indent: int) -> str:
    lines = "\n".join(_line(each.content) for each in item.content)
    return lines.replace("\n", "\n" + " " * indent)


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _line(nodes: Iterable[Inline]) -> str:
    return "".join(
        _linked("".join(map(_inline, group)), _address(url))
        for url, group in groupby(nodes, key=link_of)
    )


def _inline(node: Inline) -> str:
    if isinstance(node, TextNode):
        return literal_text(node.text)
    return expression(node.attrs) if isinstance(node, VariableNode) else "\n"


def _linked(label: str, address: str) -> str:
    if address in ("", label):
        return label
    bare = label.rstrip(" ")
    return f"{bare} ({address}){label[len(bare) :]}"


def _address(url: str) -> str:
    bare = url.strip()
    if bare.startswith("mailto:"):
        bare = bare.removeprefix("mailto:").partition("?")[0]
    return with_variables(bare.removeprefix("tel:"), literal_text)
