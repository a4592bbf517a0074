"""Executions, steps, effects and joins in memory."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from bookflow.adapters.memory.bookings import InMemoryBookings
from bookflow.adapters.memory.records import save_revision, stored_at
from bookflow.domain.bookings.facts import FactClaims
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.executions.batch import Batch
from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step, StepStatus
from bookflow.domain.executions.payloads import ExecutionRef
from bookflow.domain.executions.statistics import COUNTED_DAYS, DayCount, ExecutionStatistics
from bookflow.domain.executions.step_statistics import Counters, counters
from bookflow.domain.messages.sent.sent_message import KeptMessage
from bookflow.domain.shared.errors import OutcomeUnknownError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.domain.workflows.joins import Decision, JoinState
from bookflow.ports import ANY_EXECUTION, ExecutionFilter, MessageStore


class InMemoryExecutions:
    def __init__(self, bookings: InMemoryBookings | None = None) -> None:
        self._bookings = bookings or InMemoryBookings()
        self.stored: dict[tuple[str, str], Execution] = {}
        self.stored_steps: dict[tuple[str, str, str], Step] = {}
        self._nodes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.facts: dict[tuple[str, str, str], FactClaims] = {}
        self._deliveries: defaultdict[tuple[str, str, str], list[Delivery]] = defaultdict(list)
        self._overwritten: set[tuple[str, str, str]] = set()
        self.batches: dict[tuple[str, str], Batch] = {}
        self.counted: dict[tuple[str, str], ExecutionStatistics] = {}
        self.counted_steps: defaultdict[tuple[str, str], defaultdict[date, Counter[str]]] = (
            defaultdict(lambda: defaultdict(Counter))
        )
        self._counted_ids: set[tuple[str, str]] = set()

    def claim(self, execution: Execution) -> Execution:
        return self.stored.setdefault((execution.location_id, execution.id), execution)

    def claim_first(self, execution: Execution, claims: FactClaims) -> bool:
        key = (execution.location_id, execution.id)
        facts = (claims.location_id, claims.booking_id, claims.workflow_id)
        if key in self.stored or facts in self.facts:
            return False
        self.stored[key], self.facts[facts] = execution, claims
        return True

    def fact_claims(self, location_id: str, booking_id: str, workflow_id: str) -> FactClaims:
        none = FactClaims(location_id=location_id, booking_id=booking_id, workflow_id=workflow_id)
        return self.facts.get((location_id, booking_id, workflow_id), none)

    def save_fact_claims(self, claims: FactClaims) -> bool:
        key = (claims.location_id, claims.booking_id, claims.workflow_id)
        return save_revision(self.facts, key, claims)

    def get(self, location_id: str, execution_id: str) -> Execution:
        what = "execution in this location"
        return stored_at(self.stored, (location_id, execution_id), what, "execution_id")

    def with_context(self, ref: ExecutionRef) -> tuple[Execution, BookingContext | None]:
        execution = self.get(ref.location_id, ref.execution_id)
        return execution, self._bookings.records_around(ref.location_id, execution.booking_id)

    def update(self, execution: Execution) -> bool:
        key = (execution.location_id, execution.id)
        stored = self.stored.get(key)
        if stored is None:
            return False
        started_after_all = execution.never_started and stored.launched
        if started_after_all or (stored.status.is_final and not stored.never_started):
            return stored == execution
        self.stored[key] = execution.changed(
            launched=execution.launched or stored.launched, expires_at=stored.expires_at
        )
        return True

    def mark_launched(self, location_id: str, execution_id: str) -> bool:
        stored = self.stored.get((location_id, execution_id))
        if stored is None or stored.status.is_final:
            return False
        self.stored[location_id, execution_id] = stored.changed(launched=True)
        return True

    def keep_until(self, location_id: str, execution_id: str, moment: datetime) -> None:
        key = (location_id, execution_id)
        self.stored[key] = _kept(self.stored[key], moment)
        for node_id in self._nodes[key]:
            step = self.stored_steps[(*key, node_id)]
            self.stored_steps[(*key, node_id)] = _kept(step, moment)

    def with_steps(self, location_id: str, execution_id: str) -> tuple[Execution, Sequence[Step]]:
        execution = self.get(location_id, execution_id)
        return execution, self.steps(location_id, execution_id)

    def steps(self, location_id: str, execution_id: str) -> Sequence[Step]:
        key = (location_id, execution_id)
        steps = [self.stored_steps[(*key, node_id)] for node_id in self._nodes[key]]
        return sorted(steps, key=lambda step: (step.started_at, step.node_id))

    def begin_step(self, step: Step, tries: int | None = None) -> Step:
        key = (step.location_id, step.execution_id, step.node_id)
        stored = self.stored_steps.get(key)
        if stored is None:
            self._nodes[key[:2]].append(step.node_id)
            self.stored_steps[key] = step.changed(attempts=1)
        elif not (
            _ended_well(stored)
            or (step.try_id and step.try_id == stored.try_id)
            or (tries is not None and stored.attempts >= tries)
        ):
            self.stored_steps[key] = step.changed(
                attempts=stored.attempts + 1,
                deliveries={**step.deliveries, **stored.deliveries},
                started_at=stored.started_at,
                expires_at=stored.expires_at or step.expires_at,
            )
        return self.stored_steps[key]

    def finish_step(self, step: Step, deliveries: Sequence[Delivery] = ()) -> None:
        key = (step.location_id, step.execution_id, step.node_id)
        stored = self.stored_steps.get(key)
        if stored is None:
            self._nodes[key[:2]].append(step.node_id)
            self.stored_steps[key] = step
            self._deliveries[key].extend(deliveries)
            return
        older = step.attempts < stored.attempts
        reopens = (
            stored.status.is_final and not step.status.is_final and step.attempts == stored.attempts
        )
        if not (older or reopens or _ended_well(stored)):
            self.stored_steps[key] = step.changed(
                deliveries={**step.deliveries, **stored.deliveries},
                started_at=stored.started_at,
                expires_at=stored.expires_at or step.expires_at,
            )
            self._deliveries[key].extend(deliveries)

    def step(self, location_id: str, execution_id: str, node_id: str) -> Step:
        key = (location_id, execution_id, node_id)
        return stored_at(self.stored_steps, key, "step of the execution", "node_id")

    def steps_at(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Step]:
        steps = {
            each: self.stored_steps.get((location_id, each, node_id)) for each in execution_ids
        }
        return {each: step for each, step in steps.items() if step}

    def add_delivery(self, step: Step, delivery: Delivery) -> bool:
        key = (step.location_id, step.execution_id, step.node_id)
        if key not in self.stored_steps or key in self._overwritten:
            return False
        self._deliveries[key].append(delivery)
        return True

    def deliveries(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Delivery]]:
        return {
            each: tuple(self._deliveries[location_id, each, node_id])
            for each in execution_ids
            if (location_id, each, node_id) in self.stored_steps
        }

    def overwrite(self, execution: Execution, steps: Sequence[Step]) -> None:
        key = (execution.location_id, execution.id)
        if (stored := self.stored.get(key)) and stored.status is execution.status:
            self.stored[key] = execution
        for step in steps:
            at = (step.location_id, step.execution_id, step.node_id)
            kept = self.stored_steps.get(at)
            if kept and (kept.status, kept.attempts) == (step.status, step.attempts):
                self.stored_steps[at] = step
                self._overwritten.add(at)
                self._deliveries.pop(at, None)

    def note_delivery(
        self, location_id: str, execution_id: str, node_id: str, message_id: str, outcome: str
    ) -> None:
        key = (location_id, execution_id, node_id)
        step = self.stored_steps.get(key)
        if step is not None:
            deliveries = {**step.deliveries, message_id: outcome}
            self.stored_steps[key] = step.changed(deliveries=deliveries)

    def page(
        self,
        location_id: str,
        wanted: ExecutionFilter = ANY_EXECUTION,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Execution]:
        listed = [
            execution
            for execution in self.stored.values()
            if execution.location_id == location_id
            # As in the table: the executions of a booking are one list, filtered by page.
            and (execution.booking_id == wanted.booking_id or wanted.booking_id is None)
            and (wanted.booking_id is not None or wanted.holds(execution))
            and (wanted.since is None or execution.started_at >= wanted.since)
            and (wanted.until is None or execution.started_at <= wanted.until)
            # A place in the list, not a number: executions leave a list by status meanwhile.
            and (request.position is None or _place(execution) < request.position)
        ]
        newest = sorted(listed, key=_place, reverse=True)
        page = newest[: request.size]
        more = len(page) < len(newest)
        return Page([*filter(wanted.holds, page)], _place(page[-1]) if more else None)

    def existing(self, location_id: str, execution_ids: Sequence[str]) -> Mapping[str, Execution]:
        found = {each: self.stored.get((location_id, each)) for each in execution_ids}
        return {name: execution for name, execution in found.items() if execution is not None}

    def count_end(self, execution: Execution, steps: Sequence[Step] = ()) -> None:
        if (execution.location_id, execution.id) in self._counted_ids:
            return
        self._counted_ids.add((execution.location_id, execution.id))
        ended = execution.completed_at or execution.started_at
        day = ended.astimezone(UTC).date()
        key = (execution.location_id, execution.workflow_id)
        self.counted_steps[key][max([day, *self.counted_steps[key]])].update(
            counters(execution, steps)
        )
        known = self.counted.get(key)
        days = {each.day: each for each in known.days} if known else {}
        so_far = days.get(day, DayCount(day))
        name = "completed" if execution.status is ExecutionStatus.COMPLETED else "failed"
        days[day] = replace(so_far, **{name: getattr(so_far, name) + 1})
        # As in the table: a day takes the place of the one that lies a round of days back.
        latest = sorted({each.toordinal() % COUNTED_DAYS: each for each in sorted(days)}.values())
        if day in latest:
            self.counted[key] = ExecutionStatistics([days[each] for each in latest], ended)

    def step_days(self, location_id: str, workflow_id: str) -> Mapping[date, Counters]:
        return self.counted_steps[location_id, workflow_id]

    def batch(self, location_id: str, workflow_id: str) -> Batch | None:
        return self.batches.get((location_id, workflow_id))

    def save_batch(self, batch: Batch) -> bool:
        return save_revision(self.batches, (batch.location_id, batch.workflow_id), batch)

    def statistics(
        self, location_id: str, workflow_ids: Sequence[str]
    ) -> Mapping[str, ExecutionStatistics]:
        known = {each: self.counted.get((location_id, each)) for each in workflow_ids}
        return {each: counted for each, counted in known.items() if counted}


class InMemoryEffects:
    """Remembers effects. Between the two records of an effect only the effect's own calls lie."""

    def __init__(self, messages: MessageStore) -> None:
        self._messages = messages
        self.outcomes: dict[str, dict[str, Any] | None] = {}

    def once(
        self,
        key: str,
        effect: Callable[[], Mapping[str, Any]],
        *,
        until: datetime | None = None,
        message: KeptMessage | None = None,
    ) -> Mapping[str, Any]:
        if key not in self.outcomes:
            self.outcomes[key] = None
            try:
                if message is not None:
                    self._messages.add(message.record, message.body, message.until)
                result = json.loads(json.dumps(dict(effect()), default=str))
            except OutcomeUnknownError as error:
                # What was settled meanwhile says more.
                self.outcomes[key] = self.outcomes[key] or {
                    "unknown": {
                        "message": error.message,
                        "field": error.field,
                        "remedy": error.remedy,
                    }
                }
            except Exception:
                del self.outcomes[key]
                raise
            else:
                self.outcomes[key] = {"result": result}
        outcome = self.outcomes[key]
        if outcome is None:
            raise OutcomeUnknownError(
                "An earlier try of this step began its effect and left no record of how it ended.",
                remedy="Look at the receiver whether it arrived.",
            )
        if "unknown" in outcome:
            raise OutcomeUnknownError(**outcome["unknown"])
        result = outcome["result"]
        return dict(result)

    def settle(self, key: str, result: Mapping[str, Any] | None) -> bool:
        if key not in self.outcomes:
            return False
        outcome = self.outcomes[key]
        if outcome is not None and "unknown" not in outcome:
            return False
        if result is None:
            del self.outcomes[key]
        else:
            self.outcomes[key] = {"result": json.loads(json.dumps(dict(result), default=str))}
        return True

    def forget(self, owner: str) -> int:
        owned = [key for key in self.outcomes if key.partition("#")[0] == owner]
        for key in owned:
            del self.outcomes[key]
        return len(owned)


class InMemoryJoins:
    def __init__(self) -> None:
        self.states: defaultdict[tuple[str, str, str], JoinState] = defaultdict(JoinState)

    def arrive(
        self, location_id: str, execution_id: str, join: str, decided: Mapping[str, Decision]
    ) -> JoinState:
        key = (location_id, execution_id, join)
        self.states[key] = self.states[key].arrive(decided)
        return self.states[key]

    def wait(
        self, location_id: str, execution_id: str, join: str, expected: int, token: str
    ) -> JoinState:
        key = (location_id, execution_id, join)
        self.states[key] = self.states[key].wait(token, expected)
        return self.states[key]


RecordT = TypeVar("RecordT", Execution, Step)


def _place(execution: Execution) -> str:
    """Return what sorts executions by their start."""
    return (
        f"{execution.started_at.astimezone(UTC).isoformat(timespec='microseconds')}#{execution.id}"
    )


def _kept(record: RecordT, moment: datetime) -> RecordT:
    if record.expires_at is None or record.expires_at >= moment:
        return record
    return record.changed(expires_at=moment)


def _ended_well(step: Step) -> bool:
    return step.status in {StepStatus.COMPLETED, StepStatus.SKIPPED}
