"""Create Task: creates a task for the people of the location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bookflow.actions.base import Action, ActionConfig, TextField
from bookflow.actions.texts import cut, rendered, require_filled
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.executions.authorship import effect_id
from bookflow.domain.rendering import Mode
from bookflow.domain.staff.tasks import Task

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.ports import Once

MAX_TITLE_CHARACTERS = 500
MAX_DESCRIPTION_CHARACTERS = 20_000


class CreateTaskConfig(ActionConfig):
    """What is to be done, and until when."""

    title: str = Field(
        min_length=1,
        max_length=500,
        title="Title",
        description="What is to be done, in one line; variables allowed",
        examples=["Call {{ customer.first_name }} about {{ booking.confirmation_code }}"],
        json_schema_extra={"format": "variables-text"},
    )
    description: str = Field(
        default="",
        max_length=10_000,
        title="Description",
        description="What there is to know about it; variables allowed",
        examples=["Cancelled by {{ event.cancelled_by }}: {{ event.reason }}"],
        json_schema_extra={"format": "variables-text"},
    )
    due_in_hours: int = Field(
        default=24,
        ge=0,
        le=8760,
        title="Due in hours",
        description="Hours from now until the task is due, at most a year",
        examples=[24],
    )
    priority: Literal["low", "normal", "high"] = Field(
        default="normal",
        title="Priority",
        description="How urgent the task is",
        examples=["normal"],
    )


class CreateTask(Action[CreateTaskConfig, Task]):
    """Creates an internal task for follow-up (product text, "Create Task")."""

    type = "create_task"
    title = "Create task"
    description = "Creates a task for the people of the location."
    icon = "task"
    summary = "{title}"
    config_model = CreateTaskConfig
    outputs = (
        Variable("output.task_id", "string", "Id of the task", "task_3f2a"),
        Variable("output.title", "string", "Title as it came out", "Call Ada"),
        Variable("output.priority", "string", "low, normal or high", "normal"),
        Variable("output.due_at", "datetime", "When it is due", "2027-06-11T09:12:00+00:00"),
    )

    def plan(self, config: CreateTaskConfig, scope: Scope) -> Task:
        """Render the task.

        Raises:
            PermanentError: The title comes out empty.
        """
        title = rendered(config.title, scope, "title", Mode.HEADER)
        require_filled(title, "title")
        description = rendered(config.description, scope, "description", Mode.TEXT)
        booking = scope.context.booking
        return Task(
            location_id=scope.context.location.id,
            id=effect_id("task", scope.effect_key),
            title=cut(title, MAX_TITLE_CHARACTERS),
            description=cut(description.strip(), MAX_DESCRIPTION_CHARACTERS),
            priority=config.priority,
            due_at=scope.now + timedelta(hours=config.due_in_hours),
            booking_id=booking.id if booking else scope.event.booking_id,
            workflow_id=scope.execution.workflow_id,
            execution_id=scope.execution.id,
            created_at=scope.now,
            kept_until=kept_until(booking, scope.context.location, scope.now),
        )

    def planned_output(self, plan: Task) -> Mapping[str, Any]:
        """Return the output with this task's texts."""
        return {
            **super().planned_output(plan),
            "title": plan.title,
            "priority": plan.priority,
            "due_at": plan.due_at.isoformat(),
        }

    def perform(self, plan: Task, once: Once) -> Mapping[str, Any]:
        """Store the task; its id is the same in every try, so the first due time stays."""
        stored = self.ports.tasks.add(plan)
        return {
            "task_id": stored.id,
            "title": stored.title,
            "priority": stored.priority,
            "due_at": stored.due_at.isoformat(),
        }

    @classmethod
    def texts(cls, config: CreateTaskConfig) -> Iterable[TextField]:
        """Return title and description."""
        yield TextField("title", config.title, "header")
        if config.description:
            yield TextField("description", config.description, "text")
