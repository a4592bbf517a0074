"""Lines of SNS's delivery log are read for the message, the number and what became of it."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.messages.sms_feedback import SmsFeedbackKind, read_sms_feedback
from bookflow.domain.shared.errors import InvalidInputError

SAMPLES = Path(__file__).resolve().parents[3] / "events" / "sms_feedback"
LOGGED_AT = datetime(2027, 6, 10, 7, 12, 7, tzinfo=UTC)
NUMBER = "+4915123456789"


def line(name: str = "delivered", message_id: str | None = None, **delivery: Any) -> dict[str, Any]:
    """Return a fresh sample, about that message, with these fields of its delivery changed."""
    read: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    read["delivery"].update(delivery)
    if message_id:
        read["notification"]["messageId"] = message_id
    return read


def batch(*lines: Any, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """Return what CloudWatch Logs hands to a function: User Guide, "Subscription filters"."""
    messages = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    data = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "sns/eu-central-1/123456789012/DirectPublishToPhoneNumber/Failure",
        "logStream": "0e5c8a1f-5a5d-4cbe-8d8a-3b7d3a3f3c22",
        "subscriptionFilters": ["bookflow-test"],
        "logEvents": [
            {"id": f"3195310660669698337880902507980421114328961542429822156{at}", **each}
            for at, each in enumerate(
                {"timestamp": 1_811_920_327_000, "message": message} for message in messages
            )
        ],
    }
    packed = base64.b64encode(gzip.compress(json.dumps(data).encode()))
    return {"awslogs": {"data": packed.decode("ascii")}}


@pytest.mark.parametrize("kind", ["delivered", "opted_out", "invalid_number"])
def test_each_sample_is_read(kind: str) -> None:
    sample = line(kind)
    found = read_sms_feedback(sample, LOGGED_AT)
    assert found.kind == kind
    assert found.message_id == sample["notification"]["messageId"]
    assert (found.number, found.at) == (NUMBER, LOGGED_AT)
    assert found.detail == sample["delivery"]["providerResponse"]
    assert "15123" not in repr(found)


@pytest.mark.parametrize(
    "words",
    [
        "Blocked as spam by phone carrier",
        "Destination is on a blocked list",
        "Message body is invalid",
        "Phone carrier has blocked this message",
        "Phone carrier is currently unreachable/unavailable",
        "Phone has blocked SMS",
        "Phone is on a blocked list",
        "Phone is currently unreachable/unavailable",
        "This delivery would exceed max price",
        "Unknown error attempting to reach phone",
        "words that AWS has not published",
        "",
    ],
)
def test_every_other_reason_is_a_failure_in_its_own_words(words: str) -> None:
    found = read_sms_feedback(line("opted_out", providerResponse=words), LOGGED_AT)
    assert (found.kind, found.detail) == (SmsFeedbackKind.FAILED, words)


@pytest.mark.parametrize("words", ["Phone number is opted out.", "PHONE NUMBER IS OPTED OUT"])
def test_a_stop_is_known_by_its_words_however_they_are_written(words: str) -> None:
    found = read_sms_feedback(line("opted_out", providerResponse=words), LOGGED_AT)
    assert found.kind is SmsFeedbackKind.OPTED_OUT


def test_what_was_delivered_is_no_stop_whatever_the_carrier_says() -> None:
    words = "Phone number is opted out"
    found = read_sms_feedback(line("delivered", providerResponse=words), LOGGED_AT)
    assert found.kind is SmsFeedbackKind.DELIVERED


def test_a_number_in_the_carriers_words_is_left_out() -> None:
    words = f"No route to {NUMBER}"
    found = read_sms_feedback(line("opted_out", providerResponse=words), LOGGED_AT)
    assert found.detail == "No route to …"


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({}, "notification"),
        ({**line(), "status": "PENDING"}, "status"),
        (line(destination=5), "delivery.destination"),
        (line(destination="the desk"), "delivery.destination"),
        (line(message_id="a#b"), "notification.messageId"),
        ({**line(), "delivery": []}, "delivery"),
    ],
)
def test_another_line_is_rejected_by_its_field(broken: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_sms_feedback(broken, LOGGED_AT)
    assert caught.value.field == field
    assert "the desk" not in str(caught.value)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.text() | st.floats(), st.lists)))
def test_no_line_raises_another_error(anything: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        read_sms_feedback(anything, LOGGED_AT)
