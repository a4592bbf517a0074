"""Executions with their steps, the effects of each step, and the decisions at its joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from datetime import date, datetime

    from bookflow.domain.bookings.facts import FactClaims
    from bookflow.domain.bookings.records import BookingContext
    from bookflow.domain.executions.batch import Batch
    from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step
    from bookflow.domain.executions.payloads import ExecutionRef
    from bookflow.domain.executions.statistics import ExecutionStatistics
    from bookflow.domain.executions.step_statistics import Counters
    from bookflow.domain.messages.sent.sent_message import KeptMessage
    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.webhooks.deliveries import Delivery
    from bookflow.domain.workflows.joins import Decision, JoinState


class Once(Protocol):
    """Runs the effects of one step."""

    def __call__(
        self,
        name: str,
        effect: Callable[[], Mapping[str, Any]],
        message: KeptMessage | None = None,
        /,
    ) -> Mapping[str, Any]:
        """Run the effect at most once for this step and return its result; see `EffectLog.once`."""


@dataclass(frozen=True)
class ExecutionFilter:
    """Which executions a list holds; None means any. `since` and `until` bound when they began."""

    workflow_id: str | None = None
    booking_id: str | None = None
    status: ExecutionStatus | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, execution: Execution) -> bool:
        """Whether an execution of the same booking and time belongs to the list."""
        return self.status in (None, execution.status) and (
            self.workflow_id in (None, execution.workflow_id)
        )


ANY_EXECUTION = ExecutionFilter()


class ExecutionStore(Protocol):
    """Executions, their steps, and the batches that start many."""

    def claim(self, execution: Execution) -> Execution:
        """Store the execution unless its id is taken; return the stored one either way.

        This conditional write is the guard against a double start (docs/architecture.md,
        "Data flow").
        """

    def claim_first(self, execution: Execution, claims: FactClaims) -> bool:
        """Store an execution with the first claim of a fact of its booking, both or neither.

        Returns:
            Whether both are stored now: there was no claim of the workflow and booking, and the
            execution's id was not taken. After a False any of the two may be stored.
        """

    def fact_claims(self, location_id: str, booking_id: str, workflow_id: str) -> FactClaims:
        """Return the facts of a booking that events claimed for a workflow (consistent)."""

    def save_fact_claims(self, claims: FactClaims) -> bool:
        """Store the claims if the stored revision is the one before; say whether they are stored.

        They live as long as their booking.
        """

    def get(self, location_id: str, execution_id: str) -> Execution:
        """Return the execution.

        Raises:
            NotFoundError: There is no such execution.
        """

    def with_context(self, ref: ExecutionRef) -> tuple[Execution, BookingContext | None]:
        """Return the execution and the records around its booking as they stand now (consistent).

        What the reference names beside the execution says only what to read with it. The records
        are None for an unknown location.

        Raises:
            NotFoundError: There is no such execution.
        """

    def update(self, execution: Execution) -> bool:
        """Store the execution's progress unless the stored one has ended; say whether it did.

        "Never started" is not stored where the execution is known to have started. Its time to
        live stays.
        """

    def mark_launched(self, location_id: str, execution_id: str) -> bool:
        """Note that Step Functions has an open execution; say whether it was open."""

    def keep_until(self, location_id: str, execution_id: str, moment: datetime) -> None:
        """Let the records of an execution and of its steps live until then at least."""

    def steps(self, location_id: str, execution_id: str) -> Sequence[Step]:
        """Return the steps in the order in which they started."""

    def with_steps(self, location_id: str, execution_id: str) -> tuple[Execution, Sequence[Step]]:
        """Return an execution with its steps in the order in which they started (consistent).

        Raises:
            NotFoundError: There is no such execution.
        """

    def begin_step(self, step: Step, tries: int | None = None) -> Step:
        """Store a step as begun, counting the attempt; return it as stored.

        A step that has already ended well, or has no try left, is returned as it is and not begun
        again: its `try_id` is another one. The same `try_id` is counted once.

        Args:
            step: The step; its `try_id` names the try.
            tries: How many tries the step has in all; None for no bound.
        """

    def finish_step(self, step: Step, deliveries: Sequence[Delivery] = ()) -> None:
        """Store how the step ended, and add what it sent to its deliveries."""

    def step(self, location_id: str, execution_id: str, node_id: str) -> Step:
        """Return one step.

        Raises:
            NotFoundError: The execution has no such step.
        """

    def steps_at(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Step]:
        """Return the steps of a node, by execution id; none where an execution did not reach it."""

    def add_delivery(self, step: Step, delivery: Delivery) -> bool:
        """Add a delivery to those of a step; say whether it was added.

        It is not where the step does not exist, or was overwritten since: by an erasure, of which
        nothing that was under way may bring the guest back.
        """

    def deliveries(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Delivery]]:
        """Return the deliveries of a node's steps, the first one first, by execution id."""

    def overwrite(self, execution: Execution, steps: Sequence[Step]) -> None:
        """Store an ended execution and its steps anew, without the steps' deliveries.

        One that is in another state by now stays.
        """

    def note_delivery(
        self, location_id: str, execution_id: str, node_id: str, message_id: str, outcome: str
    ) -> None:
        """Note what became of a message that a step sent; without such a step nothing is noted.

        It stands beside whatever else is stored of the step, now or later.
        """

    def page(
        self,
        location_id: str,
        wanted: ExecutionFilter = ANY_EXECUTION,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Execution]:
        """Return a page of the executions of a workflow, a booking or the location, newest first.

        Where a booking is given with a workflow or a status, a page may hold fewer than there are.
        An execution that began or changed its status a moment ago may be missing.
        """

    def existing(self, location_id: str, execution_ids: Sequence[str]) -> Mapping[str, Execution]:
        """Return the executions of the location among those of the ids, by id (consistent)."""

    def count_end(self, execution: Execution, steps: Sequence[Step] = ()) -> None:
        """Count an execution that has just ended, with its steps, once, for its workflow."""

    def step_days(self, location_id: str, workflow_id: str) -> Mapping[date, Counters]:
        """Return what ended lately at the steps of a workflow, by day (UTC)."""

    def batch(self, location_id: str, workflow_id: str) -> Batch | None:
        """Return the workflow's latest batch (consistent)."""

    def save_batch(self, batch: Batch) -> bool:
        """Store a batch if the stored revision is the one before it; say whether it was."""

    def statistics(
        self, location_id: str, workflow_ids: Sequence[str]
    ) -> Mapping[str, ExecutionStatistics]:
        """Return the statistics of those of the workflows that ran, by workflow id."""


class EffectLog(Protocol):
    """Remembers effects, so that none happens twice."""

    def once(
        self,
        key: str,
        effect: Callable[[], Mapping[str, Any]],
        *,
        until: datetime | None = None,
        message: KeptMessage | None = None,
    ) -> Mapping[str, Any]:
        """Run the effect unless it has run for this key; return its (remembered) result.

        An error of the effect means that it did not happen and may be tried again, except
        `OutcomeUnknownError`, which is remembered and raised again.

        Args:
            key: Its owner and its name within it, with `#` in between.
            effect: What has the effect.
            until: When its owner may vanish, and it a week later; None for 400 days from now.
            message: What the effect sends. It is stored by the write that the effect begins with, in
                the place of an earlier try's: so what may have been sent can always be read.

        Raises:
            OutcomeUnknownError: An earlier try began and left no result.
        """

    def settle(self, key: str, result: Mapping[str, Any] | None) -> bool:
        """Record how an effect of unknown outcome ended; say whether its outcome was unknown.

        An effect that never began, or whose outcome is known, stays as it is.

        Args:
            key: The effect's key, as `once` took it.
            result: What `once` returns from now on; None if it did not happen, so that the next
                call of `once` runs it.
        """

    def forget(self, owner: str) -> int:
        """Forget all effects of an owner, which has none any more; return how many there were."""


class JoinStore(Protocol):
    """Joins that wait for branches (see `domain/workflows/joins.py`)."""

    def arrive(
        self, location_id: str, execution_id: str, join: str, decided: Mapping[str, Decision]
    ) -> JoinState:
        """Record decided edges and return the join's state after it (atomic, repeatable)."""

    def wait(
        self, location_id: str, execution_id: str, join: str, expected: int, token: str
    ) -> JoinState:
        """Record who waits and return the join's state after it (atomic, repeatable)."""
