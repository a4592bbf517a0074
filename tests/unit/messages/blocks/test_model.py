"""The block document: what is stored as it was written, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bookflow.domain.messages.blocks.model import MAX_BLOCKS, Blocks, walk

BLOCKS: TypeAdapter[Any] = TypeAdapter(Blocks)
RULE = {"variable": "booking.total_amount", "operator": "is_not_empty"}

DOCUMENT: list[dict[str, Any]] = [
    {
        "type": "heading",
        "attrs": {"level": 1, "align": None, "show_if": None},
        "content": [{"type": "text", "text": "Hello {{ you }}"}],
    },
    {
        "type": "paragraph",
        "attrs": {"align": "center", "show_if": RULE},
        "content": [
            {
                "type": "text",
                "text": "Dear ",
                "marks": [
                    {"type": "bold"},
                    {"type": "link", "attrs": {"href": "https://a.example"}},
                ],
            },
            {
                "type": "variable",
                "attrs": {"path": "customer.first_name", "fallback": "guest", "format": None},
            },
            {"type": "hard_break"},
        ],
    },
    {"type": "paragraph"},
    {
        "type": "bullet_list",
        "content": [
            {
                "type": "list_item",
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "One"}]}],
            }
        ],
    },
    {
        "type": "button",
        "attrs": {"url": "{{ booking.payment_url }}", "align": "left"},
        "content": [{"type": "text", "text": "Pay now"}],
    },
    {
        "type": "columns",
        "content": [
            {"type": "column", "content": [{"type": "divider"}]},
            {"type": "column", "content": [{"type": "panel", "content": [{"type": "divider"}]}]},
        ],
    },
    {"type": "booking_details", "attrs": {"rows": ["activity", "when"]}},
    {
        "type": "social_links",
        "attrs": {"links": [{"network": "instagram", "url": "https://instagram.com/a"}]},
    },
    {"type": "html", "attrs": {"html": "<p>{{ booking.id }}</p>"}},
]


def test_a_document_is_stored_as_the_editor_wrote_it() -> None:
    stored = json.loads(BLOCKS.dump_json(BLOCKS.validate_python(DOCUMENT), exclude_unset=True))

    assert stored == DOCUMENT


def test_every_block_is_walked_in_the_order_of_reading() -> None:
    kinds = [block.type for block in walk(BLOCKS.validate_python(DOCUMENT))]

    assert kinds[3:6] == ["bullet_list", "list_item", "paragraph"]
    assert kinds[7:12] == ["columns", "column", "divider", "column", "panel"]


def _nested(depth: int) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "divider"}]
    for _ in range(depth):
        blocks = [{"type": "panel", "content": blocks}]
    return blocks


@pytest.mark.parametrize(
    "refused",
    [
        [{"type": "divider"}] * (MAX_BLOCKS + 1),
        [{"type": "panel", "content": [{"type": "divider"}] * MAX_BLOCKS}],
        _nested(2),
        _nested(900),
        [{"type": "columns", "content": [{"type": "column"}]}],
        [{"type": "columns", "content": [{"type": "column"}] * 3}],
        [{"type": "script"}],
        [{"type": "paragraph", "attrs": {"onclick": "x"}}],
        [{"type": "paragraph", "attrs": {"show_if": {"variable": "a"}}}],
        [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
        [{"type": "button", "content": [{"type": "hard_break"}]}],
        [{"type": "html", "attrs": {"html": "x" * 80_000}}] * 2,
        *(
            [{"type": "paragraph", "content": [{"type": "variable", "attrs": {"path": path}}]}]
            for path in ("", "_a", "a.b}}", "a.'", "a | safe", "a..b", "a.", "1.a", "a.b\n")
        ),
    ],
)
def test_what_is_no_document_is_refused(refused: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        BLOCKS.validate_python(refused)


def test_a_document_at_the_limit_is_accepted() -> None:
    assert len(BLOCKS.validate_python([{"type": "divider"}] * MAX_BLOCKS)) == MAX_BLOCKS


def test_what_browsers_need_of_a_link_is_not_kept() -> None:
    link = {"type": "link", "attrs": {"href": "https://a.example", "target": "_blank", "rel": "x"}}
    (block,) = BLOCKS.validate_python(
        [{"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [link]}]}]
    )

    assert block.content[0].marks[0].attrs.model_dump() == {"href": "https://a.example"}


def test_the_schema_describes_each_node_and_the_rule_once() -> None:
    schema = BLOCKS.json_schema()

    assert set(schema["items"]["discriminator"]["mapping"]) == {
        "heading", "paragraph", "bullet_list", "ordered_list", "button", "image", "divider",
        "columns", "booking_details", "panel", "social_links", "html",
    }  # fmt: skip
    assert json.dumps(schema).count("x-operators") == 1
