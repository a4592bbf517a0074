"""Send Template: an e-mail, an SMS or both from a communication template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bookflow.actions.base import Action, ActionConfig, StepSkipped, TextField
from bookflow.actions.opt_outs import OptOuts, give_back_share, keep_key, take_share
from bookflow.actions.recorded import origin_of, send_recorded
from bookflow.actions.templates import EditUse, active_template, edited_once, take_edit
from bookflow.actions.texts import rendered
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.variables import UNSUBSCRIBE_URL, Variable
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.destinations import (
    Destination,
    Failure,
    Unreached,
    destinations_of,
    joined_error,
)
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.marketing_limits import share_of
from bookflow.domain.messages.message import Attachment, Email, TextMessage
from bookflow.domain.messages.recipients import (
    MAX_CUSTOM_RECIPIENTS,
    RecipientType,
    recipients_of,
    require_usable,
)
from bookflow.domain.messages.sent.sent_message import MessageOrigin
from bookflow.domain.messages.sent.sent_sms import SentSms
from bookflow.domain.messages.sms import sms_size
from bookflow.domain.messages.suppression import (
    address_hash,
    own_addresses_opted_out,
    sms_stop,
)
from bookflow.domain.rendering import Mode, TemplateSourceError, referenced_variables
from bookflow.domain.shared.addresses import first_email
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.templates.compose import compose_email, compose_sms

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.messages.marketing_limits import MarketingShare
    from bookflow.domain.templates import Template
    from bookflow.ports import Once


_NAMING_GUESTS = frozenset({"booking", "customer", "event", "eventData"})
"""What variables that name guests begin with."""


class SendTemplateConfig(ActionConfig):
    """Which template is sent, and to whom."""

    template: Identifier = Field(
        title="Template",
        description="One of the location's active templates",
        examples=["booking-confirmation"],
        json_schema_extra={"format": "template-id"},
    )
    recipient_type: RecipientType = Field(
        default="customer",
        title="Recipient",
        description="Who gets it: the customer, who leads the activity, who runs the location, "
        "or addresses of your choice",
        examples=["customer"],
        json_schema_extra={"x-labels": {"custom": "other addresses"}},
    )
    custom_recipient: str | None = Field(
        default=None,
        max_length=5000,
        title="Addresses",
        description="E-mail addresses or phone numbers, with commas between "
        f"them, at most {MAX_CUSTOM_RECIPIENTS}; variables allowed, also lists",
        examples=["desk@example.com", "{{ booking.guests | join(', ', attribute='email') }}"],
        json_schema_extra={
            "format": "variables-text",
            "visible_when": {"recipient_type": "custom"},
            "x-required": True,
        },
    )

    @field_validator("custom_recipient")
    @classmethod
    def _can_be_written_to(cls, text: str | None, info: ValidationInfo) -> str | None:
        written = (text or "").strip()
        if written and info.data.get("recipient_type") == "custom":
            require_usable(written)
        return text

    @model_validator(mode="after")
    def _custom_is_named(self) -> SendTemplateConfig:
        if self.recipient_type == "custom" and not (self.custom_recipient or "").strip():
            raise ValueError("Enter the addresses")
        return self


@dataclass(frozen=True)
class Messages:
    """All messages of one step, ready to be sent, each with where it goes.

    Attributes:
        origin: What their records have in common.
        opted_out: Destinations that do not want this message.
        stopped: Addresses that had answered STOP when they were last written to.
        fresh_key: Key of the unsubscribe links where the location has none yet.
        share: What the step takes of the guest's day, where the location limits marketing.
        calendar_entry: `attached`, or why the e-mails carry no calendar entry.
        edit: The use of the text that a person wrote for this booking, if it is sent.
    """

    location_id: str
    origin: MessageOrigin = field(repr=False)
    template_id: str
    template_version: int
    emails: tuple[tuple[Destination, Email], ...] = field(repr=False)
    texts: tuple[tuple[Destination, TextMessage], ...] = field(repr=False)
    unreached: tuple[Unreached, ...]
    opted_out: tuple[Destination, ...] = ()
    stopped: frozenset[str] = field(default=frozenset(), repr=False)
    fresh_key: bytes | None = field(default=None, repr=False)
    calendar_entry: str = ""
    share: MarketingShare | None = field(default=None, repr=False)
    edit: EditUse | None = field(default=None, repr=False)


class SendTemplate(Action[SendTemplateConfig, Messages]):
    """Sends what a template says (product text, "Send Template")."""

    type = "send_template"
    title = "Send template"
    description = "Sends an e-mail or SMS made from a communication template."
    icon = "message"
    summary = "{template} → {custom_recipient|recipient_type}"
    config_model = SendTemplateConfig
    outputs = (
        Variable("output.template_id", "string", "Id of the template", "booking-confirmation"),
        Variable("output.template_version", "number", "Version of the template", 3),
        Variable(
            "output.emails",
            "list",
            "The e-mails that were sent",
            [{"sent_id": "msg_3f2a", "message_id": "0102", "to": "a…@example.com"}],
        ),
        Variable(
            "output.sms",
            "list",
            "The SMS that were sent",
            [{"sent_id": "msg_3f2b", "message_id": "7f3c", "to": "+49…89", "segments": 1}],
        ),
        Variable(
            "output.unreached",
            "list",
            "Who has no usable address, and why",
            [{"recipient": "facilitator 2", "channel": "sms", "reason": "has no phone number"}],
        ),
        Variable(
            "output.failed",
            "list",
            "The messages that could not be sent while others were, and why",
            [
                {
                    "recipient": "facilitator 3",
                    "channel": "email",
                    "to": "c…@example.com",
                    "error": "The mail service does not take the address.",
                }
            ],
        ),
        Variable(
            "output.opted_out",
            "list",
            "Who does not want the message",
            [{"recipient": "customer", "channel": "email"}],
        ),
        Variable(
            "output.calendar_entry",
            "string",
            "Whether the e-mails carry the booking as a calendar entry, or why not",
            "attached",
        ),
        Variable(
            "output.edited",
            "boolean",
            "Whether a person edited the message for this booking",
            False,
        ),
    )
    supplies = (UNSUBSCRIBE_URL,)

    @classmethod
    def writes_to_guest(cls, config: SendTemplateConfig) -> bool:
        """Whether a recipient is the customer, or somebody whom the booking or its event names.

        Such as the guests of a group. Addresses that are written out, and those of the location and
        the activity, are staff's.
        """
        if config.recipient_type != "custom":
            return config.recipient_type == "customer"
        try:
            read = referenced_variables(config.custom_recipient or "", Mode.HEADER)
        except TemplateSourceError:
            return False  # nobody gets it
        return any(path.parts[0] in _NAMING_GUESTS for path in read)

    def plan(self, config: SendTemplateConfig, scope: Scope) -> Messages:
        """Render every message.

        Raises:
            StepSkipped: No recipient has an address that the template's channels could use, or
                all of them have opted out.
            PermanentError: The template is deleted, inactive or cannot be rendered.
        """
        context = scope.context
        stored = active_template(self.ports, context.location.id, config.template)
        template, edit = edited_once(self.ports, scope, stored)
        recipients = recipients_of(config.recipient_type, context, _custom_recipient(config, scope))
        destinations, unreached = destinations_of(recipients, template.channel)
        if not destinations:
            raise StepSkipped(ReasonCode.NO_RECIPIENT, _nobody(config, unreached))
        opt_outs = OptOuts(self.ports, context.location.id, template.category)
        opt_outs.require_wanted(context.in_hand)
        opt_outs.require_no_pause(context, scope.now)
        suppressed = opt_outs.listed(one.address for one in destinations)
        blocked = {address.lower() for address, one in suppressed.items() if opt_outs.blocks(one)}
        if opt_outs.is_marketing:
            blocked |= own_addresses_opted_out(context)
        refused = [one for one in destinations if one.address.lower() in blocked]
        if len(refused) == len(destinations):
            raise StepSkipped(ReasonCode.OPTED_OUT, _all_opted_out(refused))
        without_entry = self._without_calendar_entry(config, template, scope)
        invites = not without_entry
        emails: list[tuple[Destination, Email]] = []
        texts: list[tuple[Destination, TextMessage]] = []
        for to in destinations:
            if to in refused:
                continue
            message = _composed(template, to, scope, opt_outs)
            if isinstance(message, Email):
                if invites:
                    message = _with_calendar_entry(message, scope)
                emails.append((to, message))
            else:
                texts.append((to, message))
        return Messages(
            location_id=context.location.id,
            origin=origin_of(scope, template),
            template_id=template.id,
            template_version=template.version,
            emails=tuple(emails),
            texts=tuple(texts),
            unreached=tuple(unreached),
            opted_out=tuple(refused),
            stopped=frozenset(address for address, one in suppressed.items() if one.is_sms_stop),
            fresh_key=opt_outs.fresh_key,
            calendar_entry=without_entry or "attached",
            share=self._share(config, opt_outs, scope),
            edit=edit,
        )

    def _share(
        self, config: SendTemplateConfig, opt_outs: OptOuts, scope: Scope
    ) -> MarketingShare | None:
        """Return what marketing takes of the guest's day; what goes to the staff takes nothing."""
        if not (opt_outs.is_marketing and self.writes_to_guest(config)):
            return None
        return share_of(scope.context, scope.now, scope.effect_key)

    def _without_calendar_entry(
        self, config: SendTemplateConfig, template: Template, scope: Scope
    ) -> str:
        """Return why the e-mails carry no calendar entry; nothing if they do."""
        if not template.calendar_entry:
            return "not asked for"
        if template.channel == "sms":
            return "only in e-mails"
        if not self.writes_to_guest(config):
            return "only for guests"
        booking = scope.context.booking
        if booking is None or booking.start_time is None:
            return "the booking has no start"
        return ""

    def perform(self, plan: Messages, once: Once) -> Mapping[str, Any]:
        """Send each message once; one that fails does not keep the others back.

        Where any is sent the step is completed, and its output names the refused ones. What may
        still be sent, or may have been sent, goes before that: it is tried again or shown.

        A number that has answered STOP joins the location's suppression list; one that has opted
        in again leaves it.

        Raises:
            StepSkipped: The guest got as much marketing today as the location allows, or all
                recipients turned out to have opted out.
            TransientError: A message may get through at the next try, which leaves out what is
                done: so it goes before what no try can fix.
            OutcomeUnknownError: It is not known of a message whether it was sent.
            PermanentError: All messages are refused.
        """
        take_share(self.ports, plan.share)
        take_edit(self.ports, plan.edit)
        keep_key(self.ports, plan.location_id, plan.fresh_key)
        sent: dict[str, list[Mapping[str, Any]]] = {"email": [], "sms": []}
        opted_out = list(plan.opted_out)
        failures: list[Failure] = []
        messages: list[tuple[Destination, Email | TextMessage]] = [*plan.emails, *plan.texts]
        for to, message in messages:
            try:
                if to.channel == "sms" and self._has_answered_stop(to, plan):
                    opted_out.append(to)
                else:
                    result = self._send(to, message, plan.origin, once)
                    sent[to.channel].append(result)
                    if to.channel == "sms":
                        self._remember(result, plan)
            except BookflowError as error:
                failures.append(Failure(to, error))
        output = {
            "template_id": plan.template_id,
            "template_version": plan.template_version,
            "emails": sent["email"],
            "sms": sent["sms"],
            "unreached": [asdict(one) for one in plan.unreached],
            "failed": [
                {
                    "recipient": one.to.recipient.label,
                    "channel": one.to.channel,
                    "to": one.to.masked,
                    "error": str(one.error),
                }
                for one in failures
            ],
            "opted_out": [
                {"recipient": one.recipient.label, "channel": one.channel} for one in opted_out
            ],
            "calendar_entry": plan.calendar_entry,
            "edited": plan.edit is not None,
        }
        sent_any = any(sent.values())
        refused_only = all(one.is_refusal for one in failures)
        if failures and not (sent_any and refused_only):
            if refused_only:
                give_back_share(self.ports, plan.share)
            raise joined_error(failures, output if sent_any else {})
        if not sent_any:
            give_back_share(self.ports, plan.share)
            raise StepSkipped(ReasonCode.OPTED_OUT, _all_opted_out(opted_out))
        return output

    def _send(
        self, to: Destination, message: Email | TextMessage, origin: MessageOrigin, once: Once
    ) -> Mapping[str, Any]:
        about = (self.ports, once, origin, to.effect, to.recipient.label)
        if isinstance(message, Email):
            return send_recorded(*about, message, self.ports.mailer.send, to=to.masked)
        segments = sms_size(message.text).segments
        send = self.ports.texter.send
        return send_recorded(*about, message, send, to=to.masked, segments=segments)

    def _remember(self, result: Mapping[str, Any], plan: Messages) -> None:
        """Keep which step sent a text message, for what the network reports of it later.

        The message is sent, so nothing that fails here may fail the step.
        """
        if "message_id" not in result:
            return  # only a person said that it arrived
        sent = SentSms(
            message_id=result["message_id"],
            location_id=plan.location_id,
            owner=plan.origin.owner,
            execution_id=plan.origin.execution_id,
            node_id=plan.origin.node_id,
            record_id=result["sent_id"],
            sent_at=self.ports.clock.now(),
        )
        try:
            self.ports.sent_sms.add(sent)
        except BookflowError:
            self.ports.counter.count("SmsUntraced")

    def _has_answered_stop(self, to: Destination, plan: Messages) -> bool:
        """Ask the network, and bring the location's suppression list to what it says.

        SNS accepts a message to a number that has opted out, and delivers nothing. So an answer
        that does not come keeps no message back.
        """
        opted_out = self.ports.texter.has_opted_out(to.address)
        if opted_out is None:
            self.ports.counter.count("SmsOptOutUnknown")
        elif opted_out:
            now = self.ports.clock.now()
            self.ports.suppressions.add(
                sms_stop(plan.location_id, to.address, plan.origin.execution_id, now)
            )
        elif to.address in plan.stopped:
            digest = address_hash(plan.location_id, to.address)
            self.ports.suppressions.remove_sms_stop(plan.location_id, digest)
        return bool(opted_out)

    @classmethod
    def supplies_to(cls, template: Template) -> Iterable[Variable]:
        """Return the unsubscribe link for marketing; nobody unsubscribes from their booking."""
        return cls.supplies if template.category == "marketing" else ()

    @classmethod
    def texts(cls, config: SendTemplateConfig) -> Iterable[TextField]:
        """Return the custom recipient, if it is used."""
        if config.recipient_type == "custom" and config.custom_recipient:
            yield TextField("custom_recipient", config.custom_recipient, "header")


def _custom_recipient(config: SendTemplateConfig, scope: Scope) -> str:
    if config.recipient_type != "custom":
        return ""
    return rendered(config.custom_recipient or "", scope, "custom_recipient", Mode.HEADER)


def _composed(
    template: Template, to: Destination, scope: Scope, opt_outs: OptOuts
) -> Email | TextMessage:
    location = scope.context.location
    link = opt_outs.link(to.address, to.recipient.locale or location.locale)
    about: dict[str, Any] = {
        "to": to.address,
        "variables": {**scope.variables, **({"unsubscribe_url": link} if link else {})},
        "location": location,
        "reader_locale": to.recipient.locale,
    }
    if to.channel == "sms":
        return compose_sms(template, **about)
    tags = message_tags(location.id, scope.execution.id, scope.node.id, to.effect)
    return compose_email(template, **about, tags=tags, now=scope.now)


def _with_calendar_entry(email: Email, scope: Scope) -> Email:
    """Return a guest's e-mail with the booking as an entry that says what the e-mail says."""
    from bookflow.domain.messages.calendar.entry import Guest, invitation

    customer = scope.context.customer
    is_customer = customer is not None and first_email(customer.email) == email.to
    name = f"{customer.first_name} {customer.last_name}" if customer and is_customer else ""
    entry = invitation(
        scope.context,
        Guest(email.to, name),
        is_cancelled=scope.event.stated_booking().status is BookingStatus.CANCELLED,
        description=email.text.partition("\n-- \n")[0],
        now=scope.now,
        reply_to=email.reply_to,
        url=scope.calendar_url(),
    )
    attachments = (Attachment(entry.content, entry.method),) if entry else ()
    return replace(email, attachments=attachments)


def _all_opted_out(refused: list[Destination]) -> str:
    who = ", ".join(dict.fromkeys(one.recipient.label for one in refused))
    return f"All reachable recipients have opted out: {who}."


def _nobody(config: SendTemplateConfig, unreached: list[Unreached]) -> str:
    if unreached:
        return f"Nobody can be reached: {'; '.join(map(str, unreached))}."
    where = {
        "customer": "the booking has no customer",
        "facilitator": "the activity names no facilitators",
        "admin": "the location names no admins and has no e-mail or phone of its own",
        "custom": "the list of custom recipients is empty",
    }[config.recipient_type]
    return f"Nobody can be reached: {where}."
