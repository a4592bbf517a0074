"""Executions and their steps: the records, correct under repeats and in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.shared.errors import LackKind
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.workflows.graph import Node


class ExecutionStatus(StrEnum):
    """The states of an execution (design, "Tracking")."""

    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether the execution has ended; a final state is never left."""
        return self not in {ExecutionStatus.RUNNING, ExecutionStatus.WAITING}


IN_PROGRESS = tuple(status for status in ExecutionStatus if not status.is_final)
"""The states of an execution that has not ended."""


class StepStatus(StrEnum):
    """The states of a step."""

    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether the step has ended."""
        return self not in {StepStatus.RUNNING, StepStatus.WAITING}


ENDED_BY_HAND = "ended_by_hand"
"""Field of a delay's output that says that a person ended it before its time."""


class ReasonCode(StrEnum):
    """Why something was skipped or how it failed, for programs; the message is for people."""

    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_REINSTATED = "booking_reinstated"
    BOOKING_MOVED = "booking_moved"
    BOOKING_STARTED = "booking_started"
    BOOKING_DRAFT = "booking_draft"
    BOOKING_PENDING = "booking_pending"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_COMPLETED = "booking_completed"
    BOOKING_NO_SHOW = "booking_no_show"
    GUEST_ERASED = "guest_erased"
    BOOKING_TIME_UNKNOWN = "booking_time_unknown"
    VISIT_OVER = "visit_over"
    ALREADY_ASKED = "already_asked"
    WORKFLOW_DISABLED = "workflow_disabled"
    QUIET_HOURS = "quiet_hours"
    REMINDER_MISSING = "reminder_missing"
    REMINDER_ORPHANED = "reminder_orphaned"
    REMINDER_MOVED = "reminder_moved"
    STALE_REMINDER = "stale_reminder"
    FILTERED = "filtered"
    TOO_LATE = "too_late"
    ENABLED_LATER = "enabled_later"
    SENT_LATE = "sent_late"
    OPTED_OUT = "opted_out"
    SKIPPED_BY_HAND = "skipped_by_hand"
    MESSAGES_OFF = "messages_off"
    MARKETING_PAUSED = "marketing_paused"
    MARKETING_LIMIT = "marketing_limit"
    NO_RECIPIENT = "no_recipient"
    SURVEY_INACTIVE = "survey_inactive"
    SURVEY_EXCLUDED = "survey_excluded"
    NO_CHANGE = "no_change"
    CAUSATION_CIRCLE = "causation_circle"
    CAUSATION_TOO_LONG = "causation_too_long"
    START_FAILED = "start_failed"
    STEP_FAILED = "step_failed"
    OUTCOME_UNKNOWN = "outcome_unknown"
    TIMED_OUT = "timed_out"
    ABORTED = "aborted"
    CRASHED = "crashed"


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


Expiry = Annotated[datetime, AfterValidator(_whole_seconds)]
"""When a record may vanish, to the second, as DynamoDB keeps it."""


class Execution(StoredModel):
    """One execution of one workflow version for one event.

    Attributes:
        event_type: "Trigger Event Type" of the product text.
        derived_from: Type of the event as it was sent, where the trigger's type is derived from it.
        event_data: "Trigger Event Data": the full event payload as JSON values.
        causation_chain: Workflows whose effects led here, without this one.
        booking_status: Status of the booking that the execution is about, for the send-time guard:
            as the event stated it, or as it was when the execution began.
        booking_start: Start of the booking when the execution began, likewise.
        visit_over: Whether the visit was over when the execution began, so that the customer gets
            no message about it.
        machine_arn: The pinned machine; a repeated event starts this one, whatever is published
            since.
        decisions: The handles of the nodes that the event alone decides, as in the graph, by node.
        launched: Whether Step Functions is known to have the execution; what is known once stays
            known.
        resumed_from: The failed execution that this one resumes, if it does.
        effects_of: The first execution of a chain of resumed ones: its effects are not repeated.
        erased_at: When its guest was erased, and with that what it says of the person.
        expires_at: When the record may vanish; never while the execution waits (see `outliving`).
    """

    location_id: Identifier
    id: Identifier
    workflow_id: Identifier
    workflow_name: str = ""
    version: int
    event_id: str
    event_type: str
    derived_from: str | None = None
    event_data: Mapping[str, Any]
    booking_id: str | None = None
    causation_chain: tuple[str, ...] = ()
    booking_status: BookingStatus | None = None
    booking_start: datetime | None = None
    visit_over: bool = False
    machine_arn: str = ""
    decisions: Mapping[str, str] = Field(default_factory=dict)
    launched: bool = False
    resumed_from: Identifier | None = None
    effects_of: Identifier | None = None
    status: ExecutionStatus = ExecutionStatus.RUNNING
    reason_code: ReasonCode | None = None
    error_message: str | None = None
    started_at: datetime
    completed_at: datetime | None = None
    erased_at: datetime | None = None
    expires_at: Expiry | None = None

    @property
    def owner(self) -> str:
        """The first of its chain of resumed executions, whose effects theirs are."""
        return self.effects_of or self.id

    @property
    def never_started(self) -> bool:
        """Whether its start failed and Step Functions is not known to have it all the same."""
        return self.reason_code is ReasonCode.START_FAILED and not self.launched

    def start_failed(self, message: str, at: datetime) -> Execution:
        """Return the execution with its start recorded as failed."""
        return self.changed(
            status=ExecutionStatus.FAILED,
            reason_code=ReasonCode.START_FAILED,
            error_message=f"The execution could not be started: {message}",
            completed_at=at,
        )

    def outliving(self, wait_ends: datetime, retention: timedelta) -> datetime | None:
        """Return until when the execution's records must be stored for what follows a wait.

        None if they live long enough: at least half of the retention is left after the wait.
        """
        if self.expires_at is None or wait_ends + retention / 2 <= self.expires_at:
            return None
        return _whole_seconds(wait_ends + retention)


class StepLack(StoredModel):
    """What a failed step lacked, so that a person can be led there.

    Attributes:
        name: Id or name of the one that is missing; empty where there is one only.
        template_id: The template whose text names it; None for the step's own configuration.
    """

    kind: LackKind
    name: str = ""
    template_id: str | None = None


class Step(StoredModel):
    """One node's part in an execution.

    Attributes:
        input_data: The configuration passed to the action, secrets masked.
        output_data: The action's result.
        attempts: How often the step was begun, the first time counted.
        lacks: What has to be there before a retry can help, where the error says it.
        try_id: Mark of the try that began last. A try whose record was written, and whose answer
            was lost, knows its own record by it.
        unknown_effects: Names of the effects of which it is not known whether they happened.
        failed_effects: Names of the effects that did not happen.
        deliveries: What became of the messages that it sent, as far as it is known, by message id.
    """

    location_id: Identifier
    execution_id: Identifier
    node_id: str
    node_type: str
    node_name: str = ""
    status: StepStatus = StepStatus.RUNNING
    reason_code: ReasonCode | None = None
    input_data: Mapping[str, Any] = Field(default_factory=dict)
    output_data: Mapping[str, Any] = Field(default_factory=dict)
    error_message: str | None = None
    lacks: StepLack | None = None
    attempts: int = 1
    try_id: str = ""
    unknown_effects: tuple[str, ...] = ()
    failed_effects: tuple[str, ...] = ()
    deliveries: Mapping[str, str] = Field(default_factory=dict)
    started_at: datetime
    completed_at: datetime | None = None
    expires_at: Expiry | None = None

    @classmethod
    def of(cls, execution: Execution, node: Node, **fields: Any) -> Step:
        """Return an execution's step at a node; it is kept as long as the execution."""
        return cls(
            location_id=execution.location_id,
            execution_id=execution.id,
            node_id=node.id,
            node_type=node.type,
            node_name=node.name,
            expires_at=execution.expires_at,
            **fields,
        )

    def showing_deliveries(self) -> Self:
        """Return the step as people see it: in its output each SMS has what became of it."""
        texts = [
            {**sent, "delivery": self.deliveries[sent["message_id"]]}
            if sent.get("message_id") in self.deliveries
            else sent
            for sent in self.output_data.get("sms", ())
        ]
        return self.changed(output_data={**self.output_data, "sms": texts}) if texts else self


def effect_log_key(execution: Execution, node_id: str, effect: str) -> str:
    """Return the key of one effect of a step, the same in resumed executions.

    Args:
        execution: The execution of the step.
        node_id: The step's node.
        effect: Name of the effect within its step, such as `email:customer`; no personal data.
    """
    return f"{execution.owner}#{node_id}#{effect}"


def execution_id(location_id: str, event_id: str, workflow_id: str) -> str:
    """Return the one id of the execution of a workflow for an event.

    It is also the Step Functions execution name (at most 80 characters), so a repeated event
    can start nothing twice, and it reveals none of its parts.
    """
    key = "\x1f".join((location_id, event_id, workflow_id))
    return "ex_" + hashlib.sha256(key.encode()).hexdigest()[:40]


def resumed_execution_id(location_id: str, execution_id: str) -> str:
    """Return the one id of the execution that resumes a failed one, so that it starts once."""
    key = "\x1f".join((location_id, execution_id, "resumed"))
    return "ex_" + hashlib.sha256(key.encode()).hexdigest()[:40]
