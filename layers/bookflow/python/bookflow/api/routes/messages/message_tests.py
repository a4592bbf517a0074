"""Tests of templates: sent to the person who asks, or to a number of the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View
from bookflow.api.rates import TESTING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.templates import TemplateContent
from bookflow.use_cases.messages.send_test import (
    CalendarNote,
    MessageTester,
    SentTest,
    WantedTest,
)

resource = Resource("messages")


class TestRequest(Input):
    """What is tried out, for which booking, and where it goes."""

    content: TemplateContent | None = Field(
        default=None, description="What is not saved yet; default: the template as it is saved"
    )
    trigger: str = Field(max_length=100, examples=["Booking Created"])
    booking_id: Identifier | None = Field(default=None, description="Default: a sample booking")
    locale: str | None = Field(
        default=None, max_length=35, description="The guest's; default: the booking's customer's"
    )
    phone: str | None = Field(
        default=None,
        max_length=40,
        description="Sends the SMS, to this one of the settings' `test_numbers`; default: the "
        "e-mail goes to the caller's own verified address",
        examples=["+4915112345678"],
    )


class NewTestRequest(TestRequest):
    """The same for a template that was never saved."""

    content: TemplateContent


class TestView(View):
    """What was sent."""

    channel: Literal["email", "sms"]
    to: str
    subject: str
    calendar_entry: CalendarNote = Field(
        description="Whether the e-mail carries a calendar entry, which is a test as well, or why not"
    )


@resource.post(
    "/templates/<template_id>/test",
    Role.EDITOR,
    problems=(409,),
    audit=Audit.DEED,
    limit=TESTING,
)
def send_template_test(
    call: CallArg, location_id: Id, template_id: Id, body: TestRequest
) -> TestView:
    """Send a template, saved or not, to yourself, marked as a test.

    An e-mail goes to the caller's own address, which the token has to state as verified. Nothing is
    recorded as sent, no reader can unsubscribe by it, and a suppressed address gets none.
    `built-in-survey-invitation` is the invitation of surveys without a template.
    """
    return _send(call, location_id, body, template_id)


@resource.post("/templates/test", Role.EDITOR, problems=(409,), audit=Audit.DEED, limit=TESTING)
def send_new_template_test(call: CallArg, location_id: Id, body: NewTestRequest) -> TestView:
    """Send a template that was never saved to yourself; see `send_template_test`."""
    return _send(call, location_id, body, None)


def _send(call: CallArg, location_id: str, body: TestRequest, template_id: str | None) -> TestView:
    wanted = WantedTest(
        template_id=template_id,
        content=body.content,
        trigger=body.trigger,
        booking_id=body.booking_id,
        locale=body.locale,
        phone=body.phone,
        email=call.caller.email,
    )
    sent: SentTest = MessageTester(call.ports).send(location_id, wanted)
    return TestView.of(sent)
