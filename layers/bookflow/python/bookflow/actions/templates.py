"""Finds the template that a step sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.domain.shared.errors import NotFoundError, PermanentError
from bookflow.domain.templates import Template

if TYPE_CHECKING:
    from bookflow.ports import Ports


def active_template(ports: Ports, location_id: str, template_id: str) -> Template:
    """Return a template that may be sent.

    Raises:
        PermanentError: It does not exist, or is deleted or inactive.
    """
    try:
        template = ports.templates.get(location_id, template_id)
    except NotFoundError:
        raise NotFoundError(
            f"The template {template_id} does not exist in this location.",
            field="template",
            remedy="Choose another template in the step and publish the workflow.",
        ) from None
    if template.deleted_at is not None:
        raise PermanentError(
            f"The template {template.name} ({template_id}) is deleted.",
            field="template",
            remedy="Choose another template in the step and publish the workflow.",
        )
    if not template.active:
        raise PermanentError(
            f"The template {template.name} ({template_id}) is inactive.",
            field="template",
            remedy="Activate it, or choose another template in the step.",
        )
    return template
