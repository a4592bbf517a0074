"""Finds what is wrong with a document of blocks, and the variables that it reads, block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from bookflow.domain.flow.conditions.checking import Choices, rule_problems
from bookflow.domain.flow.conditions.evaluation import surely_present, variables
from bookflow.domain.flow.variables import is_extra, kind_of, suggestion
from bookflow.domain.messages.blocks.html import NETWORKS, html_of_each, link_of
from bookflow.domain.messages.blocks.model import (
    AnyBlock,
    Block,
    BookingDetailsBlock,
    ButtonBlock,
    ColumnBlock,
    Container,
    Format,
    HeadingBlock,
    HtmlBlock,
    ImageBlock,
    Inline,
    ListItem,
    ParagraphBlock,
    SocialLinksBlock,
    VariableNode,
)
from bookflow.domain.messages.blocks.names import name_of, text_of
from bookflow.domain.messages.blocks.source import expression, pieces
from bookflow.domain.messages.email_layout import is_whole_document
from bookflow.domain.rendering import Mode, TemplateSourceError, check, referenced_variables

if TYPE_CHECKING:
    from bookflow.domain.rendering.variables import VariablePath

Place = tuple[int, ...]
"""A block's position in the document, then in the block, and so on; from 0."""


@dataclass(frozen=True)
class BlockProblem:
    """One thing to fix in a document.

    Attributes:
        message: What is wrong, the block named as an operator sees it.
        remedy: What to do, as a sentence.
        place: Where the block is; empty for the document as a whole.
        severity: Only errors forbid saving.
    """

    message: str
    remedy: str
    place: Place = ()
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class BlockVariable:
    """A variable that a block reads.

    Attributes:
        variable: It is guarded if the block allows for a missing value: by a fallback, or by its
            rule.
        block: The block as an operator sees it.
    """

    variable: VariablePath
    block: str

    @property
    def path(self) -> str:
        """Such as `customer.first_name`; `*` stands for any item of a list."""
        return str(self.variable)

    @property
    def guarded(self) -> bool:
        """Whether a missing value is allowed for."""
        return self.variable.guarded


@dataclass(frozen=True)
class _Found:
    """A block in its document.

    Attributes:
        present: Variables that surely have a value where the block is shown.
    """

    block: AnyBlock
    place: Place
    present: frozenset[str]


_START: Final = re.compile(r"https?://[^\s/?#]|mailto:.|tel:.|sms:.", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)

_KINDS_OF_FORMAT: Final[Mapping[Format, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("date", "date_short", "date_long", "date_full", "weekday", "time", "datetime"),
        ("datetime", "string"),
    ),
    "money": ("money",),
    "number": ("number",),
}


def block_problems(
    blocks: Sequence[Block],
    types: Mapping[str, str] | None = None,
    choices: Choices = MappingProxyType({}),
) -> list[BlockProblem]:
    """Return everything that is wrong with a document.

    Args:
        blocks: The document.
        types: Kind of each known variable by path; None leaves the variables unchecked.
        choices: The only texts that some of the variables can be.
    """
    found: list[BlockProblem] = []
    for each in _walk(blocks):
        found += _own_problems(each)
        found += _source_problems(each)
        found += _rule_problems(each, types, choices)
        found += _variable_problems(each, types or {}) if types is not None else ()
    if not found:
        found += _whole_problems(blocks)
    return found


def block_variables(blocks: Sequence[Block]) -> list[BlockVariable]:
    """Return the variables that a document reads, in the order of its blocks, rules included."""
    return [variable for each in _walk(blocks) for variable in _variables(each)]


def _walk(
    blocks: Sequence[AnyBlock], place: Place = (), present: frozenset[str] = frozenset()
) -> Iterator[_Found]:
    for position, block in enumerate(blocks):
        rule = _rule(block)
        here = present if rule is None else present | surely_present(rule)
        found = _Found(block, (*place, position), here)
        yield found
        if isinstance(block, Container):
            yield from _walk(block.content, found.place, here)


def _rule(block: AnyBlock) -> Mapping[str, Any] | None:
    return None if isinstance(block, ColumnBlock | ListItem) else block.attrs.show_if


def _problem(
    found: _Found, message: str, remedy: str, severity: Literal["error", "warning"] = "error"
) -> BlockProblem:
    return BlockProblem(f"{name_of(found.block)}: {message}", remedy, found.place, severity)


def _own_problems(found: _Found) -> Iterator[BlockProblem]:
    """Return what a kind of block lacks."""
    block = found.block
    if isinstance(block, ButtonBlock):
        if not text_of(block).strip():
            yield _problem(found, "the button has no text.", "Write what it leads to.")
        yield from _address_problems(found, "address", block.attrs.url, needed=True)
    elif isinstance(block, ImageBlock):
        yield from _address_problems(
            found, "address of the image", block.attrs.src, needed=True, is_image=True
        )
        yield from _address_problems(found, "address of the link", block.attrs.url)
        if not block.attrs.alt.strip():
            yield _problem(
                found,
                "there is no description of the image.",
                "Write what it shows, for guests who do not see it.",
                "warning",
            )
        if block.attrs.width is None:
            yield _problem(
                found,
                "the image has no width.",
                "Enter one in pixels: Outlook shows large images in full size.",
                "warning",
            )
    elif isinstance(block, SocialLinksBlock):
        for link in block.attrs.links:
            yield from _address_problems(
                found, f"address for {NETWORKS[link.network]}", link.url, needed=True
            )
        if not block.attrs.links:
            yield _problem(found, "there are no links.", "Add one, or remove the block.")
    elif isinstance(block, BookingDetailsBlock) and not block.attrs.rows:
        yield _problem(found, "there are no rows.", "Add one, or remove the block.")
    elif isinstance(block, HeadingBlock | ParagraphBlock):
        for address in dict.fromkeys(filter(None, map(_link, block.content))):
            yield from _address_problems(found, "address of the link", address, needed=True)
    elif isinstance(block, HtmlBlock) and is_whole_document(block.attrs.html):
        yield _problem(
            found,
            "a block cannot be a whole page.",
            "Leave out <html>, <head> and <body>, or write the template as HTML.",
        )


def _link(node: Inline) -> str | None:
    is_link = any(mark.type == "link" for mark in node.marks)
    return (link_of(node) or " ") if is_link else None


def _address_problems(
    found: _Found, name: str, url: str, *, needed: bool = False, is_image: bool = False
) -> Iterator[BlockProblem]:
    if not url.strip():
        if needed:
            yield _problem(found, f"the {name} is empty.", "Enter it, such as https://example.com.")
        return
    parts = list(pieces(url.strip()))
    literal = "".join(text for is_variable, text in parts if not is_variable)
    begins_with_variable, beginning = parts[0]
    if any(sign in literal for sign in ("{{", "{%", "}}")):
        yield _problem(
            found,
            f"the {name} has braces that hold no variable.",
            "Write variables as {{ booking.id }}; blocks such as {% if %} have no place in it.",
        )
    elif not begins_with_variable and not (_WEB if is_image else _START).match(
        beginning + "x" * (len(parts) > 1)
    ):
        yield _problem(
            found,
            f"the {name} does not begin as one.",
            "Begin it with https://."
            if is_image
            else "Begin it with https://, mailto:, tel: or sms:.",
        )
    elif re.search(r"\s", literal):
        yield _problem(found, f"the {name} holds a space.", "Write %20 in its place.")


def _source_problems(found: _Found) -> Iterator[BlockProblem]:
    if isinstance(found.block, HtmlBlock):
        for problem in check(found.block.attrs.html, Mode.HTML):
            yield _problem(found, f"line {problem.line}: {problem.message}", problem.remedy)
        return
    for source in _sources(found.block):
        for problem in check(source, Mode.HTML):
            yield _problem(found, problem.message, problem.remedy)


def _rule_problems(
    found: _Found, types: Mapping[str, str] | None, choices: Choices
) -> Iterator[BlockProblem]:
    rule = _rule(found.block)
    for problem in () if rule is None else rule_problems(rule, types, choices):
        if problem.severity == "error":  # Extra fields of the booking system are asked for often.
            reason = problem.reason[:1].lower() + problem.reason[1:]
            yield _problem(found, f"in its condition, {reason}", problem.remedy)


def _variable_problems(found: _Found, types: Mapping[str, str]) -> Iterator[BlockProblem]:
    rule = _rule(found.block)
    in_rule = frozenset() if rule is None else variables(rule)
    for variable in _variables(found):
        path = variable.path.replace(".*", "")
        if kind_of(path, types) is None:
            if path in in_rule:
                continue  # reported as a problem of the rule
            yield _problem(
                found,
                f"unknown variable {path}.",
                suggestion(path, types) or "Choose one of the variables of the list.",
            )
        elif is_extra(path, types) and (hint := suggestion(path, types)):
            yield _problem(found, f"unknown variable {path}.", hint, "warning")
    for node in _chips(found.block):
        kind = kind_of(node.attrs.path, types)
        fitting = _KINDS_OF_FORMAT.get(node.attrs.format) if node.attrs.format else None
        if fitting and kind not in (None, "any", *fitting):
            yield _problem(
                found,
                f"{node.attrs.path} cannot be written as {_format_name(node.attrs.format)}.",
                "Choose another format for it.",
            )


def _format_name(name: Format | None) -> str:
    return {"money": "money", "number": "a number"}.get(str(name), "a date or time")


def _variables(found: _Found) -> Iterator[BlockVariable]:
    from bookflow.domain.rendering.variables import VariablePath

    name = name_of(found.block)
    rule = _rule(found.block)
    if rule is not None:
        for path in sorted(variables(rule)):
            yield BlockVariable(VariablePath(tuple(path.split(".")), guarded=True), name)
    for source in _sources(found.block):
        try:
            read = sorted(referenced_variables(source, Mode.HTML), key=lambda each: each.line)
        except TemplateSourceError:
            continue  # reported as a problem of its own
        for each in read:
            guarded = each.guarded or _is_present(str(each), found.present)
            yield BlockVariable(VariablePath(each.parts, guarded), name)


def _is_present(path: str, present: frozenset[str]) -> bool:
    """Return whether a variable, or a part of it, is known to have a value."""
    return any(known == path or known.startswith(f"{path}.") for known in present)


def _sources(block: AnyBlock) -> Iterator[str]:
    """Yield the sources that a block itself writes, without those of blocks inside of it."""
    if isinstance(block, HtmlBlock):
        yield block.attrs.html
    elif isinstance(block, BookingDetailsBlock):
        yield from html_of_each([block])
    else:
        for node in _chips(block):
            yield expression(node.attrs)
        for address in _addresses(block):
            yield from (text for is_variable, text in pieces(address) if is_variable)


def _chips(block: AnyBlock) -> Iterator[VariableNode]:
    if isinstance(block, HeadingBlock | ParagraphBlock | ButtonBlock):
        yield from (node for node in block.content if isinstance(node, VariableNode))


def _addresses(block: AnyBlock) -> Iterator[str]:
    if isinstance(block, HeadingBlock | ParagraphBlock):
        yield from map(link_of, block.content)
    elif isinstance(block, ButtonBlock):
        yield block.attrs.url
    elif isinstance(block, ImageBlock):
        yield from (block.attrs.src, block.attrs.url)
    elif isinstance(block, SocialLinksBlock):
        yield from (link.url for link in block.attrs.links)


def _whole_problems(blocks: Sequence[Block]) -> Iterator[BlockProblem]:
    """Return what is wrong with all of the blocks together: there are too many."""
    for problem in check("\n".join(html_of_each(blocks)), Mode.HTML):
        yield BlockProblem(f"All blocks together: {problem.message}", problem.remedy)
        return
