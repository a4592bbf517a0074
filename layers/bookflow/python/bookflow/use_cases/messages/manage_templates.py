"""What operators do with communication templates: write, check, preview, duplicate, delete."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.events import event_types
from bookflow.domain.shared.errors import InvalidInputError, NotFoundError, PermanentError
from bookflow.domain.shared.input_problems import counted
from bookflow.domain.templates import Template, TemplateContent
from bookflow.domain.templates.export import TemplateExport
from bookflow.ports import Ports
from bookflow.use_cases.library import LibraryManager
from bookflow.use_cases.preview.preview_template import (
    Preview,
    TemplatePartProblem,
    problems_of,
    render_preview,
)


class InvalidTemplateError(PermanentError):
    """A template cannot be saved as it is; `problems` lists every reason."""

    def __init__(self, problems: Sequence[TemplatePartProblem]) -> None:
        first = problems[0]
        super().__init__(
            f"the template has {counted(len(problems), 'problem')}, the first: {first.message}",
            field=first.field,
            remedy=first.remedy,
        )
        self.problems = tuple(problems)


class TemplateManager(LibraryManager[TemplateContent, Template]):
    """The templates of locations.

    The id of a deleted template may be used again, and continues its versions.
    """

    kind = "template"
    model = Template
    id_prefix = "tpl"
    id_taken = "is the id of another template"

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports, ports.templates)

    def check(self, content: TemplateContent) -> None:
        """Check a content before it is saved.

        Raises:
            InvalidTemplateError: It has problems.
        """
        problems = [each for each in problems_of(content) if each.severity == "error"]
        if problems:
            raise InvalidTemplateError(problems)

    def duplicate(
        self,
        location_id: str,
        template_id: str,
        *,
        name: str | None = None,
        key: str | None = None,
    ) -> Template:
        """Store a copy under a new id and a name of its own; see `create` for `key`.

        Raises:
            NotFoundError: The location has no such template.
        """
        original = self.get(location_id, template_id)
        copied = name or f"{original.name[:190]} (copy)"
        return self.create(location_id, original.content.changed(name=copied), key=key)

    def export(
        self, location_id: str, template_id: str, version: int | None = None
    ) -> TemplateExport:
        """Return a template as a file.

        Args:
            location_id: Whose template it is.
            template_id: The template.
            version: A saved version; by default as it was saved last.

        Raises:
            NotFoundError: The location has no such template or version.
        """
        if version is None:
            return TemplateExport.of(self.get(location_id, template_id).content)
        return TemplateExport.of(self.ports.templates.version(location_id, template_id, version))

    def preview(
        self,
        location_id: str,
        content: TemplateContent,
        *,
        trigger: str,
        booking_id: str | None = None,
        locale: str | None = None,
    ) -> Preview:
        """Render every part as a workflow of this trigger would send it.

        Args:
            location_id: Whose template it is.
            content: What it says, saved or not.
            trigger: The event type that starts the workflow.
            booking_id: A stored booking; without one the built-in sample, in the name of the
                location.
            locale: The guest's; by default the booking's.

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
        context = self.booking_context(location_id, booking_id)
        now = self.ports.clock.now() if booking_id else None  # The sample has a time of its own.
        return render_preview(content, trigger, context, reader_locale=locale, now=now)

    def booking_context(self, location_id: str, booking_id: str | None) -> BookingContext:
        """Return a stored booking, or the built-in sample in the name of the location.

        Raises:
            NotFoundError: The location has no such booking.
        """
        known = self.ports.bookings.context(location_id, booking_id)
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

    def first_save(self, record: Template) -> Template:
        """Return a new template, as the next version of a deleted one of its id."""
        try:
            stored = self.store.get(record.location_id, record.id)
        except NotFoundError:
            return record
        return record.changed(version=stored.version + 1) if stored.deleted_at else record
