"""Claims the fact that an event newly states, so that a workflow starts once for it (ADR 0050)."""

from __future__ import annotations

from bookflow.domain.bookings.facts import FactClaim, FactClaims, FactKind, times_text
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.events import Event
from bookflow.domain.shared.errors import TransientError
from bookflow.ports import Ports, RecordedBooking

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""


def claim_fact(ports: Ports, event: Event, recorded: RecordedBooking, workflow_id: str) -> bool:
    """Claim the event's fact for a workflow; return whether the event may start it.

    A redelivery or redrive of the event meets its own claim. What other events stated is read
    after the claims that others hold: an event records its statement before it claims.

    Args:
        ports: Where claims and statements are.
        event: The event as the workflow's trigger reads it.
        recorded: The booking after the event was recorded.
        workflow_id: The workflow.

    Raises:
        TransientError: Other events claimed first, several times.
    """
    if event.fact is None or event.booking_id is None or event.replay_of is not None:
        return True  # news by itself: its own id lets it start a workflow once
    claim = _claim(event, event.fact, recorded)
    context = recorded.context
    until = kept_until(context.booking, context.location, ports.clock.now())
    claims = FactClaims(
        location_id=event.location_id, booking_id=event.booking_id, workflow_id=workflow_id
    )
    for _ in range(TRIES):
        if ports.executions.save_fact_claims(claims.plus(claim, until)):
            return True
        claims = ports.executions.fact_claims(event.location_id, event.booking_id, workflow_id)
        if claims.holds(claim):
            return True
        statements = ports.bookings.statements(event.location_id, event.booking_id)
        if claims.is_known(claim, statements):
            return False
    raise TransientError(
        f"Other events of the same booking came first, {TRIES} times.",
        remedy="It is retried.",
    )


def _claim(event: Event, kind: FactKind, recorded: RecordedBooking) -> FactClaim:
    """Return the claim; its place is that of the statement as it is stored."""
    said = event.stated_booking()
    if kind is FactKind.TIMES:
        value = times_text(said.start_time, said.end_time)
        stamp = recorded.stamp.of("start_time", value)
    else:
        value = said.status or ""
        stamp = recorded.stamp.of("status", said.status)
    for statement in recorded.statements.about(kind):
        if statement.event_id == event.event_id:
            stamp, value = statement.stamp, statement.value
    return FactClaim(kind=kind, stamp=stamp, event_id=event.event_id, value=value)
