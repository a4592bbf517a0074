"""Reminders: progress of planning, impact of a change, and repair by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View, answer
from bookflow.api.rates import PLANNING
from bookflow.api.routing import Audit, Resource
from bookflow.api.workflow_views import GraphBody
from bookflow.domain.reminders.jobs import JobState
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler
from bookflow.use_cases.reminders.reminder_jobs import Impact, ReminderJobs, draft_offset

resource = Resource("reminders")


class JobView(View):
    """Progress of the latest planning of a workflow's reminders."""

    id: str
    state: JobState
    counts: Mapping[str, int] = Field(
        description="Bookings seen; reminders gained, moved, lost, skipped and failed"
    )
    reason: str | None = Field(description="Why it failed")
    remedy: str | None = Field(description="What to do about it")
    started_at: datetime
    updated_at: datetime


class ImpactRequest(Input):
    """The graph to look at; by default the stored draft."""

    draft: GraphBody | None = None


class ReconcileRequested(View):
    """The repair was requested; it runs in the background."""

    requested: bool


class LatestJob(View):
    """The latest planning of a workflow's reminders."""

    job: JobView | None


@resource.get("/workflows/<workflow_id>/reminder-job", Role.VIEWER)
def read_reminder_job(call: CallArg, location_id: Id, workflow_id: Id) -> LatestJob:
    """Return the progress of the latest planning of a workflow's reminders, null if there was none."""
    job = call.ports.reminders.job(location_id, workflow_id)
    shown = None if job is None else JobView.of(job.as_of(call.ports.clock.now()))
    return LatestJob(job=shown)


@resource.post("/workflows/<workflow_id>/impact", Role.VIEWER, audit=Audit.NOTHING, limit=PLANNING)
def preview_impact(call: CallArg, location_id: Id, workflow_id: Id, body: ImpactRequest) -> Impact:
    """Count what enabling a workflow, or a change of it, would do to reminders; nothing changes."""
    workflow = call.ports.workflows.get(location_id, workflow_id)
    graph = workflow.draft if body.draft is None else body.draft
    return ReminderJobs(call.ports).preview(location_id, workflow_id, draft_offset(graph))


@resource.post("/reminders/reconcile", Role.EDITOR, status=202, audit=Audit.DEED, limit=PLANNING)
def reconcile_reminders(call: CallArg, location_id: Id) -> Response[ReconcileRequested]:
    """Compare reminders with schedules now, and repair both; this also happens every day."""
    ReminderReconciler(call.ports).request(location_id)
    return answer(ReconcileRequested(requested=True), status=202)
