"""Starts a workflow by hand: says for which bookings it would be, and begins, takes up or stops a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookflow.actions.catalogue import action_types
from bookflow.domain.catalogue.by_hand import can_start_by_hand
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.batch import Audience, Batch, BatchState
from bookflow.domain.executions.execution import execution_id
from bookflow.domain.shared.errors import ConflictError, InvalidInputError, NotFoundError
from bookflow.domain.shared.pagination import pages
from bookflow.domain.shared.records import new_id
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import BookedVisit, Ports
from bookflow.use_cases.begin_job import begin_job
from bookflow.use_cases.executions.run_batch import batch_message, bookings_of
from bookflow.use_cases.workflows.make_machine import MachineTarget, make_machine, on_machine

COUNTED = 2000
"""Bookings that are looked through to count an audience, so that it fits into one call of the API."""

SETTLING_SECONDS = 3
"""Wait before the first page: the batch is stored by then."""

NAMED = 100
"""Bookings that are named before they are written to."""


@dataclass(frozen=True)
class AudienceCount:
    """For whom a start of a workflow would be.

    Attributes:
        bookings: How many bookings the audience has.
        left: Those of them for which the batch that would be taken up did not start.
        named: The first of those that are left, the earliest first.
        complete: Whether that are all; else the counts are a lower bound.
        batch: The batch that would be taken up, if there is one.
    """

    bookings: int
    left: int
    named: Sequence[BookedVisit]
    complete: bool
    batch: Batch | None


class Batches:
    """The batches of a location's workflows."""

    def __init__(self, ports: Ports, target: MachineTarget) -> None:
        self._ports = ports
        self._target = target

    def count(self, location_id: str, workflow_id: str | None, audience: Audience) -> AudienceCount:
        """Count and name the bookings of an audience, for a workflow if there is one yet.

        Raises:
            NotFoundError: There is no such workflow.
            InvalidInputError: The audience names neither a booking nor a date.
        """
        visits, complete = self._visits(location_id, audience)
        batch, left = None, visits
        if workflow_id is not None:
            self._ports.workflows.get(location_id, workflow_id)
            batch = self.latest(location_id, workflow_id)
        if batch is not None and not batch.is_taken_up(self._ports.clock.now()):
            batch = None
        if batch is not None:
            ran = self._those_who_have(batch, visits)
            left = [each for each in visits if each.booking.id not in ran]
        return AudienceCount(len(visits), len(left), left[:NAMED], complete, batch)

    def begin(
        self,
        location_id: str,
        workflow_id: str,
        audience: Audience,
        *,
        sent_by: Sender,
        again_after: str | None = None,
        left_of: str | None = None,
    ) -> Batch:
        """Start the published version for an audience, in pages; return the batch.

        The workflow's last batch is taken up if it began within 24 hours: bookings that have it get
        it no second time. A repeated call while it runs changes nothing.

        Args:
            location_id: The location.
            workflow_id: The workflow; it need not be turned on.
            audience: The bookings.
            sent_by: Who starts it.
            again_after: The batch after which everybody gets it again, as a new batch.
            left_of: The batch by which those who are left were counted: it is taken up also if its
                24 hours ended since.

        Raises:
            ConflictError: It has no published version, or runs for other bookings at the moment.
            NotFoundError: There is no such workflow.
            InvalidInputError: Its trigger needs what no record says, or the audience is empty.
        """
        version = self._version(location_id, workflow_id)
        stored = self.latest(location_id, workflow_id)
        if stored is not None and stored.state is BatchState.RUNNING:
            return _same_or_busy(stored, audience)
        visits, complete = self._visits(location_id, audience)
        if not visits and complete:
            raise InvalidInputError(
                "no booking is meant by this", field="audience", remedy="Choose other bookings."
            )
        now = self._ports.clock.now()
        is_again = stored is not None and stored.id == again_after
        is_seen = stored is not None and stored.id == left_of
        goes_on = stored is not None and (stored.is_taken_up(now) or is_seen) and not is_again
        batch = Batch(
            location_id=location_id,
            workflow_id=workflow_id,
            id=stored.id if stored and goes_on else new_id("batch"),
            run=stored.run + 1 if stored and goes_on else 1,
            version=version.version,
            machine_arn=version.machine_arn,
            messages_each=_messages_of(version),
            audience=audience,
            total=len(visits) if complete else None,
            sent_by=sent_by,
            started_at=stored.started_at if stored and goes_on else now,
            run_started_at=now,
            updated_at=now,
            revision=stored.revision + 1 if stored else 1,
        )
        if begin_job(
            self._ports,
            batch_message(batch),
            lambda: self._ports.executions.save_batch(batch),
            settling=SETTLING_SECONDS,
        ):
            return batch
        other = self.latest(location_id, workflow_id)
        if other is None:
            raise _busy()
        return _same_or_busy(other, audience)

    def _those_who_have(self, batch: Batch, visits: Sequence[BookedVisit]) -> set[str]:
        """Return the ids of the bookings for which a batch started; a next run tries the others."""
        ids = {
            execution_id(
                batch.location_id, batch.event_id(each.booking.id), batch.workflow_id
            ): each.booking.id
            for each in visits
        }
        ran = self._ports.executions.existing(batch.location_id, list(ids))
        return {ids[name] for name, execution in ran.items() if not execution.never_started}

    def latest(self, location_id: str, workflow_id: str) -> Batch | None:
        """Return the workflow's latest batch and how far it is."""
        batch = self._ports.executions.batch(location_id, workflow_id)
        return batch.as_of_now(self._ports.clock.now()) if batch else None

    def get(self, location_id: str, workflow_id: str) -> Batch:
        """Return the workflow's latest batch and how far it is.

        Raises:
            NotFoundError: The workflow was not started by hand lately.
        """
        batch = self.latest(location_id, workflow_id)
        if batch is None:
            raise NotFoundError("the workflow was not started by hand lately", field="workflow_id")
        return batch

    def stop(self, location_id: str, workflow_id: str) -> Batch:
        """Start no more executions of the latest batch; those that were started go on.

        One that failed is stopped too: the queue may deliver its message again.

        Raises:
            NotFoundError: The workflow was not started by hand lately.
            ConflictError: A page of it ended at the same moment, several times.
        """
        for _ in range(5):
            batch = self.get(location_id, workflow_id)
            if batch.state not in (BatchState.RUNNING, BatchState.FAILED):
                return batch
            stopped = batch.stopped(self._ports.clock.now())
            if self._ports.executions.save_batch(stopped):
                return stopped
        raise _busy()

    def _version(self, location_id: str, workflow_id: str) -> WorkflowVersion:
        workflow = self._ports.workflows.get(location_id, workflow_id)
        if workflow.published_version is None:
            raise ConflictError(
                "the workflow has no published version",
                field="workflow_id",
                remedy="Publish it first.",
            )
        version = self._ports.workflows.version(
            location_id, workflow_id, workflow.published_version
        )
        if not can_start_by_hand(version.trigger_type):
            raise InvalidInputError(
                f"its trigger {version.trigger_type} needs what no record of a booking says",
                field="workflow_id",
                remedy='Choose a workflow with the trigger "Started by hand".',
            )
        # The sweep deletes machines of workflows that are turned off.
        machine = make_machine(version.graph, self._target.function_arn_prefix)
        return on_machine(version, machine, self._ports, self._target)

    def _visits(self, location_id: str, audience: Audience) -> tuple[list[BookedVisit], bool]:
        """Return the bookings of an audience, and whether that are all."""
        found: list[BookedVisit] = []
        looked_at = 0
        for page in pages(lambda request: bookings_of(self._ports, location_id, audience, request)):
            found += page.items
            looked_at += 100
            if page.position is not None and looked_at >= COUNTED:
                return found, False
        return found, True


def _messages_of(version: WorkflowVersion) -> int:
    types = action_types()
    return max(
        1,
        sum(
            types[node.type].writes_to_guest(
                types[node.type].config_model.model_validate(dict(node.config))
            )
            for node in version.graph.nodes
            if node.type in types
        ),
    )


def _same_or_busy(batch: Batch, audience: Audience) -> Batch:
    if batch.state is BatchState.RUNNING and batch.audience == audience:
        return batch
    raise _busy()


def _busy() -> ConflictError:
    return ConflictError(
        "this workflow is just being started for other bookings",
        field="workflow_id",
        remedy="Wait until that is done, or stop it.",
    )
