"""Send Template: an e-mail, an SMS or both from a communication template."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bookflow.actions.base import Action, ActionConfig, StepSkipped, TextField
from bookflow.actions.opt_outs import OptOuts, keep_key
from bookflow.actions.templates import active_template
from bookflow.domain.catalogue.variables import UNSUBSCRIBE_URL, Variable
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.compose import compose_email, compose_sms, settings_for
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.recipients import (
    MAX_CUSTOM_RECIPIENTS,
    Recipient,
    RecipientType,
    listed,
    recipients_of,
)
from bookflow.domain.messages.sent_sms import SentSms
from bookflow.domain.messages.sms import sms_size
from bookflow.domain.messages.suppression import address_hash, masked, opted_out, sms_stop
from bookflow.domain.messages.unsubscribing import with_unsubscribe
from bookflow.domain.rendering import Mode, TemplateSourceError, referenced_variables, render
from bookflow.domain.shared.addresses import (
    is_like_phone,
    masked_email,
    masked_phone,
    usable_email,
    usable_phone,
)
from bookflow.domain.shared.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.identifiers import Identifier

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.templates import Template
    from bookflow.ports import Once


_NAMING_GUESTS = frozenset({"booking", "customer", "event", "eventData"})
"""What variables that name guests begin with."""

_VARIABLES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_VARIABLE = "{{}}"
"""Stands for a variable while a written list is checked: nobody knows its value yet."""


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
        title="Recipient type",
        description="Who gets it: the customer, who leads the activity, who runs the location, "
        "or addresses of your choice",
        examples=["customer"],
    )
    custom_recipient: str | None = Field(
        default=None,
        max_length=5000,
        title="Custom recipient",
        description="For the type custom: e-mail addresses or phone numbers, with commas between "
        f"them, at most {MAX_CUSTOM_RECIPIENTS}; variables allowed, also lists",
        examples=["desk@example.com", "{{ booking.guests | join(', ', attribute='email') }}"],
        json_schema_extra={
            "format": "variables-text",
            "visible_when": {"recipient_type": "custom"},
        },
    )

    @field_validator("custom_recipient")
    @classmethod
    def _can_be_written_to(cls, text: str | None, info: ValidationInfo) -> str | None:
        written = (text or "").strip()
        is_used = info.data.get("recipient_type") == "custom"
        if not is_used or not written:
            return text
        recipients = [
            one for one in listed(_VARIABLES.sub(_VARIABLE, written)) if isinstance(one, str)
        ]
        for one in recipients:
            if _VARIABLE not in one and not (
                usable_email(one) if "@" in one else is_like_phone(one)
            ):
                which = f"; “{one}” is neither" if len(recipients) > 1 else ""
                raise ValueError(f"enter an e-mail address, a phone number, or a variable{which}")
        if len(recipients) > MAX_CUSTOM_RECIPIENTS:
            raise ValueError(
                f"{len(recipients)} recipients are listed; a step writes to {MAX_CUSTOM_RECIPIENTS}"
            )
        return text

    @model_validator(mode="after")
    def _custom_is_named(self) -> SendTemplateConfig:
        if self.recipient_type == "custom" and not (self.custom_recipient or "").strip():
            raise ValueError("Enter the custom recipient")
        return self


@dataclass(frozen=True)
class Unreached:
    """A recipient without an address that a channel could use.

    Attributes:
        reason: What the recipient has in its place: `has a landline number, which takes no SMS`.
    """

    recipient: str
    channel: str
    reason: str

    def __str__(self) -> str:
        return f"{self.recipient} {self.reason}"


@dataclass(frozen=True)
class Destination:
    """Where one message goes."""

    recipient: Recipient
    channel: str
    address: str = field(repr=False)

    @property
    def key(self) -> str:
        """Tells the message apart in every try of a step.

        People of a list are known by the address alone: the list may change between two tries,
        and one address may stand in it twice.
        """
        if not self.recipient.is_listed:
            return self.recipient.key
        digest = hashlib.sha256(self.address.lower().encode()).hexdigest()
        return f"{self.recipient.key}:{digest[:16]}"

    @property
    def effect(self) -> str:
        """Name of the effect, and part of the e-mail's tags: no personal data."""
        return f"{self.channel}:{self.key}"

    @property
    def masked(self) -> str:
        """The address as steps show it."""
        return masked(self.address)


@dataclass(frozen=True)
class Failure:
    """A message that was not sent."""

    to: Destination
    error: BookflowError


@dataclass(frozen=True)
class Messages:
    """All messages of one step, ready to be sent, each with where it goes.

    Attributes:
        execution_id: The execution that sends them.
        node_id: The step's node.
        opted_out: Destinations that do not want this message.
        stopped: Addresses that had answered STOP when they were last written to.
        fresh_key: Key of the unsubscribe links where the location has none yet.
    """

    location_id: str
    execution_id: str
    node_id: str
    template_id: str
    template_version: int
    emails: tuple[tuple[Destination, Email], ...] = field(repr=False)
    texts: tuple[tuple[Destination, TextMessage], ...] = field(repr=False)
    unreached: tuple[Unreached, ...]
    opted_out: tuple[Destination, ...] = ()
    stopped: frozenset[str] = field(default=frozenset(), repr=False)
    fresh_key: bytes | None = field(default=None, repr=False)


class SendTemplate(Action[SendTemplateConfig, Messages]):
    """Sends what a template says (product text, "Send Template")."""

    type = "send_template"
    title = "Send template"
    description = "Sends an e-mail or SMS made from a communication template."
    icon = "message"
    summary = "{template} → {custom_recipient|recipient_type}"
    config_model = SendTemplateConfig
    outputs = (
        Variable(
            "output.template_id", "string", "Id of the template", "booking-confirmation", False
        ),
        Variable("output.template_version", "number", "Version of the template", 3, False),
        Variable(
            "output.emails",
            "list",
            "The e-mails that were sent",
            [{"message_id": "0102", "to": "a…@example.com"}],
            False,
        ),
        Variable(
            "output.sms",
            "list",
            "The SMS that were sent",
            [{"message_id": "7f3c", "to": "+49…89", "segments": 1}],
            False,
        ),
        Variable(
            "output.unreached",
            "list",
            "Who has no usable address, and why",
            [{"recipient": "facilitator 2", "channel": "sms", "reason": "has no phone number"}],
            False,
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
            False,
        ),
        Variable(
            "output.opted_out",
            "list",
            "Who does not want the message",
            [{"recipient": "customer", "channel": "email"}],
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
        template = active_template(self.ports, scope.context.location.id, config.template)
        recipients = recipients_of(
            config.recipient_type, scope.context, _custom_recipient(config, scope)
        )
        destinations, unreached = _destinations(template, recipients)
        opt_outs = OptOuts(self.ports, scope.context.location.id, template.category)
        suppressed = opt_outs.listed(one.address for one in destinations)
        blocked = {address for address, one in suppressed.items() if opt_outs.blocks(one)}
        refused = _refused(destinations, blocked, opt_outs.is_marketing, scope)
        if not destinations:
            raise StepSkipped(ReasonCode.NO_RECIPIENT, _nobody(config, unreached))
        if len(refused) == len(destinations):
            raise StepSkipped(ReasonCode.OPTED_OUT, _all_opted_out(refused))
        wanted = [one for one in destinations if one not in refused]
        emails = tuple(
            (one, _email(template, one, scope, opt_outs))
            for one in wanted
            if one.channel == "email"
        )
        texts = tuple(
            (one, _text(template, one, scope, opt_outs)) for one in wanted if one.channel == "sms"
        )
        return Messages(
            location_id=scope.context.location.id,
            execution_id=scope.execution.id,
            node_id=scope.node.id,
            template_id=template.id,
            template_version=template.version,
            emails=emails,
            texts=texts,
            unreached=tuple(unreached),
            opted_out=tuple(refused),
            stopped=frozenset(address for address, one in suppressed.items() if one.is_sms_stop),
            fresh_key=opt_outs.fresh_key,
        )

    def perform(self, plan: Messages, once: Once) -> Mapping[str, Any]:
        """Send each message once; one that fails does not keep the others back.

        Where any is sent the step is completed, and its output names the refused ones. What may
        still be sent, or may have been sent, goes before that: it is tried again or shown.

        A number that has answered STOP joins the location's suppression list; one that has opted
        in again leaves it.

        Raises:
            StepSkipped: All of them turned out to have opted out.
            TransientError: A message may get through at the next try, which leaves out what is
                done: so it goes before what no try can fix.
            OutcomeUnknownError: It is not known of a message whether it was sent.
            PermanentError: All messages are refused.
        """
        keep_key(self.ports, plan.location_id, plan.fresh_key)
        emails: list[Mapping[str, Any]] = []
        texts: list[Mapping[str, Any]] = []
        opted_out = list(plan.opted_out)
        failures: list[Failure] = []
        for to, email in plan.emails:
            try:
                emails.append(once(to.effect, self._email_effect(email)))
            except BookflowError as error:
                failures.append(Failure(to, error))
        for to, text in plan.texts:
            try:
                if self._has_answered_stop(to, plan):
                    opted_out.append(to)
                else:
                    texts.append(once(to.effect, self._text_effect(text)))
                    self._remember(texts[-1], plan)
            except BookflowError as error:
                failures.append(Failure(to, error))
        output = {
            "template_id": plan.template_id,
            "template_version": plan.template_version,
            "emails": [dict(sent) for sent in emails],
            "sms": [dict(sent) for sent in texts],
            "unreached": [
                {"recipient": one.recipient, "channel": one.channel, "reason": one.reason}
                for one in plan.unreached
            ],
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
        }
        sent_any = bool(emails or texts)
        if failures and not (sent_any and all(map(_is_refusal, failures))):
            raise _joined(failures, output if sent_any else {})
        if not emails and not texts:
            raise StepSkipped(ReasonCode.OPTED_OUT, _all_opted_out(opted_out))
        return output

    def _email_effect(self, email: Email) -> Callable[[], Mapping[str, Any]]:
        return lambda: {
            "message_id": self.ports.mailer.send(email),
            "to": masked_email(email.to),
        }

    def _text_effect(self, message: TextMessage) -> Callable[[], Mapping[str, Any]]:
        return lambda: {
            "message_id": self.ports.texter.send(message),
            "to": masked_phone(message.to),
            "segments": sms_size(message.text).segments,
        }

    def _remember(self, result: Mapping[str, Any], plan: Messages) -> None:
        """Keep which step sent a text message, for what the network reports of it later.

        The message is sent, so nothing that fails here may fail the step.
        """
        if "message_id" not in result:
            return  # only a person said that it arrived
        sent = SentSms(
            message_id=result["message_id"],
            location_id=plan.location_id,
            execution_id=plan.execution_id,
            node_id=plan.node_id,
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
                sms_stop(plan.location_id, to.address, plan.execution_id, now)
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
    return render(
        config.custom_recipient or "",
        scope.variables,
        mode=Mode.HEADER,
        settings=settings_for(scope.context.location),
        field="custom_recipient",
    )


def _channels(template: Template) -> tuple[str, ...]:
    return ("email", "sms") if template.channel == "both" else (template.channel,)


def _destinations(
    template: Template, recipients: Iterable[Recipient]
) -> tuple[list[Destination], list[Unreached]]:
    """Return each address once, and who cannot be reached."""
    found: dict[tuple[str, str], Destination] = {}
    unreached: list[Unreached] = []
    for recipient in recipients:
        for channel in _channels(template):
            address = recipient.email if channel == "email" else recipient.phone
            if address is None:
                unreached.append(Unreached(recipient.label, channel, _lack(recipient, channel)))
            else:
                found.setdefault(
                    (channel, address.lower()), Destination(recipient, channel, address)
                )
    return list(found.values()), unreached


def _lack(recipient: Recipient, channel: str) -> str:
    return "has no usable e-mail address" if channel == "email" else recipient.phone_problem


def _refused(
    destinations: list[Destination], blocked: set[str], is_marketing: bool, scope: Scope
) -> list[Destination]:
    """Return the destinations that have opted out, by a link or in the booking system.

    What the booking system says of the customer holds for the customer's addresses, whatever
    way a message comes to them.
    """
    customer = scope.context.customer
    if customer is not None and is_marketing and opted_out(customer):
        own = (
            usable_email(customer.email),
            usable_phone(customer.phone, scope.context.location.country),
        )
        known = {address.lower() for address in own if address}
        blocked = blocked | {one.address for one in destinations if one.address.lower() in known}
    return [one for one in destinations if one.address in blocked]


def _is_refusal(failure: Failure) -> bool:
    """Return whether the message was not sent and never will be."""
    return not isinstance(failure.error, TransientError | OutcomeUnknownError)


def _joined(failures: list[Failure], output: Mapping[str, Any]) -> BookflowError:
    """Return one error for all messages that failed; `output` lists those that did not."""
    errors = [failure.error for failure in failures]
    if len(errors) == 1:
        errors[0].output = output
        return errors[0]
    transient = [error for error in errors if isinstance(error, TransientError)]
    unknown = any(
        isinstance(error, OutcomeUnknownError)
        or (isinstance(error, TransientError) and error.outcome_unknown)
        for error in errors
    )
    message = " ".join(
        dict.fromkeys(f"To {one.to.masked}: {one.error.message}" for one in failures)
    )
    remedy = " ".join(dict.fromkeys(error.remedy for error in errors if error.remedy)) or None
    invalid_field = next((error.field for error in errors if error.field), None)
    joined: BookflowError
    if transient:
        waits = [error.retry_after for error in transient if error.retry_after is not None]
        joined = TransientError(
            message,
            field=invalid_field,
            remedy=remedy,
            retry_after=max(waits, default=None),
            outcome_unknown=unknown,
        )
    else:
        kind = OutcomeUnknownError if unknown else PermanentError
        joined = kind(message, field=invalid_field, remedy=remedy)
    joined.output = output
    return joined


def _email(template: Template, to: Destination, scope: Scope, opt_outs: OptOuts) -> Email:
    location = scope.context.location
    link = opt_outs.link(to.address, to.recipient.locale or location.locale)
    email = compose_email(
        template,
        to=to.address,
        variables={**scope.variables, **_link_variable(link)},
        location=location,
        reader_locale=to.recipient.locale,
        tags=message_tags(location.id, scope.execution.id, scope.node.id, to.effect),
    )
    if link is None:
        return email
    return with_unsubscribe(email, link, template.language or location.locale)


def _text(template: Template, to: Destination, scope: Scope, opt_outs: OptOuts) -> TextMessage:
    location = scope.context.location
    link = opt_outs.link(to.address, to.recipient.locale or location.locale)
    return compose_sms(
        template,
        to=to.address,
        variables={**scope.variables, **_link_variable(link)},
        location=location,
        reader_locale=to.recipient.locale,
    )


def _link_variable(link: str | None) -> Mapping[str, str]:
    return {} if link is None else {"unsubscribe_url": link}


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
