"""A row of an import: how it is read, and what is wrong with one that cannot be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, ValidationError, model_validator

from bookflow.domain.bookings.records import MAX_UNKNOWN_BYTES, Booking
from bookflow.domain.bookings.search import folded
from bookflow.domain.bookings.statuses import LIVE, Status
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.input_problems import field_path, problems_of
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.shared.values import Moment, Money
from bookflow.domain.shared.wall_time import at_wall_time
from bookflow.domain.shared.whole_characters import with_whole_characters

MOST_ROWS = 100_000
"""Rows of one import."""

_TIMES = ("start_time", "end_time", "booked_at", "changed_at")
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

MoreName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""Name of a field that only templates know: `{{ booking.name }}`."""


class ImportRow(StoredModel):
    """One booking of a file. A local time is one of the location's zone.

    Attributes:
        row: Where it stands in the file, for messages and for its identity: a row that comes twice
            is imported once.
        booking_id: The booking system's id, by which its events find the booking again.
        changed_at: When the row last became true; by default the moment that the whole file shows.
        notes: Free text: `{{ booking.notes }}`.
        more: Further fields for templates, by their names.
    """

    row: int = Field(ge=1, le=10_000_000, title="Row")
    booking_id: ExternalId | None = Field(default=None, title="Booking id")
    confirmation_code: str | None = Field(default=None, max_length=100, title="Confirmation code")
    status: Status = Field(title="Status")
    start_time: Moment = Field(title="Start")
    end_time: Moment | None = Field(default=None, title="End")
    booked_at: Moment | None = Field(default=None, title="Booked at")
    changed_at: Moment | None = Field(default=None, title="Last change")
    activity_id: ExternalId | None = Field(default=None, title="Activity id")
    activity_name: str | None = Field(default=None, max_length=200, title="Activity")
    customer_id: ExternalId | None = Field(default=None, title="Guest id")
    first_name: str | None = Field(default=None, max_length=200, title="First name")
    last_name: str | None = Field(default=None, max_length=200, title="Last name")
    email: str | None = Field(default=None, max_length=320, title="E-mail")
    phone: str | None = Field(default=None, max_length=40, title="Phone")
    locale: str | None = Field(default=None, max_length=35, title="Language")
    marketing_opt_out: bool | None = Field(default=None, title="No marketing")
    party_size: int | None = Field(default=None, ge=0, le=100_000, title="Party size")
    total_amount: Money | None = Field(default=None, title="Amount")
    notes: str | None = Field(default=None, title="Notes")
    more: Mapping[MoreName, str] = Field(default_factory=dict, title="Further fields")

    @model_validator(mode="after")
    def _is_whole(self) -> ImportRow:
        if self.booking_id is None and self.confirmation_code is None:
            raise ValueError("the booking has neither an id nor a confirmation code")
        if self.end_time is not None and self.end_time < self.start_time:
            raise ValueError("the end is before the start")
        known = sorted(self.more.keys() & (Booking.model_fields.keys() | {"notes"}))
        if known:
            raise ValueError(f"a further field has the name of a known one: {known[0]}")
        text = json.dumps([self.notes, dict(self.more)], ensure_ascii=False)
        if len(text.encode()) > MAX_UNKNOWN_BYTES:
            raise ValueError(
                f"notes and further fields are larger than {MAX_UNKNOWN_BYTES // 1024} KB together"
            )
        return self

    @property
    def names(self) -> tuple[set[str], set[str]]:
        """By what the booking is known, and by what another row would name the same.

        Bookings of one cart may share a code, if each has an id.
        """
        code = folded(self.confirmation_code) if self.confirmation_code else None
        of_code = {f"code:{code}"} if code else set()
        if self.booking_id is None:
            return {*of_code, f"lone:{code}"}, of_code
        by_id = {f"id:{self.booking_id}"}
        return by_id | of_code, {*by_id, f"lone:{code}"}

    def is_to_come(self, now: datetime) -> bool:
        """Whether its visit is still to come."""
        return self.status in LIVE and self.start_time > now


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row; the value itself is never repeated.

    Attributes:
        row: Where it stands in the file.
        field: Name of the field, null where the row as a whole is wrong.
    """

    row: int
    field: str | None
    reason: str
    remedy: str


@dataclass(frozen=True)
class RowsRead:
    """The rows that can be imported, and the problems of the others."""

    rows: Sequence[ImportRow]
    problems: Sequence[RowProblem]

    @property
    def invalid(self) -> int:
        """How many rows cannot be imported."""
        return len({problem.row for problem in self.problems})


def read_rows(raw: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> RowsRead:
    """Return what can be read of rows; of rows that name one booking, all but the first are wrong.

    Args:
        raw: The rows. A row without a number of its own gets its place among them.
        zone: Where local times are read. One inside a gap means the first moment after it, one
            that clocks show twice the first of the two.
    """
    rows: list[ImportRow] = []
    problems: list[RowProblem] = []
    named: dict[str, int] = {}
    for place, each in enumerate(raw, start=1):
        number = each.get("row")
        number = number if isinstance(number, int) and number > 0 else place
        found, wrong = _read_row({**each, "row": number}, number, zone)
        problems += wrong
        if found is None:
            continue
        own, same = found.names
        other = next((named[name] for name in same if name in named), None)
        if other is not None:
            reason = f"Row {other} names the same booking."
            problems.append(RowProblem(number, None, reason, "Keep one row of each booking."))
            continue
        named |= dict.fromkeys(own, number)
        rows.append(found)
    return RowsRead(rows, problems)


def _read_row(
    raw: Mapping[str, Any], number: int, zone: ZoneInfo
) -> tuple[ImportRow | None, list[RowProblem]]:
    stated = {
        name: value
        for name, value in dict(with_whole_characters(dict(raw))).items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }
    for name in _TIMES:
        stated |= _with_offset(name, stated.get(name), zone)
    try:
        return ImportRow.model_validate(stated), []
    except ValidationError as error:
        return None, [
            _time_problem(number, str(location[0]), stated[location[0]])
            if location and location[0] in stated.keys() & set(_TIMES)
            else RowProblem(number, field_path(location) or None, reason, remedy or "Correct it.")
            for location, _, reason, remedy in problems_of(error, ImportRow)
        ]


def _time_problem(number: int, name: str, value: Any) -> RowProblem:
    """Return what is wrong with a time, in the words of who wrote the file."""
    label = ImportRow.model_fields[name].title
    lacks = isinstance(value, str) and _DAY.fullmatch(value)
    reason = f"{label} has no time of day." if lacks else f"{label} is not a date with a time."
    return RowProblem(number, name, reason, "Write it such as 2026-12-31 14:30.")


def _with_offset(name: str, value: Any, zone: ZoneInfo) -> dict[str, Any]:
    """Return a time with its offset, if it is a local one that can be read."""
    if not isinstance(value, str):
        return {}
    text = value.strip()
    if name in ("booked_at", "changed_at") and _DAY.fullmatch(text):
        text += "T00:00"
    if not _LOCAL_TIME.fullmatch(text):
        return {name: text}
    try:
        return {name: at_wall_time(datetime.fromisoformat(text), zone).isoformat()}
    except (ValueError, InvalidInputError):
        return {name: text}
