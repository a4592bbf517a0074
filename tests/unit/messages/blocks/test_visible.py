"""Which blocks are in a message: the rules of conditions, judged over the message's variables."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from bookflow.domain.messages.blocks.visible import visible
from tests.unit.messages.blocks.documents import (
    BERLIN,
    block,
    document,
    filled,
    part,
    sample_variables,
)

NEVER = {"variable": "customer.first_name", "operator": "is_empty"}


def kept(*blocks: dict[str, object], now: datetime | None = None) -> list[object]:
    shown = visible(document(*blocks), sample_variables(), BERLIN, now)
    return [json.loads(each.model_dump_json(exclude_unset=True)) for each in shown]


def test_a_block_without_a_rule_is_always_there() -> None:
    blocks = [block("divider"), block("divider", show_if=None)]
    assert kept(*blocks) == blocks


@pytest.mark.parametrize(
    ("rule", "is_met"),
    [
        (filled("customer.phone"), True),
        (filled("customer.nickname"), False),
        ({"not": filled("customer.nickname")}, True),
        ({"all": [filled("customer.phone"), NEVER]}, False),
        ({"any": [filled("customer.phone"), NEVER]}, True),
        ({"variable": "booking.party_size", "operator": "greater", "value": 1}, True),
        ({"variable": "booking.total_amount", "operator": "less",
          "value": {"amount": "10.00", "currency": "EUR"}}, False),
    ],
)  # fmt: skip
def test_a_rule_decides(rule: dict[str, object], is_met: bool) -> None:
    assert len(kept(block("divider", show_if=rule))) == is_met


def test_what_is_relative_to_now_is_judged_when_the_message_is_made() -> None:
    soon = {
        "variable": "booking.start_time",
        "operator": "within_next",
        "value": {"value": 2, "unit": "days"},
    }
    written = block("divider", show_if=soon)

    assert kept(written, now=datetime.fromisoformat("2027-06-11T09:00:00+02:00"))
    assert not kept(written, now=datetime.fromisoformat("2027-06-01T09:00:00+02:00"))
    assert not kept(written)


def test_blocks_inside_of_others_are_judged_and_empty_ones_left_out() -> None:
    hidden, shown = block("divider", show_if=NEVER), block("divider")

    assert kept(block("panel", hidden)) == []
    assert kept(block("panel", hidden, shown)) == [block("panel", shown)]
    assert kept(block("panel", shown, show_if=NEVER)) == []
    assert kept(block("columns", part("column", hidden), part("column", hidden))) == []
    assert kept(block("columns", part("column", hidden), part("column", shown))) == [
        {"type": "columns", "attrs": {}, "content": [
            {"type": "column", "content": []}, {"type": "column", "content": [shown]}]}
    ]  # fmt: skip
    line = block("paragraph", "a", show_if=NEVER)
    assert kept(block("bullet_list", part("list_item", line))) == []
