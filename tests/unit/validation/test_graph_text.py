"""Tests of the Mermaid text of a graph."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.workflows.mermaid import escaped, to_mermaid
from tests.unit.validation.catalogue import edge, graph, line, node


def test_each_node_and_edge_is_drawn_in_order() -> None:
    cases = [{"id": "c1", "name": "VIP"}]
    drawn = graph(
        [
            node("t", "trigger", name="Booking Created"),
            node("w", "delay", name="Wait"),
            node("if", "condition", name="Paid?"),
            node("s", "switch", name="Kind", config={"cases": cases}),
            node("a", "webhook", name=""),
        ],
        [
            edge("t", "w"),
            edge("w", "if"),
            edge("if", "s", "true"),
            edge("s", "a", "c1"),
            edge("s", "a", "default"),
            edge("w", "a", "on_error"),
            edge("w", "gone"),
        ],
    )
    assert to_mermaid(drawn) == (
        "flowchart TD\n"
        '    n0(["Booking Created"])\n'
        '    n1[/"Wait"/]\n'
        '    n2{"Paid?"}\n'
        '    n3{{"Kind"}}\n'
        '    n4["webhook"]\n'
        "    n0 --> n1\n"
        "    n1 --> n2\n"
        '    n2 -->|"true"| n3\n'
        '    n3 -->|"VIP"| n4\n'
        '    n3 -->|"default"| n4\n'
        '    n1 -.->|"on_error"| n4\n'
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('Say "hi"', "Say #34;hi#34;"),
        ("a]b}c)d|e", "a#93;b#125;c#41;d#124;e"),
        ("<script>&amp;", "#60;script#62;#38;amp#59;"),
        ("#9829;", "#35;9829#59;"),
        ("`**bold**`", "#96;#42;#42;bold#42;#42;#96;"),
        ("%%{init: {}}%%", "#37;#37;#123;init#58; #123;#125;#125;#37;#37;"),
        ("two\nlines\tand\0nul", "two lines and\N{REPLACEMENT CHARACTER}nul"),
        ("Grüße 你好 \N{SNOWMAN}", "Grüße 你好 \N{SNOWMAN}"),
        ("1. First", "1#46; First"),
        ("  ", " "),
    ],
)
def test_names_are_escaped(name: str, expected: str) -> None:
    assert escaped(name) == expected


@given(st.text())
def test_any_name_stays_on_its_line_between_its_quotes(name: str) -> None:
    text = to_mermaid(line(node("a", name=name[:200])))
    lines = text.split("\n")
    assert len(lines) == 5
    assert re.fullmatch(r' {4}n1\["[^"<>&`%\[\]{}()|\\]+"\]', lines[2])
    assert all(symbol.isprintable() or symbol == "\u200d" for symbol in lines[2])
