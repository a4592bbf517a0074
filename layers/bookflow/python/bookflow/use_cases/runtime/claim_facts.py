"""Claims an execution with the fact that its event newly states, so that each fact starts a workflow once."""

from __future__ import annotations

from bookflow.domain.bookings.facts import FactClaim, FactClaims, FactKind, times_text
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.errors import TransientError
from bookflow.ports import Ports, RecordedBooking

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""


def claim_execution(
    ports: Ports, event: Event, recorded: RecordedBooking, execution: Execution
) -> Execution | None:
    """Claim an execution, and with it the event's fact for its workflow.

    A redelivery or redrive of the event meets its own claims. What other events stated is read
    after the claims that others hold: an event records its statement before it claims.

    Args:
        ports: Where claims and statements are.
        event: The event as the workflow's trigger reads it.
        recorded: The booking after the event was recorded.
        execution: What the event would start.

    Returns:
        The execution as it is stored; None if another event claimed the same fact.

    Raises:
        TransientError: Other events claimed first, several times.
    """
    if event.fact is None or event.booking_id is None or event.replay_of is not None:
        return ports.executions.claim(execution)  # its own id lets it start a workflow once
    claim = _claim(event, event.fact, recorded)
    context = recorded.context
    until = kept_until(context.booking, context.location, ports.clock.now())
    location_id, workflow_id = event.location_id, execution.workflow_id
    none = FactClaims(location_id=location_id, booking_id=event.booking_id, workflow_id=workflow_id)
    # A person asked for Booking Created by an import, whatever an earlier one stated.
    if not recorded.stamp.imports and recorded.statements.was_imported(claim):
        return None
    if ports.executions.claim_first(execution, none.plus(claim, until)):
        return execution
    for _ in range(TRIES):
        claims = ports.executions.fact_claims(location_id, event.booking_id, workflow_id)
        if not claims.holds(claim):
            statements = ports.bookings.statements(location_id, event.booking_id)
            if claims.is_known(claim, statements):
                return None
            if not ports.executions.save_fact_claims(claims.plus(claim, until)):
                continue
        return ports.executions.claim(execution)
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
