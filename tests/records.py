"""One record of each kind, stored past the API: for tests that look at all routes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bookflow.bootstrap import Services
from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.bookings.facts import FactClaim, FactClaims, FactKind
from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.batch import Audience, Batch, BatchState
from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step, StepStatus
from bookflow.domain.imports.booking_import import BookingImport, PageSummary, RowFailure
from bookflow.domain.imports.rows import ImportRow
from bookflow.domain.messages.marketing_limits import MarketingShare
from bookflow.domain.messages.sent.sent_message import MessageBody, SentMessage
from bookflow.domain.messages.sent.sent_sms import SentSms
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.privacy.erasure import Erasure
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.rate_limits import RateLimit
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.domain.surveys.answers import Answer
from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
from bookflow.domain.surveys.survey import Survey, TextQuestion
from bookflow.domain.templates import Template, TemplateText
from bookflow.domain.templates.edited import EditedText
from bookflow.domain.webhooks.deliveries import Delivery, sent_request
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.webhooks.signature import message_id
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.joins import Decision
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion
from bookflow.use_cases.workflows.make_machine import make_machine
from tests.api import TARGET
from tests.unit.api.graphs import created_event

THEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
FAR = datetime(2127, 1, 1, tzinfo=UTC)
"""When records may vanish that no clock shall take."""

VISIT = datetime(2127, 1, 1, 10, 0, tzinfo=UTC)
"""When the stored bookings start."""


HOOK = "https://{{ booking.confirmation_code }}.example/hook"
"""An address that only its sending finds to be none: nothing leaves a test by it."""


def hook_of(mark: str) -> str:
    """Return that address as it is sent, for a booking whose code is the mark."""
    return HOOK.replace("{{ booking.confirmation_code }}", quote(mark, safe=""))


def workflow_graph(mark: str) -> dict[str, Any]:
    """Return a graph that can be published: a trigger and a note."""
    return {
        "nodes": [
            {"id": "t", "type": "trigger", "name": mark, "config": {"event": "Booking Created"}},
            {"id": "n", "type": "add_booking_note", "name": mark, "config": {"note": mark}},
        ],
        "edges": [{"id": "e", "source": "t", "target": "n"}],
    }


def address_hash(record_id: str) -> str:
    """Return the hash under which the suppression of a record id is stored."""
    return hashlib.sha256(record_id.encode()).hexdigest()


def imported_row(record_id: str) -> ImportRow:
    """Return a row of an import, with a booking of its own."""
    return ImportRow(
        row=1, booking_id=f"{record_id}-imported", status=BookingStatus.DRAFT, start_time=THEN
    )


def know_location_as(services: Services, location_id: str, name: str) -> None:
    """Store the location itself."""
    services.bookings.record(
        Event.model_validate(
            {
                "event_id": "e-0",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "location": {"id": location_id, "name": name},
            }
        )
    )


def store_one_of_each(
    services: Services, location_id: str, record_id: str, mark: str, *, machine_arn: str = ""
) -> None:
    """Store a record of each kind with this id; all of their texts hold the mark.

    The run has failed, on a published version of the workflow that can be published again.
    """
    drawn = workflow_graph(mark)
    drawn["nodes"].append({"id": record_id, "type": "webhook", "config": {"url": HOOK}})
    drawn["edges"].append({"id": "h", "source": "n", "target": record_id})
    graph = Graph.model_validate(drawn)
    machine = make_machine(graph, TARGET.function_arn_prefix)
    services.workflows.save(
        Workflow(
            location_id=location_id,
            id=record_id,
            name=mark,
            description=mark,
            draft=graph,
            created_at=THEN,
            updated_at=THEN,
        )
    )
    workflow = services.workflows.get(location_id, record_id)
    services.workflows.publish(
        workflow.saved(1, updated_at=THEN, published_version=1, latest_version=1),
        version=WorkflowVersion(
            location_id=location_id,
            workflow_id=record_id,
            version=1,
            name=mark,
            trigger_type="Booking Created",
            graph=graph,
            machine_arn=machine_arn or f"arn:machine:{mark}",
            decided_at_start=machine.decided_at_start,
            input_nodes=machine.input_nodes,
            published_at=THEN,
            published_by=mark,
        ),
        subscription=None,
    )
    execution = Execution(
        location_id=location_id,
        id=record_id,
        workflow_id=record_id,
        workflow_name=mark,
        version=1,
        event_id=mark,
        event_type="Booking Created",
        event_data={
            **created_event(mark)["detail"],
            "location_id": location_id,
            "booking_id": record_id,
            "note": mark,
        },
        booking_id=record_id,
        status=ExecutionStatus.FAILED,
        error_message=mark,
        started_at=THEN,
        completed_at=THEN,
        expires_at=FAR,
    )
    services.executions.claim(execution)
    services.executions.finish_step(
        Step(
            location_id=location_id,
            execution_id=record_id,
            node_id="n",
            node_type="add_booking_note",
            node_name=mark,
            status=StepStatus.FAILED,
            input_data={"note": mark},
            output_data={"note": mark},
            error_message=mark,
            started_at=THEN,
            expires_at=FAR,
        )
    )
    services.executions.finish_step(
        Step(
            location_id=location_id,
            execution_id=record_id,
            node_id=record_id,
            node_type="webhook",
            status=StepStatus.COMPLETED,
            started_at=THEN,
            expires_at=FAR,
        ),
        [
            Delivery(
                id=record_id,
                message_id=message_id(f"{record_id}#{record_id}"),
                sent_at=THEN,
                request=sent_request("POST", hook_of(mark), {}, mark.encode()),
            )
        ],
    )
    services.executions.count_end(execution)
    services.templates.save(
        Template(
            location_id=location_id,
            id=record_id,
            name=mark,
            channel="sms",
            sms=mark,
            updated_at=THEN,
        )
    )
    _store_around(services, location_id, mark, record_id)


def _store_around(services: Services, location_id: str, mark: str, record_id: str) -> None:
    services.bookings.record(
        Event.model_validate(
            {
                "event_id": f"e-{record_id}",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "booking_id": record_id,
                "booking": {"start_time": VISIT.isoformat(), "confirmation_code": mark},
                "customer": {"id": record_id, "first_name": mark, "email": "ada@example.com"},
                "activity": {"id": record_id, "name": mark},
            }
        )
    )
    services.notes.add(
        Note(
            location_id=location_id,
            booking_id=record_id,
            id=record_id,
            text=mark,
            created_at=THEN,
            kept_until=FAR,
        )
    )
    services.tasks.add(
        Task(
            location_id=location_id,
            id=record_id,
            title=mark,
            due_at=THEN,
            created_at=THEN,
            kept_until=FAR,
        )
    )
    question = TextQuestion(id="q", text=mark)
    services.surveys.save(
        Survey(location_id=location_id, id=record_id, name=mark, questions=(question,))
    )
    services.surveys.respond(
        SurveyResponse(
            location_id=location_id,
            token_hash=address_hash(record_id),
            survey_id=record_id,
            booking_id=record_id,
            submitted_at=THEN,
            answers=(Answer(question_id="q", question=mark, type="text", answer=mark),),
            kept_until=FAR,
        )
    )
    services.suppressions.add(
        Suppression(
            location_id=location_id,
            address_hash=address_hash(record_id),
            masked=mark,
            reason=SuppressionReason.MANUAL,
            scope=SuppressionScope.ALL,
            created_at=THEN,
        )
    )
    services.erasures.save(
        Erasure(
            location_id=location_id,
            guest=guest_digest(location_id, record_id),
            started_at=THEN,
            updated_at=THEN,
            expires_at=FAR,
        )
    )
    imported = BookingImport(
        location_id=location_id,
        id=record_id,
        as_of=THEN,
        pages={"1": PageSummary(ready=1, invalid=0, to_come=0)},
        failures=(RowFailure(row=1, reason=mark),),
        sent_by=Sender(kind="person", id="user-1"),
        created_at=THEN,
        updated_at=FAR,
    )
    services.imports.save(imported)
    services.imports.put_page(imported, 1, [imported_row(record_id)], until=FAR)
    services.reminders.begin_job(
        ReminderJob(
            location_id=location_id,
            workflow_id=record_id,
            id=mark,
            since=THEN,
            started_at=THEN,
            updated_at=THEN,
        )
    )
    services.audit.append(
        AuditEntry(
            location_id=location_id,
            id=record_id,
            at=THEN,
            actor=mark,
            actor_kind="person",
            operation="save_workflow",
            kind="workflows",
            resource_id=record_id,
            before={"name": mark},
            after={"name": mark},
            expires_at=FAR,
        )
    )
    if mark not in {secret.name for secret in services.secrets.list(location_id)}:
        services.secrets.put(location_id, mark, Secret(mark))
    _store_messages(services, location_id, mark, record_id)


def _store_messages(services: Services, location_id: str, mark: str, record_id: str) -> None:
    """Store a message that was sent, a reminder that is planned, and a batch that is through."""
    message = SentMessage(
        location_id=location_id,
        id=record_id,
        owner=record_id,
        execution_id=record_id,
        node_id="n",
        booking_id=record_id,
        channel="sms",
        template_id=record_id,
        template_name=mark,
        template_version=1,
        recipient="customer",
        to="+49…89",
        sent_at=THEN,
    )
    services.messages.add(message, MessageBody(text=mark), FAR)
    services.reminders.save(
        Reminder(
            location_id=location_id,
            booking_id=record_id,
            workflow_id=record_id,
            state=ReminderState.PLANNED,
            fire_at=VISIT - timedelta(hours=24),
            config=ReminderOffset(event="Booking Reminder"),
            anchor=VISIT,
            start_time=VISIT,
            known_since=THEN,
            changed_at=THEN,
            expires_at=FAR,
        )
    )
    services.executions.save_batch(
        Batch(
            location_id=location_id,
            workflow_id=record_id,
            id=record_id,
            version=1,
            machine_arn="arn",
            audience=Audience(booking_id=record_id),
            state=BatchState.COMPLETED,
            sent_by=Sender(kind="person", id="user-1"),
            started_at=THEN,
            run_started_at=THEN,
            updated_at=THEN,
        )
    )


def store_all_around(services: Services, location_id: str, record_id: str) -> None:
    """Store what `store_one_of_each` leaves out: what no route shows by itself."""
    until = FAR
    store = services.bookings
    settings = LocationSettings(name="Kayaks")
    store.save_settings(location_id, StoredSettings(settings, 1, THEN))
    late = {"event_id": "e-late", "location_id": location_id, "occurred_at": until.isoformat()}
    store.record(Event.model_validate(late), received_at=THEN)
    pending = {"id": record_id, "status": "pending"}
    said = {**late, "event_id": "e-p", "occurred_at": THEN, "booking_id": record_id}
    store.record(Event.model_validate({**said, "booking": pending}))
    store.change_status(
        location_id,
        record_id,
        "change",
        expected=BookingStatus.PENDING,
        status=BookingStatus.CONFIRMED,
        at=THEN,
    )
    claim = FactClaim(kind=FactKind.CREATED, stamp="1", event_id="e")
    names = {"location_id": location_id, "booking_id": record_id, "workflow_id": record_id}
    services.executions.save_fact_claims(FactClaims(**names).plus(claim, until))
    decided = InHand(location_id=location_id, booking_id=record_id, revision=1, kept_until=until)
    services.bookings.save_in_hand(decided)
    edited = {
        "booking_id": record_id,
        "id": record_id,
        "texts": TemplateText(),
        "kept_until": until,
    }
    services.templates.save_edited(EditedText(location_id=location_id, **edited))
    services.joins.arrive(location_id, record_id, "join", {"n.out": Decision.ACTIVE})
    invitation = SurveyInvitation(
        location_id=location_id,
        token_hash=address_hash(record_id),
        survey_id=record_id,
        booking_id=record_id,
        execution_id=record_id,
        created_at=THEN,
        expires_at=until,
        kept_until=until,
    )
    services.surveys.ask(invitation, "ex#n")
    services.surveys.invite(invitation)
    services.suppressions.keep_link_key(location_id, b"key")
    services.sent_sms.add(
        SentSms(
            message_id="sms-1",
            location_id=location_id,
            owner=record_id,
            execution_id=record_id,
            node_id="n",
            record_id=record_id,
            sent_at=THEN,
        )
    )
    of_a_day = services.executions.get(location_id, record_id)
    services.executions.count_end(
        of_a_day.changed(id="next-day", completed_at=THEN + timedelta(days=1))
    )
    guest = guest_digest(location_id, record_id)
    services.marketing_counts.take(MarketingShare(location_id, guest, THEN.date(), "ex#n", most=1))
    services.rate_limits.take(location_id, RateLimit("bulk", burst=1, per_minute=1), THEN)
    services.unused_machines.mark("machine", THEN)
    services.unused_machines.stop_at("machine")
    workflow = services.workflows.get(location_id, record_id)
    services.workflows.publish(
        workflow.saved(workflow.revision, updated_at=THEN, enabled=True),
        version=None,
        subscription=Subscription(
            location_id=location_id,
            trigger_type="Booking Created",
            workflow_id=record_id,
            version=1,
            machine_arn="arn:machine:m",
        ),
    )
