"""Lines of SNS's delivery log, as CloudWatch Logs would hand them to the deployed function."""

from __future__ import annotations

import json

from bookflow.domain.executions.execution import Execution
from local.sam import STACK_NAME
from tests.e2e.location import OwnLocation
from tests.unit.messages.test_sms_feedback import batch, line

SMS = {"msg": {"type": "send_template", "config": {"template": "sms"}}}


def texts(place: OwnLocation, execution: Execution) -> list[dict[str, str]]:
    """Return the messages of the step, as the API shows them."""
    found: list[dict[str, str]] = (
        place.steps(execution)["msg"].showing_deliveries().output_data["sms"]
    )
    return found


def test_the_outcome_of_an_sms_stands_at_its_step(place: OwnLocation) -> None:
    welcome = place.services.templates.get(place.id, "booking-confirmation")
    place.services.templates.save(
        welcome.changed(
            id="sms", version=1, channel="sms", sms="See you, {{ customer.first_name }}"
        )
    )
    place.workflow("texting", {"event": "Booking Created"}, SMS, "trigger>msg")
    first = place.run(place.created(), "texting")
    second = place.run(place.created(booking_id="bk-2"), "texting")
    ids = [texts(place, each)[0]["message_id"] for each in (first, second)]
    answer = place.stack.client("lambda").invoke(
        FunctionName=f"{STACK_NAME}-sms_feedback",
        Payload=json.dumps(batch(line("delivered", ids[0]), line("opted_out", ids[1]))),
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert texts(place, first)[0]["delivery"] == "delivered"
    assert texts(place, second)[0]["delivery"] == "not delivered: Phone number is opted out"
    (stop,) = place.services.suppressions.list(place.id).items
    assert (stop.is_sms_stop, stop.execution_id) == (True, second.id)
