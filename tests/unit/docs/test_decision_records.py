"""Holds that the decision records are whole: form, index, and statuses that name each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
HEAD = re.compile(
    r"# (\d{4})\. (.+)\n\n- Date: (\d{4}-\d\d-\d\d)\n(?:- Extended: .+\n)?"
    r"- Status: (accepted|(?:superseded|amended) by \[(\d{4})\]\((\S+)\))\n"
    r"((?:- (?:Supersedes|Amends): .+\n)*)\n"
)


def head(record: Path) -> re.Match[str]:
    """Return what stands above the first section."""
    found = HEAD.match(record.read_text(encoding="utf-8"))
    assert found, f"{record.name} has no head of the usual form"
    return found


def test_the_numbers_have_no_gap_and_follow_the_date() -> None:
    assert [record.name[:4] for record in RECORDS] == [
        f"{number:04d}" for number in range(1, len(RECORDS) + 1)
    ]
    dates = [head(record)[3] for record in RECORDS]
    assert dates == sorted(dates)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_sections_in_order(record: Path) -> None:
    assert head(record)[1] == record.name[:4]
    text = record.read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)\n\n(\S)", text, flags=re.MULTILINE)
    assert [title for title, _ in sections] == ["Context", "Decision", "Rejected", "Consequences"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_and_the_one_that_changes_it_name_each_other(record: Path) -> None:
    changed_by = head(record)[6]
    if changed_by:
        verb = "Supersedes" if head(record)[4].startswith("superseded") else "Amends"
        assert f"- {verb}: [{record.name[:4]}]({record.name})" in head(FOLDER / changed_by)[7]
    for number, name in re.findall(r": \[(\d{4})\]\((\S+)\)", head(record)[7]):
        assert head(FOLDER / name)[6] == record.name, f"{number} does not name {record.name}"


def test_the_index_lists_each_record_with_title_date_and_status() -> None:
    rows = re.findall(r"^\| \[\d{4}\].+$", INDEX, flags=re.MULTILINE)
    assert len(rows) == len(RECORDS)
    for record, row in zip(RECORDS, rows, strict=True):
        number, title, date, status = head(record).group(1, 2, 3, 4)
        assert row.startswith(f"| [{number}]({record.name}) | {title} | {date} | {status} | ")


def test_links_between_records_lead_to_files() -> None:
    for page in (*RECORDS, FOLDER / "README.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (FOLDER / link).exists(), f"{page.name} links to {link}"
