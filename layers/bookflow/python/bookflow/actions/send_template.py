"""Send Template: an e-mail, an SMS or both from a communication template."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from bookflow.actions.base import Action, ActionConfig, StepSkipped, TextField
from bookflow.actions.opt_outs import OptOuts
from bookflow.domain.compose import compose_email, compose_sms, settings_for
from bookflow.domain.errors import BookflowError, NotFoundError, PermanentError, TransientError
from bookflow.domain.executions import ReasonCode
from bookflow.domain.mail_feedback import message_tags
from bookflow.domain.messages import Email, TextMessage
from bookflow.domain.recipients import (
    Recipient,
    RecipientType,
    masked_email,
    masked_phone,
    recipients_of,
)
from bookflow.domain.rendering import Mode, render
from bookflow.domain.sms import sms_size
from bookflow.domain.suppression import opted_out
from bookflow.domain.unsubscribing import with_unsubscribe
from bookflow.domain.values import Identifier
from bookflow.domain.variables import UNSUBSCRIBE_URL, Variable

if TYPE_CHECKING:
    from bookflow.domain.scope import Scope
    from bookflow.domain.templates import Template
    from bookflow.ports import Once, Ports


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
        "or one address of your choice",
        examples=["customer"],
    )
    custom_recipient: str | None = Field(
        default=None,
        max_length=500,
        title="Custom recipient",
        description="For the type custom: an e-mail address or a phone number; variables allowed",
        examples=["desk@example.com", "{{ event.agent_email }}"],
        json_schema_extra={
            "format": "variables-text",
            "visible_when": {"recipient_type": "custom"},
        },
    )

    @model_validator(mode="after")
    def _custom_is_named(self) -> SendTemplateConfig:
        if self.recipient_type == "custom" and not (self.custom_recipient or "").strip():
            raise ValueError("custom_recipient is needed for the recipient type custom")
        return self


@dataclass(frozen=True)
class Unreached:
    """A recipient without an address that a channel could use."""

    recipient: str
    channel: str

    def __str__(self) -> str:
        lack = "e-mail address" if self.channel == "email" else "phone number"
        return f"{self.recipient} has no usable {lack}"


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


@dataclass(frozen=True)
class Messages:
    """All messages of one step, ready to be sent; the keys name them in every try.

    Attributes:
        opted_out: Destinations that do not want this message.
    """

    template_id: str
    template_version: int
    emails: tuple[tuple[str, Email], ...] = field(repr=False)
    texts: tuple[tuple[str, TextMessage], ...] = field(repr=False)
    unreached: tuple[Unreached, ...]
    opted_out: tuple[Destination, ...] = ()


class SendTemplate(Action[SendTemplateConfig, Messages]):
    """Sends what a template says (product text, "Send Template")."""

    type = "send_template"
    title = "Send template"
    description = "Sends an e-mail or SMS made from a communication template."
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
            "Who has no usable address",
            [{"recipient": "facilitator 2", "channel": "sms"}],
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

    def plan(self, config: SendTemplateConfig, scope: Scope) -> Messages:
        """Render every message.

        Raises:
            StepSkipped: No recipient has an address that the template's channels could use, or
                all of them have opted out.
            PermanentError: The template is gone, inactive or cannot be rendered.
        """
        template = active_template(self.ports, scope.context.location.id, config.template)
        recipients = recipients_of(
            config.recipient_type, scope.context, _custom_recipient(config, scope)
        )
        destinations, unreached = _destinations(template, recipients)
        opt_outs = OptOuts(self.ports, scope.context.location.id, template.category)
        refused = _refused(destinations, opt_outs, config, scope)
        if not destinations:
            raise StepSkipped(ReasonCode.NO_RECIPIENT, _nobody(config, unreached))
        if len(refused) == len(destinations):
            raise StepSkipped(ReasonCode.OPTED_OUT, _all_opted_out(refused))
        wanted = [one for one in destinations if one not in refused]
        return Messages(
            template_id=template.id,
            template_version=template.version,
            emails=tuple(
                (one.key, _email(template, one, scope, opt_outs))
                for one in wanted
                if one.channel == "email"
            ),
            texts=tuple(
                (one.key, _text(template, one, scope, opt_outs))
                for one in wanted
                if one.channel == "sms"
            ),
            unreached=tuple(unreached),
            opted_out=tuple(refused),
        )

    def perform(self, plan: Messages, once: Once) -> Mapping[str, Any]:
        """Send each message once; one that fails does not keep the others back."""
        failures: list[BookflowError] = []

        def attempt(name: str, effect: Callable[[], Mapping[str, Any]]) -> list[dict[str, Any]]:
            try:
                return [dict(once(name, effect))]
            except BookflowError as error:
                failures.append(error)
                return []

        emails = [
            sent
            for key, email in plan.emails
            for sent in attempt(f"email:{key}", self._email_effect(email))
        ]
        texts = [
            sent
            for key, text in plan.texts
            for sent in attempt(f"sms:{key}", self._text_effect(text))
        ]
        if failures:
            # A transient failure first: the retry comes back to those that are left.
            raise min(failures, key=lambda error: not isinstance(error, TransientError))
        return {
            "template_id": plan.template_id,
            "template_version": plan.template_version,
            "emails": emails,
            "sms": texts,
            "unreached": [
                {"recipient": one.recipient, "channel": one.channel} for one in plan.unreached
            ],
            "opted_out": [
                {"recipient": one.recipient.label, "channel": one.channel} for one in plan.opted_out
            ],
        }

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

    @classmethod
    def supplies_to(cls, template: Template) -> Iterable[Variable]:
        """Return the unsubscribe link for marketing; nobody unsubscribes from their booking."""
        return cls.supplies if template.category == "marketing" else ()

    @classmethod
    def texts(cls, config: SendTemplateConfig) -> Iterable[TextField]:
        """Return the custom recipient, if it is used."""
        if config.recipient_type == "custom" and config.custom_recipient:
            yield TextField("custom_recipient", config.custom_recipient, "header")


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
                unreached.append(Unreached(recipient.label, channel))
            else:
                found.setdefault(
                    (channel, address.lower()), Destination(recipient, channel, address)
                )
    return list(found.values()), unreached


def _refused(
    destinations: list[Destination], opt_outs: OptOuts, config: SendTemplateConfig, scope: Scope
) -> list[Destination]:
    """Return the destinations that have opted out, by a link or in the booking system."""
    is_customer = config.recipient_type == "customer"
    if is_customer and opt_outs.is_marketing and opted_out(scope.context.customer):
        return destinations
    blocked = opt_outs.blocked(one.address for one in destinations)
    return [one for one in destinations if one.address in blocked]


def _email(template: Template, to: Destination, scope: Scope, opt_outs: OptOuts) -> Email:
    location = scope.context.location
    link = opt_outs.link(to.address, to.recipient.locale or location.locale)
    email = compose_email(
        template,
        to=to.address,
        variables={**scope.variables, **_link_variable(link)},
        location=location,
        reader_locale=to.recipient.locale,
        tags=message_tags(location.id, scope.execution.id),
    )
    if link is None:
        return email
    return with_unsubscribe(email, link, to.recipient.locale or location.locale)


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
    return f"Whoever could be reached has opted out: {who}."


def _nobody(config: SendTemplateConfig, unreached: list[Unreached]) -> str:
    if unreached:
        return f"Nobody can be reached: {'; '.join(map(str, unreached))}."
    where = {
        "customer": "the booking has no customer",
        "facilitator": "the activity names no facilitators",
        "admin": "the location names no admins and has no e-mail or phone of its own",
    }[config.recipient_type]
    return f"Nobody can be reached: {where}."
