"""The event bus, the dead letters and the metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookflow.adapters.clock import SystemClock
from bookflow.adapters.job_queue import SQSJobQueue
from bookflow.adapters.metrics import EmfCounter
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.ports import OutgoingEvent
from tests.integration.adapters.conftest import AwsPorts


def _events(number: int, text: str = "ä") -> list[OutgoingEvent]:
    return [OutgoingEvent("Booking Cancelled", {"n": n, "text": text}) for n in range(number)]


def _received(aws: AwsPorts) -> list[dict[str, Any]]:
    """Return what an archive-like rule would see: the entries of each request."""
    requests: list[list[dict[str, Any]]] = []
    aws.eventbridge.meta.events.register(
        "provide-client-params.*.PutEvents",
        lambda params, **_: requests.append(list(params["Entries"])),
    )
    return requests  # type: ignore[return-value]


def test_a_wait_for_the_sending_rate_is_never_longer_than_the_queue_takes(aws: AwsPorts) -> None:
    queue = SQSJobQueue(aws.sqs, aws.queue_url)
    queue.send({"batch": "batch-1"}, delay_seconds=1000)
    attributes = aws.sqs.get_queue_attributes(
        QueueUrl=aws.queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"


def test_no_events_are_no_request(aws: AwsPorts) -> None:
    requests: Any = _received(aws)
    aws.events.publish([])
    assert requests == []


def test_events_reach_the_rules_of_the_bus(aws: AwsPorts) -> None:
    queue_arn = aws.sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    pattern = json.dumps({"source": ["bookflow"]})
    aws.eventbridge.put_rule(Name="all", EventBusName="bookings", EventPattern=pattern)
    aws.eventbridge.put_targets(
        Rule="all", EventBusName="bookings", Targets=[{"Id": "q", "Arn": queue_arn}]
    )
    aws.events.publish(_events(1))
    (message,) = aws.sqs.receive_message(QueueUrl=aws.queue_url)["Messages"]
    body = json.loads(message["Body"])
    assert (body["source"], body["detail-type"]) == ("bookflow", "Booking Cancelled")
    assert body["detail"] == {"n": 0, "text": "ä"}


def test_requests_stay_within_ten_events_and_the_size_limit(aws: AwsPorts) -> None:
    requests: Any = _received(aws)
    aws.events.publish(iter(_events(23)))
    assert [len(entries) for entries in requests] == [10, 10, 3]
    requests.clear()
    aws.events.publish(_events(5, text="x" * 100_000))
    assert [len(entries) for entries in requests] == [2, 2, 1]


class _Refusing:
    """A bus that takes all but the events of some numbers."""

    def __init__(self, code: str, *, times: int) -> None:
        self.code = code
        self.times = times
        self.requests: list[list[int]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        numbers = [json.loads(entry["Detail"])["n"] for entry in Entries]
        self.requests.append(numbers)
        refuses = len(self.requests) <= self.times
        results = [
            {"ErrorCode": self.code} if refuses and number % 2 else {"EventId": str(number)}
            for number in numbers
        ]
        return {"Entries": results, "FailedEntryCount": 0}


def test_only_events_that_were_not_taken_are_put_again() -> None:
    from bookflow.adapters.eventbridge import EventBridgePublisher

    bus: Any = _Refusing("InternalFailure", times=1)
    EventBridgePublisher(bus, "bookings").publish(_events(4))
    assert bus.requests == [[0, 1, 2, 3], [1, 3]]


@pytest.mark.parametrize(
    ("code", "kind", "requests"),
    [("ThrottlingException", TransientError, 2), ("MalformedDetail", PermanentError, 1)],
)
def test_events_that_are_not_taken_are_reported(
    code: str, kind: type[Exception], requests: int
) -> None:
    from bookflow.adapters.eventbridge import EventBridgePublisher

    bus: Any = _Refusing(code, times=9)
    with pytest.raises(kind):
        EventBridgePublisher(bus, "bookings").publish(_events(4))
    assert len(bus.requests) == requests


def test_a_dead_letter_says_what_is_wrong(aws: AwsPorts) -> None:
    aws.dead_letters.put('{"a": 1}', reason="x" * 9000 + "\x00", field="detail.\x00a")
    (message,) = aws.sqs.receive_message(QueueUrl=aws.queue_url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert message["Body"] == '{"a": 1}'
    attributes = message["MessageAttributes"]
    assert attributes["field"]["StringValue"] == "detail.?a"
    assert attributes["reason"]["StringValue"] == "x" * 2000


def test_a_dead_letter_without_a_reason_is_kept_too(aws: AwsPorts) -> None:
    aws.dead_letters.put("x", reason="", field=None)
    (message,) = aws.sqs.receive_message(QueueUrl=aws.queue_url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert message["MessageAttributes"]["reason"]["StringValue"] == "unknown"
    assert "field" not in message["MessageAttributes"]


def test_a_count_is_one_metric_line(capsys: pytest.CaptureFixture[str]) -> None:
    counter = EmfCounter(namespace="Bookflow", service="dispatcher")
    counter.count("ExecutionsStarted", 3)
    counter.count("StepsSkipped", reason=ReasonCode.TOO_LATE)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["ExecutionsStarted"] == [3.0]
    assert first["service"] == "dispatcher"
    (metrics,) = first["_aws"]["CloudWatchMetrics"]
    assert (metrics["Namespace"], metrics["Dimensions"]) == ("Bookflow", [["service"]])
    assert (second["StepsSkipped"], second["reason"]) == ([1.0], "too_late")


def test_the_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() is not None
    assert str(now.tzinfo) == "UTC"
