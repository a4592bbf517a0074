"""Decides which blocks of a document are in a message, by the rules that conditions have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from bookflow.domain.flow.conditions.evaluation import evaluate
from bookflow.domain.messages.blocks.model import (
    AnyBlock,
    Block,
    ColumnBlock,
    ColumnsBlock,
    Container,
    ListItem,
)

T = TypeVar("T", bound=AnyBlock)


def visible(
    blocks: Sequence[Block],
    scope: Mapping[str, Any],
    timezone: str,
    now: datetime | None = None,
) -> Sequence[Block]:
    """Return the blocks whose rules are met; what holds none of its blocks any more is left out.

    Args:
        blocks: A document.
        scope: The variables of the message, as conditions see them.
        timezone: The location's.
        now: The present moment; without it no comparison with now is met.

    Raises:
        InvalidInputError: The time zone is not known.
    """

    def is_shown(block: AnyBlock) -> bool:
        if isinstance(block, ColumnBlock | ListItem) or block.attrs.show_if is None:
            return True
        return evaluate(block.attrs.show_if, scope, timezone, now)

    def kept(listed: Sequence[T]) -> Sequence[T]:
        found = (with_content(each) for each in listed if is_shown(each))
        return tuple(each for each in found if each is not None)

    def with_content(block: T) -> T | None:
        if not isinstance(block, Container):
            return block
        content = kept(cast("Sequence[AnyBlock]", block.content))
        is_empty = (
            not any(isinstance(each, ColumnBlock) and each.content for each in content)
            if isinstance(block, ColumnsBlock)
            else not content and not isinstance(block, ColumnBlock)
        )
        return None if is_empty else cast("T", block.model_copy(update={"content": content}))

    return kept(blocks)
