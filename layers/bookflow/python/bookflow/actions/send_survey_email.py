"""Send Survey Email: asks the customer about the visit, by a link that only they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bookflow.actions.base import Action, ActionConfig, StepSkipped
from bookflow.actions.opt_outs import (
    OptOuts,
    give_back_share,
    keep_key,
    public_base_url,
    take_share,
)
from bookflow.actions.recorded import origin_of, send_recorded
from bookflow.actions.templates import active_template
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.variables import SURVEY, UNSUBSCRIBE_URL, Variable
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.marketing_limits import MarketingShare, share_of
from bookflow.domain.messages.message import Email
from bookflow.domain.messages.sent.sent_message import MessageOrigin
from bookflow.domain.messages.suppression import opted_out
from bookflow.domain.messages.wording import escaped_text, wording_for
from bookflow.domain.shared.addresses import first_email, masked_email
from bookflow.domain.shared.errors import NotFoundError, OutcomeUnknownError, PermanentError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.public_links import survey_link
from bookflow.domain.surveys.records import AskingStep, SurveyInvitation
from bookflow.domain.surveys.survey import is_excluded
from bookflow.domain.surveys.tokens import new_token
from bookflow.domain.templates import Template
from bookflow.domain.templates.compose import compose_email

if TYPE_CHECKING:
    from bookflow.domain.bookings.records import Booking, BookingContext
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.surveys.survey import Survey
    from bookflow.ports import Once

EXCLUDED_STATUSES = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW})
"""Nobody is asked about a visit that did not take place."""

BUILT_IN_INVITATION = "built-in-survey-invitation"
"""In the place of a template's id where none is chosen."""

EFFECT = "email"
"""Name of the one effect of the step."""


class SendSurveyEmailConfig(ActionConfig):
    """Which survey is asked, and in which words."""

    survey: Identifier | None = Field(
        default=None,
        title="Survey",
        description="The survey to ask; without one the activity's own, else the location's",
        examples=["after-visit"],
        json_schema_extra={"format": "survey-id"},
    )
    template: Identifier | None = Field(
        default=None,
        title="Template",
        description="An e-mail template that holds {{ survey.link }}; without one a short "
        "invitation in the location's name is sent",
        examples=["survey-invitation"],
        json_schema_extra={"format": "template-id"},
    )


@dataclass(frozen=True)
class Invitation:
    """An invitation and the e-mail that carries its link; made together, they stay together.

    Attributes:
        origin: What the record of the e-mail is made of.
        asked_by: Key of the step's effect, the same in every try of the step.
        fresh_key: Key of the unsubscribe link where the location has none yet.
        share: What the step takes of the guest's day, where the location limits marketing.
    """

    record: SurveyInvitation
    email: Email = field(repr=False)
    origin: MessageOrigin = field(repr=False)
    asked_by: str = field(repr=False)
    fresh_key: bytes | None = field(default=None, repr=False)
    share: MarketingShare | None = field(default=None, repr=False)


class SendSurveyEmail(Action[SendSurveyEmailConfig, Invitation]):
    """Mails a tokenised survey link (product text, "Send Survey Email")."""

    type = "send_survey_email"
    title = "Send survey e-mail"
    description = "Asks the customer about the visit by a personal survey link."
    icon = "survey"
    summary = "{survey}"
    config_model = SendSurveyEmailConfig
    outputs = (
        Variable("output.survey_id", "string", "Id of the survey", "after-tour"),
        Variable("output.sent_id", "string", "Id of the e-mail's record", "msg_3f2a"),
        Variable("output.message_id", "string", "Id of the e-mail at the mail service", "0102"),
        Variable("output.to", "string", "The address, most of it hidden", "a…@example.com"),
        Variable(
            "output.expires_at",
            "datetime",
            "Until when the link works",
            "2027-07-12T20:30:00+02:00",
        ),
    )
    supplies = (*SURVEY, UNSUBSCRIBE_URL)

    @classmethod
    def writes_to_guest(cls, config: SendSurveyEmailConfig) -> bool:
        """Surveys go to nobody else."""
        return True

    def plan(self, config: SendSurveyEmailConfig, scope: Scope) -> Invitation:
        """Make a fresh link and the e-mail around it.

        Raises:
            StepSkipped: The booking was cancelled, nobody came or it is excluded; the customer
                has no usable e-mail address or has opted out; or there is no active survey.
            PermanentError: There is no booking, the template cannot be used, or Bookflow does
                not know its own public address.
        """
        booking = _booking(scope)
        address = first_email(scope.context.customer.email if scope.context.customer else None)
        if address is None:
            raise StepSkipped(ReasonCode.NO_RECIPIENT, "The customer has no usable e-mail address.")
        opt_outs = OptOuts(self.ports, scope.context.location.id, "marketing")
        opt_outs.require_wanted(scope.context.in_hand)
        opt_outs.require_no_pause(scope.context, scope.now)
        if opted_out(scope.context.customer) or opt_outs.blocked([address]):
            raise StepSkipped(ReasonCode.OPTED_OUT, "The customer has opted out of surveys.")
        survey = self._survey(config, scope)
        token = new_token()
        link = survey_link(public_base_url(self.ports), scope.context.location.id, token.text)
        expires_at = scope.now + timedelta(days=survey.expiry_days)
        record = SurveyInvitation(
            location_id=scope.context.location.id,
            token_hash=token.digest,
            survey_id=survey.id,
            booking_id=booking.id,
            execution_id=scope.execution.id,
            step=AskingStep(
                workflow_id=scope.execution.workflow_id,
                version=scope.execution.version,
                node_id=scope.node.id,
            ),
            created_at=scope.now,
            expires_at=expires_at,
            kept_until=kept_until(booking, scope.context.location, scope.now),
        )
        details = {"name": survey.name, "link": link, "expires_at": expires_at}
        customer = scope.context.customer
        locale = customer.locale if customer else None
        template = self._template(config, scope)
        unsubscribe_link = opt_outs.link(address, locale or scope.context.location.locale)
        email = compose_email(
            template,
            to=address,
            variables={**scope.variables, "survey": details, "unsubscribe_url": unsubscribe_link},
            location=scope.context.location,
            reader_locale=locale,
            now=scope.now,
            tags=message_tags(scope.context.location.id, scope.execution.id, scope.node.id, EFFECT),
        )
        if any(link not in part for part in (email.html, email.text) if part):
            raise PermanentError(
                "The e-mail does not hold the survey's link in each of its parts.",
                field="template",
                remedy="Write {{ survey.link }} into the template's HTML and text.",
            ).lacking("variable", "survey.link")
        return Invitation(
            record,
            email,
            origin_of(scope, template),
            scope.effect_key,
            opt_outs.fresh_key,
            share_of(scope.context, scope.now, scope.effect_key),
        )

    def perform(self, plan: Invitation, once: Once) -> Mapping[str, Any]:
        """Store the invitation, then mail its link once.

        A retry after a crash stores another invitation with a token of its own. The one of the
        broken try was never mailed: nobody knows its token, and it expires.

        Raises:
            StepSkipped: The guest got as much marketing today as the location allows, or another
                step asked this survey about this booking before.
        """
        take_share(self.ports, plan.share)
        if self.ports.surveys.ask(plan.record, plan.asked_by) != plan.asked_by:
            give_back_share(self.ports, plan.share)
            raise StepSkipped(
                ReasonCode.ALREADY_ASKED,
                "The customer was asked this survey about this booking before.",
            )
        keep_key(self.ports, plan.record.location_id, plan.fresh_key)
        self.ports.surveys.invite(plan.record)
        try:
            return send_recorded(
                self.ports,
                once,
                plan.origin,
                EFFECT,
                "customer",
                plan.email,
                self.ports.mailer.send,
                survey_id=plan.record.survey_id,
                to=masked_email(plan.email.to),
                expires_at=plan.record.expires_at.isoformat(),
            )
        except PermanentError as error:
            if not isinstance(error, OutcomeUnknownError):
                give_back_share(self.ports, plan.share)
            raise

    def _survey(self, config: SendSurveyEmailConfig, scope: Scope) -> Survey:
        activity, location = scope.context.activity, scope.context.location
        survey_id = config.survey or (activity.survey_id if activity else None)
        survey_id = survey_id or location.survey_id
        if not survey_id:
            raise StepSkipped(
                ReasonCode.SURVEY_INACTIVE,
                "No survey is chosen: not in the step, the activity or the location.",
            )
        try:
            survey = self.ports.surveys.get(location.id, survey_id)
        except NotFoundError:
            raise StepSkipped(
                ReasonCode.SURVEY_INACTIVE, f"The survey {survey_id} does not exist."
            ) from None
        if not survey.active:
            raise StepSkipped(
                ReasonCode.SURVEY_INACTIVE, f"The survey {survey.name} ({survey_id}) is inactive."
            )
        return survey

    def _template(self, config: SendSurveyEmailConfig, scope: Scope) -> Template:
        location_id = scope.context.location.id
        if config.template is None:
            return built_in_invitation(scope.context, scope.now)
        template = active_template(self.ports, location_id, config.template)
        if template.channel == "sms":
            raise PermanentError(
                f"The template {template.name} ({template.id}) is for SMS only.",
                field="template",
                remedy="Choose a template for e-mail.",
            ).lacking("template", template.id)
        return template


def _booking(scope: Scope) -> Booking:
    booking = scope.context.booking
    if booking is None:
        raise PermanentError(
            "A survey is about a booking, and this event has no known booking.",
            remedy="Start the workflow by an event about a booking.",
        )
    if booking.status in EXCLUDED_STATUSES:
        raise StepSkipped(ReasonCode.SURVEY_EXCLUDED, f"The booking's status is {booking.status}.")
    if is_excluded(booking):
        raise StepSkipped(ReasonCode.SURVEY_EXCLUDED, "The booking is excluded from surveys.")
    return booking


def built_in_invitation(context: BookingContext, now: datetime) -> Template:
    """Return the invitation in the guest's language, else the location's, else English."""
    customer, activity, location = context.customer, context.activity, context.location
    say = wording_for([customer.locale if customer else None, location.locale], location.wordings)
    named = customer and customer.first_name and activity and activity.name
    greeting = say("invitation_greeting" if named else "invitation_greeting_plain")
    paragraphs = (greeting, say("invitation_text"))
    expiry = say("invitation_expiry")
    label = escaped_text(say("invitation_button"))
    button = f'<a class="button" href="{{{{ survey.link }}}}">{label}</a>'
    return Template(
        location_id=location.id,
        id=BUILT_IN_INVITATION,
        name="Survey invitation",
        language=say.language,
        subject=say("invitation_subject" if named else "invitation_subject_plain"),
        html=f"<h1>{escaped_text(say('invitation_heading'))}</h1>\n"
        + "".join(f"<p>{each}</p>\n" for each in (*map(escaped_text, paragraphs), button))
        + f'<p class="muted">{escaped_text(expiry)}</p>\n<p>{{{{ location.name }}}}</p>\n',
        text="\n\n".join((*paragraphs, "{{ survey.link }}", expiry, "{{ location.name }}")),
        updated_at=now,
    )
