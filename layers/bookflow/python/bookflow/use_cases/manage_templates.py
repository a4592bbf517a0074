"""What operators do with communication templates: write, check, preview, duplicate, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bookflow.domain.bookings import BookingContext
from bookflow.domain.compose import settings_for, whole_html
from bookflow.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
)
from bookflow.domain.events import event_types
from bookflow.domain.html_text import html_to_text
from bookflow.domain.pages import PAGE_SIZE, Page
from bookflow.domain.recipients import usable_email
from bookflow.domain.rendering import (
    RenderSettings,
    TemplateError,
    TemplateRefusedError,
    check,
    referenced_variables,
    render,
)
from bookflow.domain.sample import sample_context, sample_event
from bookflow.domain.scope import scope_variables
from bookflow.domain.sms import MAX_CHARACTERS, SmsSize, sms_size
from bookflow.domain.templates import Part, PartName, Template, TemplateContent
from bookflow.domain.values import Identifier
from bookflow.domain.variables import SURVEY, UNSUBSCRIBE_URL
from bookflow.domain.workflows import new_id
from bookflow.ports import Ports
from bookflow.use_cases.references import require_unused

if TYPE_CHECKING:
    from bookflow.domain.rendering.variables import VariablePath

Place = PartName | Literal["reply_to"]


@dataclass(frozen=True)
class TemplateFault:
    """One thing to mend in a template.

    Attributes:
        part: The field at fault.
        line: Line of the part, from 1; None if the fault is of the part as a whole.
        remedy: What to do, as a sentence.
    """

    part: Place
    line: int | None
    message: str
    remedy: str


class InvalidTemplateError(PermanentError):
    """A template cannot be saved as it is; `faults` lists every reason."""

    def __init__(self, faults: Sequence[TemplateFault]) -> None:
        first = faults[0]
        super().__init__(
            f"the template has {len(faults)} fault(s), the first: {first.message}",
            field=first.part,
            remedy=first.remedy,
        )
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Preview:
    """How a template comes out; a part that cannot be rendered is None and has a problem.

    Attributes:
        html: The whole document, in the layout that is sent.
        text: The e-mail's plain text, derived from the HTML where the template has none.
        sms_size: Encoding, length and segments of the SMS.
    """

    subject: str | None
    html: str | None
    text: str | None
    sms: str | None
    sms_size: SmsSize | None
    problems: tuple[TemplateFault, ...]


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

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        """Return a page of templates by id; a page may be short, only its position ends the list."""
        return self._ports.templates.list(location_id, limit=limit, position=position)

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version, of a deleted one too.

        Raises:
            NotFoundError: There is no such version.
        """
        return self._ports.templates.version(location_id, template_id, version)

    def versions(
        self,
        location_id: str,
        template_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        return self._ports.templates.versions(
            location_id, template_id, limit=limit, position=position
        )

    def create(
        self, location_id: str, content: TemplateContent, *, template_id: Identifier | None = None
    ) -> Template:
        """Store a new template.

        Args:
            location_id: Whose template it is.
            content: What it says.
            template_id: Its id, for workflows that name it; a fresh one by default. The id of a
                deleted template may be used again, and goes on with its versions.

        Raises:
            InvalidTemplateError: It has faults.
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
            InvalidTemplateError: It has faults.
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


def faults_of(content: TemplateContent) -> list[TemplateFault]:
    """Return everything that forbids saving a template: each part by its own rules."""
    faults = list(_missing(content))
    for part in content.parts():
        faults += [
            TemplateFault(part.name, problem.line, problem.message, problem.remedy)
            for problem in check(part.source, part.mode)
        ]
    if not _can_be_unsubscribed_from(content):
        faults += _useless_links(content)
    if content.reply_to and usable_email(content.reply_to) is None:
        faults.append(
            TemplateFault(
                "reply_to", None, "This is no e-mail address.", "Correct it, or leave it empty."
            )
        )
    return faults


def render_preview(content: TemplateContent, trigger: str, context: BookingContext) -> Preview:
    """Render every part for a booking; what cannot be rendered becomes a problem."""
    customer = context.customer
    settings = settings_for(context.location, customer.locale if customer else None)
    variables = _variables(content, trigger, context)
    rendered: dict[PartName, str] = {}
    problems = faults_of(content)
    for part in content.parts():
        try:
            rendered[part.name] = _rendered(part, variables, settings)
        except TemplateError as error:
            fault = TemplateFault(part.name, error.line, error.bare_message, error.remedy or "")
            problems += [] if _is_known(fault, problems) else [fault]
    problems += _too_long(rendered.get("sms"))
    subject, body, sms = (rendered.get(name) for name in ("subject", "html", "sms"))
    return Preview(
        subject=subject,
        html=None
        if body is None
        else whole_html(body, subject or "", variables, context.location, settings),
        text=rendered.get("text") or (None if body is None else html_to_text(body)),
        sms=sms,
        sms_size=None if sms is None else sms_size(sms),
        problems=tuple(problems),
    )


def _can_be_unsubscribed_from(content: TemplateContent) -> bool:
    """Tell whether the messages are marketing, as surveys are whatever their category."""
    return content.category == "marketing" or any(
        str(path).partition(".")[0] == "survey" for part in content.parts() for path in _read(part)
    )


def _read(part: Part) -> frozenset[VariablePath]:
    try:
        return referenced_variables(part.source, part.mode)
    except TemplateRefusedError:
        return frozenset()  # told of as a fault of its own


def _rendered(part: Part, variables: Mapping[str, Any], settings: RenderSettings) -> str:
    text = render(part.source, variables, mode=part.mode, settings=settings)
    return text.strip() if part.name == "sms" else text


def _variables(
    content: TemplateContent, trigger: str, context: BookingContext
) -> Mapping[str, Any]:
    event = sample_event(trigger, context)
    data = event.model_dump(mode="json", exclude_unset=True)
    own: dict[str, Any] = {"survey": {each.path.split(".")[1]: each.example for each in SURVEY}}
    if _can_be_unsubscribed_from(content):
        own["unsubscribe_url"] = UNSUBSCRIBE_URL.example
    return {**scope_variables(event, context, data, {}), **own}


def _is_known(fault: TemplateFault, problems: Sequence[TemplateFault]) -> bool:
    """Tell whether a part that cannot be rendered was found at fault before."""
    return any(known.part == fault.part for known in problems)


def _too_long(sms: str | None) -> Iterator[TemplateFault]:
    if sms is not None and len(sms) > MAX_CHARACTERS:
        yield TemplateFault(
            "sms",
            None,
            f"The SMS has {len(sms)} characters; {MAX_CHARACTERS} can be sent.",
            "Shorten it, or cut long values with truncate.",
        )


def _useless_links(content: TemplateContent) -> Iterator[TemplateFault]:
    for part in content.parts():
        if any(str(each) == UNSUBSCRIBE_URL.path and not each.guarded for each in _read(part)):
            yield TemplateFault(
                part.name,
                None,
                "Only marketing and survey messages have an unsubscribe link.",
                "Set the category to marketing, or take {{ unsubscribe_url }} out.",
            )


def _missing(content: TemplateContent) -> Iterator[TemplateFault]:
    written = {part.name for part in content.parts()}
    by_email, by_sms = content.channel in ("email", "both"), content.channel in ("sms", "both")
    if by_email and "subject" not in written:
        yield TemplateFault("subject", None, "The e-mail has no subject.", "Write one.")
    if by_email and not written & {"html", "text"}:
        yield TemplateFault("html", None, "The e-mail has no text.", "Write one.")
    if by_sms and "sms" not in written:
        yield TemplateFault("sms", None, "The SMS has no text.", "Write one.")


def _require_sound(content: TemplateContent) -> None:
    faults = faults_of(content)
    if faults:
        raise InvalidTemplateError(faults)
