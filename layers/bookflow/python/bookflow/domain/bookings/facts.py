"""What an event newly states: facts, and who claimed them (ADR 0050).

A booking system states one fact in several events: twice, in two forms, late. So events are no
measure of what is new, and neither are the stored records, which an earlier try, a `booking`
object in another event, an import or a workflow may have written. A fact is new to a workflow
until one event has claimed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.shared.wall_time import to_utc

KEPT_STATEMENTS = 20
"""StatementHistory of one kind that a booking keeps: real bookings change a handful of times."""

KEPT_CLAIMS = 200
"""Claims of one workflow that a booking keeps; the earliest facts are forgotten first."""


class FactKind(StrEnum):
    """The kinds of facts; each says what makes two statements the same fact."""

    CREATED = "created"
    """A booking was made: once per booking."""

    STATUS = "status"
    """A status: each series of equal statuses is one fact."""

    TIMES = "times"
    """A start and an end: each series of equal times is one fact."""

    CONFIRMED = "confirmed"
    """Confirmed for the first time since the booking was made, or since a cancellation."""


@dataclass(frozen=True)
class Statement:
    """What one event stated of a booking's status or times.

    Attributes:
        stamp: Text of its stamp: its place among the others.
        event_id: The event.
        value: A status, or times as `times_text` writes them.
    """

    stamp: str
    event_id: str
    value: str


@dataclass(frozen=True)
class ImportedFact:
    """A fact that an import stated: an event that states it later starts nothing.

    Attributes:
        kind: What kind of fact it is.
        statement: What the import stated, and where it stands among the others.
        earlier: The events that had stated something of this kind before the import came: they may
            still be under way, and start what they start.
    """

    kind: FactKind
    statement: Statement
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementHistory:
    """The last statements of a booking's status and times, each kind in the order of stamps.

    Attributes:
        imported: The facts that imports stated, the latest last.
    """

    status: tuple[Statement, ...] = ()
    times: tuple[Statement, ...] = ()
    imported: tuple[ImportedFact, ...] = ()

    def with_status(self, statement: Statement) -> StatementHistory:
        """Return the statements with one more; the same object if the event is known."""
        status = _added(self.status, statement)
        return self if status is self.status else replace(self, status=status)

    def with_times(self, statement: Statement) -> StatementHistory:
        """Return the statements with one more; the same object if the event is known."""
        times = _added(self.times, statement)
        return self if times is self.times else replace(self, times=times)

    def about(self, kind: FactKind) -> tuple[Statement, ...]:
        """Return the statements that tell facts of a kind apart."""
        return self.times if kind is FactKind.TIMES else self.status

    def with_imported(self, kind: FactKind, statement: Statement) -> StatementHistory:
        """Return the statements with one that an import made; the same object if it is known."""
        if any((one.kind, one.statement) == (kind, statement) for one in self.imported):
            return self
        earlier = [one.event_id for one in self.about(kind) if one.event_id != statement.event_id]
        fact = ImportedFact(kind, statement, tuple(earlier))
        return replace(self, imported=(*self.imported, fact)[-KEPT_STATEMENTS:])

    def was_imported(self, claim: FactClaim) -> bool:
        """Whether an import stated the claim's fact before its event came."""
        known = self.about(claim.kind)
        return any(
            one.kind is claim.kind
            and claim.event_id not in (one.statement.event_id, *one.earlier)
            and _is_same_fact(claim, one.statement, known)
            for one in self.imported
        )


NO_STATEMENTS = StatementHistory()
"""The statements of a booking that nobody has stated anything of."""


class FactClaim(StoredModel):
    """A fact that an event claimed for a workflow.

    Attributes:
        kind: What kind of fact it is.
        stamp: Place of the event's statement.
        event_id: The event: its redelivery meets its own claim and continues.
        value: What it stated.
    """

    kind: FactKind
    stamp: str
    event_id: str
    value: str = ""


class FactClaims(StoredModel):
    """All facts of a booking that were claimed for one workflow.

    Attributes:
        kept_until: When they may vanish; it moves on with the booking.
        revision: Count of writes, the optimistic lock; 0 where nothing is stored.
    """

    location_id: Identifier
    booking_id: Identifier
    workflow_id: Identifier
    claims: tuple[FactClaim, ...] = Field(default=())
    kept_until: datetime | None = None
    revision: int = 0

    def holds(self, claim: FactClaim) -> bool:
        """Whether this very event has claimed the fact."""
        return any((own.kind, own.event_id) == (claim.kind, claim.event_id) for own in self.claims)

    def is_known(self, claim: FactClaim, statements: StatementHistory) -> bool:
        """Whether another event claimed the same fact."""
        claimed = [one for one in self.claims if one.kind is claim.kind]
        known = [*statements.about(claim.kind), *map(_as_statement, claimed)]
        return any(_is_same_fact(claim, _as_statement(other), known) for other in claimed)

    def plus(self, claim: FactClaim, until: datetime | None = None) -> FactClaims:
        """Return the claims with one more, to be saved and kept until then."""
        claims = sorted((*self.claims, claim), key=lambda one: one.stamp)[-KEPT_CLAIMS:]
        return self.changed(claims=tuple(claims), kept_until=until, revision=self.revision + 1)


def times_text(start: datetime | None, end: datetime | None) -> str:
    """Return the times of a visit as a text; a time that was not stated is left out."""
    return "/".join(to_utc(moment).isoformat() if moment else "" for moment in (start, end))


def _added(known: tuple[Statement, ...], statement: Statement) -> tuple[Statement, ...]:
    if any(one.event_id == statement.event_id for one in known):
        return known
    kept = tuple(sorted((*known, statement), key=lambda one: one.stamp)[-KEPT_STATEMENTS:])
    return known if kept == known else kept


def _is_same_fact(one: FactClaim, other: Statement, known: Iterable[Statement]) -> bool:
    if one.kind is FactKind.CREATED:
        return True
    first, last = sorted((one.stamp, other.stamp))
    between = [each.value for each in known if first < each.stamp < last]
    if one.kind is FactKind.CONFIRMED:
        return BookingStatus.CANCELLED not in between
    same = _agree if one.kind is FactKind.TIMES else str.__eq__
    return all(same(value, one.value) for value in (other.value, *between))


def _agree(one: str, other: str) -> bool:
    """Whether two times may be the same visit: what only one of them states does not count."""
    pairs = zip(one.split("/"), other.split("/"), strict=True)
    return all(not (mine and its) or mine == its for mine, its in pairs)


def _as_statement(claim: FactClaim) -> Statement:
    return Statement(claim.stamp, claim.event_id, claim.value)
