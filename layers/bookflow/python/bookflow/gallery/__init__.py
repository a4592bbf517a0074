"""Ready-made workflows that operators start from: one exported workflow a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bookflow.domain.workflows.export import WorkflowExport
from bookflow.gallery.reading import models_in

EXAMPLES = (
    "booking_confirmation",
    "pre_visit_reminder",
    "post_experience_follow_up",
    "cancellation_notification_with_webhook",
    "auto_add_note_on_reschedule",
)
"""The five examples of the product text."""


@cache
def ready_made() -> Mapping[str, WorkflowExport]:
    """Return the gallery's workflows by the name of their file."""
    return models_in(__name__, WorkflowExport)
