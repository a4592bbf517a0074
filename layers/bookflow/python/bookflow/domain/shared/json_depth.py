"""Measures how deep the values of a JSON document nest, without recursion."""

from __future__ import annotations

from typing import Any


def nests_deeper(value: Any, levels: int) -> bool:
    """Whether a value has more levels; a plain value is one, a list of plain values two."""
    level = [value]
    for _ in range(levels):
        level = [
            item
            for parent in level
            if isinstance(parent, dict | list)
            for item in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True
