"""Bounces and complaints by the real handler: from the e-mail that was sent to the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.executions.execution import ReasonCode, StepStatus
from bookflow.domain.messages.sent.sent_message import MessageState, ShownMessage
from bookflow.domain.messages.suppression import address_hash
from bookflow.use_cases.messages.sent_messages import SentMessages
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import CONFIGURATION_SET, TRACKING_SET, OwnLocation, Stack
from tests.unit.messages.test_mail_feedback import sample
from tests.unit.runtime.samples import graph

MAIL = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
SURVEY = {"id": "ask", "type": "send_survey_email", "config": {}}


@pytest.fixture
def sent(stack: Stack) -> Iterator[list[dict[str, Any]]]:
    """What the functions ask of SES, as it goes over the wire."""
    requests: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        requests.append(json.loads(params["body"]))

    mailer: Any = stack.ports.mailer
    events = mailer._client.meta.events
    events.register("before-call.sesv2.SendEmail", note)
    yield requests
    events.unregister("before-call.sesv2.SendEmail", note)


def run(stack: Stack, place: OwnLocation, workflow_id: str, event_id: str) -> dict[str, Any]:
    stack.put(place.event(event_id=event_id, booking_id=f"bk-{event_id}"))
    assert not stack.queue.deliver()
    return dict(place.steps(stack.complete(place, workflow_id, event_id=event_id)))


def about(email: dict[str, Any], name: str = "hard_bounce") -> dict[str, Any]:
    """Return what SES would tell of an e-mail: its tags come back, each as a list."""
    envelope = sample(name)
    envelope["detail"]["mail"]["tags"] = {
        "ses:configuration-set": [email["ConfigurationSetName"]],
        **{tag["Name"]: [tag["Value"]] for tag in email["EmailTags"]},
    }
    return envelope


def listed(stack: Stack, place: OwnLocation) -> list[tuple[str, str | None, str]]:
    items = stack.ports.suppressions.list(place.id).items
    return [(each.reason.value, each.execution_id, each.detail) for each in items]


def test_a_hard_bounce_keeps_the_next_message_back(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]]
) -> None:
    place.texts()
    place.publish("wf-a", graph(MAIL))
    assert run(stack, place, "wf-a", "evt-1")["mail"].status is StepStatus.COMPLETED
    (email,) = sent
    assert email["ConfigurationSetName"] == CONFIGURATION_SET
    assert "ada" not in json.dumps(email["EmailTags"]).lower()
    for _ in range(2):
        stack.feedback.send(about(email))
        assert not stack.feedback.deliver()
    execution = place.execution("wf-a", event_id="evt-1")
    assert listed(stack, place) == [("bounced", execution.id, "Permanent NoEmail")]
    # The SMS of the same template still goes out.
    second = run(stack, place, "wf-a", "evt-2")["mail"]
    assert second.output_data["emails"] == []
    assert second.output_data["opted_out"] == [{"recipient": "customer", "channel": "email"}]
    assert len(sent) == 1


def test_a_complaint_about_a_survey_ends_surveys(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]]
) -> None:
    place.texts()
    place.publish("wf-a", graph(SURVEY))
    run(stack, place, "wf-a", "evt-1")
    stack.feedback.send(about(sent[0], "complaint"))
    assert not stack.feedback.deliver()
    assert [each[0] for each in listed(stack, place)] == ["complained"]
    step = run(stack, place, "wf-a", "evt-2")["ask"]
    assert (step.status, step.reason_code) == (StepStatus.SKIPPED, ReasonCode.OPTED_OUT)
    assert len(sent) == 1


def test_a_soft_bounce_changes_nothing(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]], log: Log
) -> None:
    place.texts()
    place.publish("wf-a", graph(MAIL))
    run(stack, place, "wf-a", "evt-1")
    stack.feedback.send(about(sent[0], "soft_bounce"))
    assert not stack.feedback.deliver()
    assert listed(stack, place) == []
    run(stack, place, "wf-a", "evt-2")
    assert len(sent) == 2
    assert len(log.metrics("EmailsSoftBounced")) == 1


def messages(stack: Stack, place: OwnLocation, event_id: str = "evt-1") -> dict[str, ShownMessage]:
    """Return the messages of an execution by channel, as people see them."""
    execution = place.execution("wf-a", event_id=event_id)
    page = SentMessages(stack.ports).of_execution(place.id, execution.id)
    return {each.channel: each for each in page.items}


def test_a_message_is_read_as_it_was_sent_and_follows_what_is_reported(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]], log: Log
) -> None:
    place.texts()
    place.publish("wf-a", graph(MAIL))
    run(stack, place, "wf-a", "evt-1")
    shown = messages(stack, place)
    assert {each.state for each in shown.values()} == {MessageState.ACCEPTED}
    email = shown["email"]
    assert (email.template_name, email.template_version) == ("Welcome", 1)
    execution = place.execution("wf-a", event_id="evt-1")
    read = SentMessages(stack.ports).read(place.id, execution.id, email.id)
    assert read.body is not None
    content = sent[0]["Content"]["Simple"]
    assert read.body.html == content["Body"]["Html"]["Data"]
    assert read.body.text == content["Body"]["Text"]["Data"]
    assert email.subject == content["Subject"]["Data"]
    # SES reports best effort, in any order, and more than once.
    for name in ("clicked", "sent", "opened", "delivered", "opened", "sent"):
        stack.feedback.send(about(sent[0], name))
        assert not stack.feedback.deliver()
    after = messages(stack, place)
    assert after["email"].state is MessageState.CLICKED
    assert set(after["email"].times) == {
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.OPENED,
        MessageState.CLICKED,
    }
    assert after["sms"] == shown["sms"]
    assert len(log.metrics("EmailsDelivered")) == 1


def test_only_where_tracking_is_on_e_mails_use_the_set_that_reports_opens(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]]
) -> None:
    place.texts()
    place.publish("wf-a", graph(MAIL))
    run(stack, place, "wf-a", "evt-1")
    kept = StoredSettings(LocationSettings(track_messages=True), revision=1)
    stack.ports.bookings.save_settings(place.id, kept)
    run(stack, place, "wf-a", "evt-2")
    assert [each["ConfigurationSetName"] for each in sent] == [CONFIGURATION_SET, TRACKING_SET]


def test_a_report_of_sending_settles_a_step_that_got_a_500(
    stack: Stack, place: OwnLocation, sent: list[dict[str, Any]], log: Log
) -> None:
    def spoil(response: tuple[Any, dict[str, Any]], **_: Any) -> None:
        answer, parsed = response
        answer.status_code = parsed["ResponseMetadata"]["HTTPStatusCode"] = 500
        parsed["Error"] = {"Code": "InternalFailure", "Message": ""}

    place.texts()
    place.publish("wf-a", graph(SURVEY))
    mailer: Any = stack.ports.mailer
    events = mailer._client.meta.events
    events.register_first("needs-retry.sesv2.SendEmail", spoil)
    try:
        step = run(stack, place, "wf-a", "evt-1")["ask"]
    finally:
        events.unregister("needs-retry.sesv2.SendEmail", spoil)
    assert (step.status, step.unknown_effects) == (StepStatus.FAILED, ("email",))
    assert step.reason_code is ReasonCode.OUTCOME_UNKNOWN
    assert messages(stack, place)["email"].state is MessageState.UNKNOWN
    stack.feedback.send(about(sent[0], "sent"))
    assert not stack.feedback.deliver()
    assert messages(stack, place)["email"].state is MessageState.ACCEPTED
    settled = place.steps(place.execution("wf-a", event_id="evt-1"))["ask"]
    assert (settled.status, settled.reason_code) == (StepStatus.COMPLETED, None)
    assert settled.output_data["confirmed"] == ["email"]
    assert len(log.metrics("EmailsSent")) == 1
    assert len(sent) == 1


def test_what_cannot_be_read_is_kept_with_its_reason_and_stops_no_other(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    foreign = sample()
    foreign["detail"]["mail"]["tags"] = {}
    stack.feedback.send("no JSON", foreign, sample("complaint"))
    assert not stack.feedback.deliver()
    letters = {str(each.field): each for each in stack.queue.dead_letters()}
    assert letters.keys() == {"body", "detail.mail.tags.location"}
    assert {line["field"] for line in log.lines("message rejected")} == letters.keys()
    digest = address_hash("spree-kayaks", "ada@example.com")
    assert digest in stack.ports.suppressions.find("spree-kayaks", [digest])


def test_a_table_that_is_busy_lets_it_come_again_and_the_others_through(
    stack: Stack, place: OwnLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = type(stack.ports.suppressions)
    add = store.add

    def busy(self: Any, suppression: Any) -> None:
        if suppression.reason == "bounced":
            raise RuntimeError("busy")
        add(self, suppression)

    with monkeypatch.context() as problem:
        problem.setattr(store, "add", busy)
        stack.feedback.send(sample(), sample("complaint"))
        assert [json.loads(body)["detail"]["eventType"] for body in stack.feedback.deliver()] == [
            "Bounce"
        ]
    assert not stack.feedback.deliver()
    assert not stack.queue.dead_letters()


def test_a_bare_sample_is_taken_as_sam_local_invoke_sends_it(
    stack: Stack, place: OwnLocation
) -> None:
    assert stack.handlers["mail_feedback"](sample(), None) == {"batchItemFailures": []}
    digest = address_hash("spree-kayaks", "ada@example.com")
    assert stack.ports.suppressions.find("spree-kayaks", [digest])
