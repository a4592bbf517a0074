"""What SES would tell of a sent e-mail, put on the deployed stack's queue: SES itself is not asked."""

from __future__ import annotations

import json
from typing import Any

from bookflow.domain.executions.execution import Execution, StepStatus
from bookflow.domain.messages.mail_feedback import message_tags
from local.sam import STACK_NAME
from tests.e2e.location import LIMIT_SECONDS, OwnLocation
from tests.unit.messages.test_mail_feedback import sample

MAIL = {"mail": {"type": "send_template", "config": {"template": "booking-confirmation"}}}


def feedback(place: OwnLocation, execution: Execution, address: str, name: str) -> dict[str, Any]:
    envelope = sample(name)
    envelope["detail"]["mail"]["tags"] = {
        tag: [value]
        for tag, value in message_tags(place.id, execution.id, "mail", "email:customer").items()
    }
    envelope["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = address
    return envelope


def test_an_address_that_bounces_for_good_gets_no_more_mail(place: OwnLocation) -> None:
    place.workflow("confirming", {"event": "Booking Created"}, MAIL, "trigger>mail")
    execution = place.run(place.created(), "confirming")
    (email,) = place.emails()
    sqs = place.stack.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{STACK_NAME}-mail-feedback")["QueueUrl"]
    # The hard one comes last: once it is on the list, the soft one has been taken too.
    for name in ("soft_bounce", "hard_bounce"):
        body = json.dumps(feedback(place, execution, email.to[0], name))
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    listed = place.services.suppressions
    place.stack.wait_until(
        lambda: bool(listed.list(place.id).items), LIMIT_SECONDS, "the suppression"
    )
    (found,) = listed.list(place.id).items
    assert (found.reason, found.execution_id) == ("bounced", execution.id)
    assert found.detail == "Permanent NoEmail"
    second = place.run(place.created(booking_id="bk-second"), "confirming")
    assert place.steps(second)["mail"].status is StepStatus.SKIPPED
    assert len(place.emails()) == 1
