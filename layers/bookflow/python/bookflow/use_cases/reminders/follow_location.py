"""Plans a location's reminders anew when its zone or quiet hours change, from any source."""

from __future__ import annotations

from bookflow.domain.bookings.location_settings import LocationRecord
from bookflow.domain.bookings.records import Location, fields_set
from bookflow.domain.events import Event
from bookflow.ports import Ports
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs


def follow_location(ports: Ports, event: Event) -> None:
    """Begin the jobs that an event's statement of its location asks for.

    To be called before the event is recorded, for each delivery of it: a crash in between leaves
    jobs that find nothing to do, and never a change without its jobs.
    """
    if event.location is None:
        return
    known = ports.bookings.location(event.location_id)
    if known.effective is None:
        return
    said = {**fields_set(known.stated or event.location), **fields_set(event.location)}
    after = LocationRecord(known.id, Location(**said), known.kept).effective
    if planning_terms(after) != planning_terms(known.effective):
        plan_location_anew(ports, event.location_id)


def plan_location_anew(ports: Ports, location_id: str, *, settings_revision: int = 0) -> None:
    """Begin a job for each reminder workflow; its first page comes after the change is stored."""
    subscriptions = ports.workflows.subscriptions(location_id)
    offsets = ReminderPlanner(ports).offsets(location_id, subscriptions)
    for workflow_id, offset in offsets.items():
        ReminderJobs(ports).request(
            location_id, workflow_id, offset, settings_revision=settings_revision
        )


def planning_terms(location: Location | None) -> object:
    """Return what reminders depend on."""
    if location is None:
        return None
    return location.timezone, location.quiet_hours, location.retention_days
