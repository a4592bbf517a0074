"""The block document of an e-mail: typed nodes, in the form in which ProseMirror stores them.

Depth is bounded by the types: columns hold no columns, panels no columns and no panels, lists no
lists. So a document has at most six levels of blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from bookflow.domain.flow.conditions.config import RuleData
from bookflow.domain.flow.variables import MAX_PATH_LENGTH
from bookflow.domain.rendering.limits import MAX_SOURCE_BYTES
from bookflow.domain.shared.records import StoredModel

MAX_BLOCKS = 500
"""Blocks of one document, those inside of others included."""

MAX_ADDRESS = 2_000
"""Characters of an address, as it is written."""

PATH = r"^[^\W\d_]\w*(\.[^\s.'\"{}\\\x00-\x1f\x7f]+)*$"
"""A variable's path: `booking.start_time`, or `booking.extras.0.name` for one item of a list."""

Align = Literal["left", "center", "right"]

Format = Literal[
    "date",
    "date_short",
    "date_long",
    "date_full",
    "weekday",
    "time",
    "datetime",
    "money",
    "number",
    "upper",
    "lower",
    "title",
    "capitalize",
]
"""How a chip writes its value: the filter of that name, a date in one of its lengths."""

DetailRow = Literal[
    "activity",
    "when",
    "date",
    "time",
    "place",
    "party_size",
    "total",
    "confirmation_code",
    "guest",
]
"""A row of the booking's details; `when` is date and times in one."""

Network = Literal[
    "facebook",
    "google",
    "instagram",
    "linkedin",
    "pinterest",
    "tiktok",
    "tripadvisor",
    "website",
    "whatsapp",
    "x",
    "youtube",
]

ShowIf = TypeAliasType("ShowIf", RuleData)
"""A rule as in a condition. A type of its own, so that the API's schema describes it once."""


class LinkAttrs(StoredModel):
    """Where a link leads. What editors add for browsers (`target`, `rel`) is left out."""

    model_config = ConfigDict(extra="ignore")

    href: str = Field(default="", max_length=MAX_ADDRESS, description="May hold {{ variables }}")


class BoldMark(StoredModel):
    """Makes a text bold."""

    type: Literal["bold"]


class ItalicMark(StoredModel):
    """Makes a text italic."""

    type: Literal["italic"]


class LinkMark(StoredModel):
    """Makes a text a link."""

    type: Literal["link"]
    attrs: LinkAttrs = LinkAttrs()


Mark = Annotated[BoldMark | ItalicMark | LinkMark, Field(discriminator="type")]


class InlineNode(StoredModel):
    """What stands in a line."""

    marks: tuple[Mark, ...] = Field(default=(), max_length=3)


class TextNode(InlineNode):
    """Literal text: braces in it are braces."""

    type: Literal["text"]
    text: str = Field(min_length=1, max_length=MAX_SOURCE_BYTES)


class VariableAttrs(StoredModel):
    """Which value a chip shows.

    Attributes:
        fallback: What stands for a value that is missing or empty; may be empty itself.
    """

    path: str = Field(max_length=MAX_PATH_LENGTH, pattern=PATH, examples=["customer.first_name"])
    fallback: str | None = Field(default=None, max_length=500)
    format: Format | None = None


class VariableNode(InlineNode):
    """A chip: the value of a variable."""

    type: Literal["variable"]
    attrs: VariableAttrs


class HardBreak(InlineNode):
    """A new line inside of a paragraph."""

    type: Literal["hard_break"]


Inline = Annotated[TextNode | VariableNode | HardBreak, Field(discriminator="type")]
LabelPart = Annotated[TextNode | VariableNode, Field(discriminator="type")]


class BlockAttrs(StoredModel):
    """What every block can say of itself."""

    show_if: ShowIf | None = Field(
        default=None, description="The rule under which the block is in a message; null: always"
    )


class AlignedAttrs(BlockAttrs):
    """Where a block stands in its line."""

    align: Align | None = Field(default=None, description="Null: where the language's lines begin")


class HeadingAttrs(AlignedAttrs):
    """How large a heading is."""

    level: Literal[1, 2, 3] = 1


class HeadingBlock(StoredModel):
    """A heading."""

    type: Literal["heading"]
    attrs: HeadingAttrs = HeadingAttrs()
    content: tuple[Inline, ...] = ()


class ParagraphBlock(StoredModel):
    """A paragraph of text."""

    type: Literal["paragraph"]
    attrs: AlignedAttrs = AlignedAttrs()
    content: tuple[Inline, ...] = ()


class ListItem(StoredModel):
    """An item of a list."""

    type: Literal["list_item"]
    content: tuple[ParagraphBlock, ...] = ()


class BulletListBlock(StoredModel):
    """A list with bullets."""

    type: Literal["bullet_list"]
    attrs: BlockAttrs = BlockAttrs()
    content: tuple[ListItem, ...] = ()


class OrderedListAttrs(BlockAttrs):
    """Where a numbered list begins."""

    start: int = Field(default=1, ge=0, le=9_999)


class OrderedListBlock(StoredModel):
    """A numbered list."""

    type: Literal["ordered_list"]
    attrs: OrderedListAttrs = OrderedListAttrs()
    content: tuple[ListItem, ...] = ()


class ButtonAttrs(AlignedAttrs):
    """Where a button leads."""

    url: str = Field(default="", max_length=MAX_ADDRESS, description="May hold {{ variables }}")


class ButtonBlock(StoredModel):
    """A link that looks like a button."""

    type: Literal["button"]
    attrs: ButtonAttrs = ButtonAttrs()
    content: tuple[LabelPart, ...] = ()


class ImageAttrs(AlignedAttrs):
    """Which image is shown.

    Attributes:
        alt: What stands for it where images are not loaded or not seen.
        width: In pixels; wider ones are fitted to the text.
        url: Where a click leads.
    """

    src: str = Field(default="", max_length=MAX_ADDRESS, description="May hold {{ variables }}")
    alt: str = Field(default="", max_length=500)
    width: int | None = Field(default=None, ge=1, le=2_000)
    url: str = Field(default="", max_length=MAX_ADDRESS, description="May hold {{ variables }}")


class ImageBlock(StoredModel):
    """An image by its address."""

    type: Literal["image"]
    attrs: ImageAttrs = ImageAttrs()


class DividerBlock(StoredModel):
    """A line between two parts."""

    type: Literal["divider"]
    attrs: BlockAttrs = BlockAttrs()


class BookingDetailsAttrs(BlockAttrs):
    """Which of the booking's details are shown, in their order."""

    rows: tuple[DetailRow, ...] = Field(
        default=("activity", "when", "place", "party_size", "total", "confirmation_code"),
        max_length=20,
    )


class BookingDetailsBlock(StoredModel):
    """A table of the booking's details; rows without a value are left out."""

    type: Literal["booking_details"]
    attrs: BookingDetailsAttrs = BookingDetailsAttrs()


class SocialLink(StoredModel):
    """A page on a social network."""

    network: Network
    url: str = Field(default="", max_length=MAX_ADDRESS, description="May hold {{ variables }}")


class SocialLinksAttrs(AlignedAttrs):
    """The pages in their order."""

    links: tuple[SocialLink, ...] = Field(default=(), max_length=20)


class SocialLinksBlock(StoredModel):
    """Links to the location's pages on social networks."""

    type: Literal["social_links"]
    attrs: SocialLinksAttrs = SocialLinksAttrs()


class HtmlAttrs(BlockAttrs):
    """HTML and Jinja of the operator's own."""

    html: str = Field(default="", max_length=MAX_SOURCE_BYTES)


class HtmlBlock(StoredModel):
    """Raw HTML, by the rules of templates that are written in HTML."""

    type: Literal["html"]
    attrs: HtmlAttrs = HtmlAttrs()


PlainBlock = (
    HeadingBlock
    | ParagraphBlock
    | BulletListBlock
    | OrderedListBlock
    | ButtonBlock
    | ImageBlock
    | DividerBlock
    | BookingDetailsBlock
    | SocialLinksBlock
    | HtmlBlock
)


class PanelBlock(StoredModel):
    """A box around blocks."""

    type: Literal["panel"]
    attrs: BlockAttrs = BlockAttrs()
    content: tuple[Annotated[PlainBlock, Field(discriminator="type")], ...] = ()


class ColumnBlock(StoredModel):
    """One of two columns."""

    type: Literal["column"]
    content: tuple[Annotated[PlainBlock | PanelBlock, Field(discriminator="type")], ...] = ()


class ColumnsBlock(StoredModel):
    """Two columns side by side; on phones one above the other."""

    type: Literal["columns"]
    attrs: BlockAttrs = BlockAttrs()
    content: tuple[ColumnBlock, ...] = Field(default=(), min_length=2, max_length=2)


Block = PlainBlock | PanelBlock | ColumnsBlock
AnyBlock = Block | ColumnBlock | ListItem
"""A block, or a part of one that holds blocks."""


Container = PanelBlock | ColumnsBlock | ColumnBlock | BulletListBlock | OrderedListBlock | ListItem
"""What holds blocks."""


def walk(blocks: Sequence[AnyBlock]) -> Iterator[AnyBlock]:
    """Yield blocks with all that is inside of them, in the order of reading."""
    for block in blocks:
        yield block
        if isinstance(block, Container):
            yield from walk(block.content)


def _within_limits(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    if sum(1 for _ in walk(blocks)) > MAX_BLOCKS:
        raise PydanticCustomError(
            "too_many_blocks",
            "has more than {limit} blocks. Split it into several e-mails.",
            {"limit": MAX_BLOCKS},
        )
    if len(_ADAPTER.dump_json(blocks, exclude_unset=True)) > MAX_SOURCE_BYTES:
        raise PydanticCustomError(
            "blocks_too_large",
            "is larger than {limit} KiB. Shorten its texts.",
            {"limit": MAX_SOURCE_BYTES // 1024},
        )
    return blocks


_Listed = tuple[Annotated[Block, Field(discriminator="type")], ...]
_ADAPTER: TypeAdapter[_Listed] = TypeAdapter(_Listed, config=ConfigDict(defer_build=True))

Blocks = Annotated[_Listed, Field(max_length=MAX_BLOCKS), AfterValidator(_within_limits)]
"""A whole document, for a field of a model: at most 500 blocks and 128 KiB of JSON."""
