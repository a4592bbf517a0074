"""What operators do with communication templates: write, check, preview, duplicate, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.events import event_types
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
)
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.input_problems import counted
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.shared.records import new_id
from bookflow.domain.templates import Template, TemplateContent
from bookflow.ports import Ports
from bookflow.use_cases.preview.preview_template import (
    Preview,
    TemplatePartProblem,
    problems_of,
    render_preview,
)
from bookflow.use_cases.workflows.references import require_unused


class InvalidTemplateError(PermanentError):
    """A template cannot be saved as it is; `problems` lists every reason."""

    def __init__(self, problems: Sequence[TemplatePartProblem]) -> None:
        first = problems[0]
        super().__init__(
            f"the template has {counted(len(problems), 'problem')}, the first: {first.message}",
            field=first.part,
            remedy=first.remedy,
        )
        self.problems = tuple(problems)


class TemplateManager:
    """The templates of locations."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def get(self, location_id: str, template_id: str) -> Template:
        """Return a template.

        Raises:
            NotFoundError: The location has no such template, or it is deleted.
        """
        template = self._ports.templates.get(location_id, template_id)
        if template.deleted_at is not None:
            raise NotFoundError("the template is deleted", field="template_id")
        return template

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Template]:
        """Return a page of templates by id; a page may be short, only its position ends the list."""
        return self._ports.templates.list(location_id, request)

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version, of a deleted one too.

        Raises:
            NotFoundError: There is no such version.
        """
        return self._ports.templates.version(location_id, template_id, version)

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        return self._ports.templates.versions(location_id, template_id, request)

    def create(
        self, location_id: str, content: TemplateContent, *, template_id: Identifier | None = None
    ) -> Template:
        """Store a new template.

        Args:
            location_id: Whose template it is.
            content: What it says.
            template_id: Its id, for workflows that name it; a fresh one by default. The id of a
                deleted template may be used again, and continues its versions.

        Raises:
            InvalidTemplateError: It has problems.
            ConflictError: The id is taken.
        """
        _require_sound(content)
        now = self._ports.clock.now()
        chosen = template_id or new_id("tpl")
        template = Template(**dict(content), location_id=location_id, id=chosen, updated_at=now)
        deleted = self._deleted(location_id, chosen) if template_id else None
        if deleted is not None:
            template = template.changed(version=deleted.version + 1)
        try:
            self._ports.templates.save(template)
        except ConflictError:
            raise ConflictError(
                "is the id of another template",
                field="id",
                remedy="Choose another id, or leave it out.",
            ) from None
        return template

    def update(
        self, location_id: str, template_id: str, content: TemplateContent, *, based_on: int
    ) -> Template:
        """Store the next version.

        Raises:
            InvalidTemplateError: It has problems.
            NotFoundError: The location has no such template.
            StaleRevisionError: `based_on` is not the stored version.
            ConflictError: Another save came in between.
        """
        _require_sound(content)
        return self._save(location_id, template_id, based_on, **dict(content))

    def set_active(
        self, location_id: str, template_id: str, active: bool, *, based_on: int
    ) -> Template:
        """Allow or forbid sending; a step that uses an inactive template fails and says so.

        Raises as `update` does.
        """
        return self._save(location_id, template_id, based_on, active=active)

    def duplicate(self, location_id: str, template_id: str, *, name: str | None = None) -> Template:
        """Store a copy under a new id and a name of its own.

        Raises:
            NotFoundError: The location has no such template.
        """
        original = self.get(location_id, template_id)
        copied = name or f"{original.name[:190]} (copy)"
        return self.create(location_id, original.content.changed(name=copied))

    def delete(self, location_id: str, template_id: str, *, based_on: int) -> None:
        """Delete a template; its versions stay readable.

        Raises:
            InUseError: Enabled workflows send it.
            NotFoundError: The location has no such template.
            StaleRevisionError: `based_on` is not the stored version.
            ConflictError: Another save came in between.
        """
        require_unused("template", template_id, location_id, self._ports)
        now = self._ports.clock.now()
        self._save(location_id, template_id, based_on, active=False, deleted_at=now)

    def preview(
        self,
        location_id: str,
        content: TemplateContent,
        *,
        trigger: str,
        booking_id: str | None = None,
    ) -> Preview:
        """Render every part as a workflow of this trigger would send it.

        Args:
            location_id: Whose template it is.
            content: What it says, saved or not.
            trigger: The event type that starts the workflow.
            booking_id: A stored booking; without one the built-in sample, in the name of the
                location.

        Raises:
            InvalidInputError: There is no such trigger.
            NotFoundError: The location has no such booking.
        """
        if trigger not in event_types():
            raise InvalidInputError(
                "is not a trigger",
                field="trigger",
                remedy=f"Use one of: {', '.join(sorted(event_types()))}.",
            )
        return render_preview(content, trigger, self._context(location_id, booking_id))

    def _context(self, location_id: str, booking_id: str | None) -> BookingContext:
        known = self._ports.bookings.context(location_id, booking_id)
        if booking_id is None:
            sample = sample_context()
            return sample.model_copy(update={"location": known.location}) if known else sample
        if known is None or known.booking is None:
            raise NotFoundError(
                "there is no such booking in this location",
                field="booking_id",
                remedy="Leave it out to see the template with a sample.",
            )
        return known

    def _save(self, location_id: str, template_id: str, based_on: int, **changes: Any) -> Template:
        stored = self.get(location_id, template_id)
        saved = stored.saved(based_on, self._ports.clock.now(), **changes)
        self._ports.templates.save(saved)
        return saved

    def _deleted(self, location_id: str, template_id: str) -> Template | None:
        try:
            stored = self._ports.templates.get(location_id, template_id)
        except NotFoundError:
            return None
        return stored if stored.deleted_at is not None else None


def _require_sound(content: TemplateContent) -> None:
    problems = problems_of(content)
    if problems:
        raise InvalidTemplateError(problems)
