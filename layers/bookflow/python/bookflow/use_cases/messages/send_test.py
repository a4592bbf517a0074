"""Sends a template to the person who writes it, marked as a test and without any effect."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bookflow.actions.opt_outs import OptOuts
from bookflow.actions.send_survey_email import BUILT_IN_INVITATION, built_in_invitation
from bookflow.domain.bookings.records import Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.samples import sample_event
from bookflow.domain.catalogue.variables import SURVEY, UNSUBSCRIBE_URL
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.message import Attachment, Email, TextMessage
from bookflow.domain.messages.sms import MAX_CHARACTERS
from bookflow.domain.shared.addresses import usable_email, usable_phone
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
)
from bookflow.domain.shared.public_links import survey_link, unsubscribe_link
from bookflow.domain.templates import TemplateContent
from bookflow.ports import Ports
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError, TemplateManager
from bookflow.use_cases.preview.preview_template import Preview

if TYPE_CHECKING:
    from bookflow.domain.messages.calendar.entry import CalendarEntry

SUBJECT_MARK = "[Test] "
SMS_MARK = "Test: "
"""Square brackets take two septets each in an SMS."""

BANNER = (
    "This is a test of a template. It was sent to you alone; its links for unsubscribing and surveys "
    "do nothing."
)
ENTRY_BANNER = "The calendar entry is a test as well: it is added only by hand, and changes no booking's entry."

CalendarNote = Literal["attached", "not asked for", "the booking has no start"]
"""Whether a test carries the booking as a calendar entry, or why not."""

TEST_TOKEN = "test"  # noqa: S105 - it opens nothing, which is what it is for
"""In the place of a guest's token: the public pages know no such link."""

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_STYLE = (
    "margin:0;padding:12px 16px;background:#fef3c7;color:#78350f;"
    "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;text-align:center;"
)


@dataclass(frozen=True)
class WantedTest:
    """What a person wants to try out.

    Attributes:
        template_id: The template; None if it was never saved.
        content: What it says if that is not saved.
        trigger: The event type that starts the workflow.
        booking_id: A stored booking; None means a sample.
        locale: The guest's; None means what is known of the booking's customer.
        phone: Where an SMS goes; None means an e-mail to the person.
        email: The person's own address, as far as the issuer has verified it.
    """

    template_id: str | None
    content: TemplateContent | None
    trigger: str
    booking_id: str | None
    locale: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class SentTest:
    """What was sent, and where to."""

    channel: Literal["email", "sms"]
    to: str
    subject: str = ""
    calendar_entry: CalendarNote = "not asked for"


class MessageTester:
    """Tries templates out. Nothing is recorded: no message, no link of a guest, no consent."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._templates = TemplateManager(ports)

    def send(self, location_id: str, wanted: WantedTest) -> SentTest:
        """Send a test by e-mail, or by SMS if a number is named.

        Raises:
            InvalidTemplateError: The template has problems.
            InvalidInputError: The number is none of the location's test numbers, or the template has
                no text for the channel.
            ConflictError: The person has no verified address, the address is suppressed, or the
                message was refused.
            NotFoundError: There is no such template, booking or location.
            TransientError: The service is busy.
        """
        record = self._ports.bookings.location(location_id)
        if record.effective is None:
            raise NotFoundError("there is no such location", field="location_id")
        number = self._number(wanted.phone, record.kept.settings.test_numbers)
        address = number or _own_address(wanted.email)
        content = self._content(location_id, wanted, record.effective)
        self._refuse_suppressed(location_id, content, address)
        preview = self._templates.preview(
            location_id,
            content,
            trigger=wanted.trigger,
            booking_id=wanted.booking_id,
            locale=wanted.locale,
        )
        errors = [each for each in preview.problems if each.severity == "error"]
        if errors:
            raise InvalidTemplateError(errors)
        try:
            if number:
                return self._text(number, preview)
            return self._mail(address, preview, content, record.effective, wanted)
        except PermanentError as error:
            if isinstance(error, InvalidInputError):
                raise
            raise ConflictError(error.message, field=error.field, remedy=error.remedy) from None

    def _number(self, number: str | None, listed: tuple[str, ...]) -> str | None:
        if number is None:
            return None
        usable = usable_phone(number, None)
        if usable is None or usable not in listed:
            raise InvalidInputError(
                "is none of the location's test numbers",
                field="phone",
                remedy="An admin adds numbers in the settings.",
            )
        return usable

    def _content(self, location_id: str, wanted: WantedTest, location: Location) -> TemplateContent:
        if wanted.content is not None:
            return wanted.content
        if wanted.template_id == BUILT_IN_INVITATION:
            context = self._templates.booking_context(location_id, wanted.booking_id)
            return built_in_invitation(context, self._ports.clock.now()).content
        if wanted.template_id is None:
            raise InvalidInputError("is missing", field="content", remedy="Send the template.")
        return self._templates.get(location_id, wanted.template_id).content

    def _refuse_suppressed(self, location_id: str, content: TemplateContent, address: str) -> None:
        opt_outs = OptOuts(self._ports, location_id, content.category)
        if opt_outs.blocked([address]):
            raise ConflictError(
                "The address is on the location's suppression list, so no test is sent there.",
                remedy="An admin takes it off in the settings.",
            )

    def _mail(
        self,
        address: str,
        preview: Preview,
        content: TemplateContent,
        location: Location,
        wanted: WantedTest,
    ) -> SentTest:
        if not preview.subject or not (preview.html or preview.text):
            raise InvalidInputError("has no e-mail", field="content", remedy="Choose SMS.")
        text = self._without_guest_links(preview.text or "", location)
        note: CalendarNote = "not asked for"
        entry: CalendarEntry | None = None
        banner = BANNER
        if content.calendar_entry:
            entry = self._entry(location.id, wanted, text)
            note = "attached" if entry else "the booking has no start"
            banner = f"{BANNER} {ENTRY_BANNER}" if entry else BANNER
        email = Email(
            to=address,
            subject=SUBJECT_MARK + preview.subject,
            html=_with_banner(self._without_guest_links(preview.html or "", location), banner),
            text=f"{banner}\n\n{text}",
            attachments=(Attachment(entry.content, entry.method),) if entry else (),
            reply_to=usable_email(content.reply_to) or usable_email(location.email),
            sender_name=" ".join(location.name.split()),
            tags=message_tags(location.id),
        )
        self._ports.mailer.send(email)
        return SentTest("email", address, email.subject, note)

    def _entry(self, location_id: str, wanted: WantedTest, text: str) -> CalendarEntry | None:
        """Return the booking as an entry that is none of a guest's; None without a start."""
        from bookflow.domain.messages.calendar.entry import trial

        context = self._templates.booking_context(location_id, wanted.booking_id)
        event = sample_event(wanted.trigger, context)
        return trial(
            context,
            is_cancelled=event.stated_booking().status is BookingStatus.CANCELLED,
            description=text.partition("\n-- \n")[0],
            now=self._ports.clock.now(),
        )

    def _text(self, number: str, preview: Preview) -> SentTest:
        if not preview.sms:
            raise InvalidInputError("has no SMS", field="content", remedy="Choose e-mail.")
        if self._ports.texter.has_opted_out(number):
            raise ConflictError(
                "The number has answered STOP, so the network delivers nothing to it.",
                remedy="Send START from that phone, or choose another number.",
            )
        text = SMS_MARK + preview.sms
        self._ports.texter.send(TextMessage(to=number, text=text[:MAX_CHARACTERS]))
        return SentTest("sms", number)

    def _without_guest_links(self, text: str, location: Location) -> str:
        """Lead links of the sample's guest to the stack's own pages, which know no such guest."""
        base_url = self._ports.public_base_url.rstrip("/")
        own = {
            UNSUBSCRIBE_URL.example: unsubscribe_link(base_url, location.id, TEST_TOKEN),
            SURVEY[1].example: survey_link(base_url, location.id, TEST_TOKEN),
        }
        for example, link in own.items():
            text = text.replace(str(example), link)
        return text


def _own_address(email: str | None) -> str:
    address = usable_email(email)
    if address is None:
        raise ConflictError(
            "Your sign-in states no verified e-mail address, so no test can be sent to you.",
            remedy="Verify your address where you sign in, then sign in again.",
        )
    return address


def _with_banner(document: str, banner: str) -> str:
    if not document:
        return ""
    banner = f'<p dir="ltr" style="{_STYLE}">{html.escape(banner)}</p>'
    start = _BODY.search(document)
    place = start.end() if start else 0
    return f"{document[:place]}{banner}{document[place:]}"
