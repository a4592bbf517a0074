"""Rows of a file: what is read of them, and what is said of those that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookflow.domain.imports.rows import RowProblem, RowsRead, read_rows

BERLIN = ZoneInfo("Europe/Berlin")
ROW: dict[str, Any] = {
    "row": 2,
    "booking_id": "bk-1",
    "status": "confirmed",
    "start_time": "2026-12-12 10:00",
}


def read(**changes: Any) -> RowsRead:
    return read_rows([{**ROW, **changes}], BERLIN)


def fields(**changes: Any) -> list[str | None]:
    return [problem.field for problem in read(**changes).problems]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-12 10:00", datetime(2026, 12, 12, 9, tzinfo=UTC)),
        ("2026-07-01T10:00:30", datetime(2026, 7, 1, 8, 0, 30, tzinfo=UTC)),
        ("2026-12-12T10:00:00+05:30", datetime(2026, 12, 12, 4, 30, tzinfo=UTC)),
        ("2026-12-12T10:00:00Z", datetime(2026, 12, 12, 10, tzinfo=UTC)),
        # Clocks jump over it: the first moment after.
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        # Clocks show it twice: the first of the two.
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_offset_is_one_of_the_locations_zone(text: str, moment: datetime) -> None:
    (row,) = read(start_time=text).rows
    assert row.start_time == moment


@pytest.mark.parametrize(
    "text", ["2026-12-12", "12.12.2026 10:00", "2026-02-30T10:00", "soon", "46368"]
)
def test_a_start_that_is_no_time_is_a_problem(text: str) -> None:
    assert fields(start_time=text) == ["start_time"]


def test_what_is_wrong_with_a_time_is_said_in_plain_words() -> None:
    said = [read(start_time=text).problems[0].reason for text in ("2026-12-12", "soon", "")]
    assert said == [
        "Start has no time of day.",
        "Start is not a date with a time.",
        "Enter the start.",
    ]


def test_a_day_is_enough_for_when_it_was_booked() -> None:
    (row,) = read(booked_at="2026-11-01").rows
    assert row.booked_at == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_empty_cells_state_nothing() -> None:
    (row,) = read(email="", end_time=" ", party_size=None, notes="").rows
    assert (row.email, row.end_time, row.party_size, row.notes) == (None, None, None, None)


def test_half_a_character_costs_no_row() -> None:
    (row,) = read(first_name="Zo\ud83d", more={"source": "\udc00x"}).rows
    assert (row.first_name, row.more["source"]) == ("Zo\ufffd", "\ufffdx")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "Bezahlt"}, "status"),
        ({"status": ""}, "status"),
        ({"start_time": ""}, "start_time"),
        ({"booking_id": "a b"}, "booking_id"),
        ({"booking_id": ""}, None),
        ({"end_time": "2026-12-12 09:00"}, None),
        ({"party_size": "two"}, "party_size"),
        ({"party_size": "-1"}, "party_size"),
        ({"total_amount": "120,00"}, "total_amount"),
        ({"total_amount": "1e5 EUR"}, "total_amount"),
        ({"email": "x" * 321}, "email"),
        ({"marketing_opt_out": "perhaps"}, "marketing_opt_out"),
        ({"notes": "ä" * 17_000}, None),
        ({"more": {"a b": "x"}}, "more.a b.[key]"),
        ({"more": {"status": "x"}}, None),
        ({"surprise": "x"}, "surprise"),
    ],
)
def test_what_is_wrong_is_said_of_its_row_and_field(
    changes: dict[str, Any], field: str | None
) -> None:
    (problem,) = read(**changes).problems
    assert (problem.row, problem.field) == (2, field)
    assert problem.reason.endswith(".")
    values = [each for each in changes.values() if isinstance(each, str) and len(each) > 2]
    assert not any(value in f"{problem.reason} {problem.remedy}" for value in values)


def test_one_wrong_row_costs_no_other_and_a_row_may_have_several_problems() -> None:
    wrong = {**ROW, "row": 3, "booking_id": "bk-2", "status": "x", "party_size": "y"}
    found = read_rows([ROW, wrong, {**ROW, "row": 4, "booking_id": "bk-3"}], BERLIN)
    assert [row.row for row in found.rows] == [2, 4]
    assert [(each.row, each.field) for each in found.problems] == [(3, "status"), (3, "party_size")]
    assert found.invalid == 1


@pytest.mark.parametrize(
    "names",
    [
        ({"booking_id": "bk-1"}, {"booking_id": "bk-1"}),
        (
            {"booking_id": None, "confirmation_code": "Äb-1"},
            {"booking_id": None, "confirmation_code": "ab-1 "},
        ),
        ({"confirmation_code": "X1"}, {"booking_id": None, "confirmation_code": "x1"}),
    ],
)
def test_two_rows_of_one_booking_are_a_problem_of_the_second(
    names: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    rows = [{**ROW, "row": place, **each} for place, each in enumerate(names, start=7)]
    found = read_rows(rows, BERLIN)
    assert [row.row for row in found.rows] == [7]
    assert found.problems == [
        RowProblem(8, None, "Row 7 names the same booking.", "Keep one row of each booking.")
    ]


def test_bookings_of_one_code_and_several_ids_are_several() -> None:
    rows = [{**ROW, "booking_id": name, "confirmation_code": "CART"} for name in ("a", "b")]
    assert len(read_rows(rows, BERLIN).rows) == 2
