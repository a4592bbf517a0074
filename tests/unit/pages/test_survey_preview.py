"""The dashboard's picture of a survey has the colours of the page that guests open."""

from __future__ import annotations

import re
from pathlib import Path

import bookflow.pages

ROOT = Path(__file__).parents[3]
PICTURE = ROOT / "dashboard" / "src" / "pages" / "surveys" / "surveys.css"
PAGE = Path(bookflow.pages.__file__).parent / "templates" / "style.css"


def test_the_picture_of_a_survey_has_the_pages_colours() -> None:
    rules = re.findall(r"\.survey-phone[^{]*\{[^}]*\}", PICTURE.read_text(encoding="utf-8"))
    used = {
        colour
        for rule in rules
        for line in rule.splitlines()
        if "light-dark" not in line  # the rim of the phone is the dashboard's
        for colour in re.findall(r"#[0-9a-f]{3,6}\b", line)
    }
    assert used
    assert used <= set(re.findall(r"#[0-9a-f]{3,6}\b", PAGE.read_text(encoding="utf-8")))
