"""docs/variables.md says what the models say."""

from __future__ import annotations

from scripts.write_variables import TARGET, page


def test_the_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "Run python scripts/write_variables.py."
