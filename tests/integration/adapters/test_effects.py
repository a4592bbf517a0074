"""The contract of `EffectLog`, for the fake and for Powertools Idempotency on DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from bookflow.domain.messages.sent.sent_message import KeptMessage, MessageBody
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from tests.fakes import Crash
from tests.integration.adapters.conftest import IDEMPOTENCY_TABLE, AwsPorts
from tests.integration.adapters.test_messages import message


class Effect:
    """An effect that may end badly.

    Attributes:
        tried: How often it was begun.
        happened: How often it came to its end.
    """

    def __init__(self, result: Mapping[str, Any] | None = None, *ends: BaseException) -> None:
        self.result = {"message_id": "m-1"} if result is None else result
        self.ends = list(ends)
        self.tried = 0
        self.happened = 0

    def __call__(self) -> Mapping[str, Any]:
        self.tried += 1
        if self.ends:
            raise self.ends.pop(0)
        self.happened += 1
        return self.result


@pytest.mark.parametrize("result", [{"message_id": "m-1"}, {}, {"body": None, "list": [1, "ä"]}])
def test_an_effect_happens_once_and_its_result_is_remembered(
    ports: Any, result: Mapping[str, Any]
) -> None:
    effect = Effect(result)
    assert ports.effects.once("ex-1#n-1", effect) == result
    assert ports.effects.once("ex-1#n-1", effect) == result
    assert effect.tried == 1
    ports.effects.once("ex-1#n-2", effect)
    assert effect.tried == 2


def kept_text(ports: Any) -> str | None:
    bodies = ports.messages.bodies("loc-1", "ex-1", ["msg_1"])
    return bodies["msg_1"].text if bodies else None


def test_a_message_is_kept_as_its_effect_begins_and_by_no_other_try(ports: Any) -> None:
    def tried(text: str, effect: Effect) -> Mapping[str, Any]:
        kept = KeptMessage(message(), MessageBody(text=text), None)
        return ports.effects.once("ex-1#n-1", effect, message=kept)  # type: ignore[no-any-return]

    with pytest.raises(TransientError):
        tried("First", Effect(None, TransientError("busy")))
    assert kept_text(ports) == "First"
    assert tried("Second", Effect()) == {"message_id": "m-1"}
    assert tried("Third", Effect()) == {"message_id": "m-1"}
    assert kept_text(ports) == "Second"


def test_the_message_of_an_effect_of_unknown_outcome_is_the_one_that_may_have_been_sent(
    ports: Any,
) -> None:
    for text in ("First", "Second"):
        kept = KeptMessage(message(), MessageBody(text=text), None)
        with pytest.raises(OutcomeUnknownError):
            ports.effects.once("ex-1#n-1", Effect(None, OutcomeUnknownError("lost")), message=kept)
    assert kept_text(ports) == "First"


@pytest.mark.parametrize("error", [TransientError("busy"), PermanentError("bad"), KeyError("x")])
def test_an_error_means_that_it_did_not_happen(ports: Any, error: Exception) -> None:
    effect = Effect(None, error)
    with pytest.raises(type(error)):
        ports.effects.once("ex-1#n-1", effect)
    assert ports.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}
    assert effect.tried == 2


def test_an_unknown_outcome_is_remembered_and_reported_again(ports: Any) -> None:
    effect = Effect(None, OutcomeUnknownError("broke off", field="to", remedy="Look."))
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError) as caught:
            ports.effects.once("ex-1#n-1", effect)
        assert str(caught.value) == "to: broke off. Look."
    assert effect.tried == 1


def test_a_crash_in_the_effect_leaves_its_outcome_unknown(ports: Any) -> None:
    effect = Effect(None, Crash())
    with pytest.raises(Crash):
        ports.effects.once("ex-1#n-1", effect)
    for _ in range(2):
        with pytest.raises(OutcomeUnknownError, match="left no record"):
            ports.effects.once("ex-1#n-1", effect)
    assert effect.tried == 1


def test_a_second_try_while_the_first_still_runs_does_not_repeat_it(ports: Any) -> None:
    inner = Effect()

    def outer() -> Mapping[str, Any]:
        with pytest.raises(OutcomeUnknownError):
            ports.effects.once("ex-1#n-1", inner)
        return {"done": True}

    assert ports.effects.once("ex-1#n-1", outer) == {"done": True}
    assert inner.tried == 0


def test_a_result_that_is_not_json_does_not_undo_the_effect(ports: Any) -> None:
    effect = Effect({"at": Crash})
    first = ports.effects.once("ex-1#n-1", effect)
    assert isinstance(first["at"], str)
    assert ports.effects.once("ex-1#n-1", effect) == first
    assert effect.tried == 1


@pytest.mark.parametrize("kept", [None, KeptMessage(message(), MessageBody(), None)])
@pytest.mark.parametrize("operation", ["PutItem", "TransactWriteItems", "UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("ends", [(), (TransientError("busy"),)])
def test_a_crash_at_any_record_never_repeats_an_effect(
    aws: AwsPorts,
    operation: str,
    moment: str,
    ends: tuple[Exception, ...],
    kept: KeptMessage | None,
) -> None:
    effect, crashes = Effect(None, *ends), [Crash()]

    def crash(**_: Any) -> None:
        if crashes:
            raise crashes.pop()

    aws.dynamodb.meta.events.register(f"{moment}.dynamodb.{operation}", crash)
    for _ in range(5):
        try:
            aws.effects.once("ex-1#n-1", effect, message=kept)
        except (Crash, TransientError, OutcomeUnknownError):
            continue
    assert effect.happened <= 1


def test_a_crash_after_the_effect_is_reported_and_not_repeated(aws: AwsPorts) -> None:
    effect, crashes = Effect(), [Crash()]

    def crash(**_: Any) -> None:
        if crashes:
            raise crashes.pop()

    aws.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", crash)
    with pytest.raises(Crash):
        aws.effects.once("ex-1#n-1", effect)
    with pytest.raises(OutcomeUnknownError):
        aws.effects.once("ex-1#n-1", effect)
    assert effect.tried == 1


def _unreachable(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb")


@pytest.mark.parametrize(
    ("operation", "kept"),
    [("PutItem", None), ("TransactWriteItems", KeptMessage(message(), MessageBody(), None))],
)
def test_a_record_that_cannot_be_begun_means_that_nothing_happened(
    aws: AwsPorts, operation: str, kept: KeptMessage | None
) -> None:
    effect, call = Effect(), f"before-call.dynamodb.{operation}"
    aws.dynamodb.meta.events.register(call, _unreachable)
    with pytest.raises(TransientError):
        aws.effects.once("ex-1#n-1", effect, message=kept)
    aws.dynamodb.meta.events.unregister(call, _unreachable)
    assert kept_text(aws) is None
    assert effect.tried == 0
    assert aws.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}


def test_a_known_result_is_returned_though_it_cannot_be_written_down(aws: AwsPorts) -> None:
    effect = Effect()
    aws.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", _unreachable)
    assert aws.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}
    with pytest.raises(OutcomeUnknownError):
        aws.effects.once("ex-1#n-1", effect)
    assert effect.tried == 1


def test_an_error_is_reported_though_its_record_cannot_be_removed(aws: AwsPorts) -> None:
    effect = Effect(None, PermanentError("bad"))
    aws.dynamodb.meta.events.register("before-call.dynamodb.DeleteItem", _unreachable)
    with pytest.raises(PermanentError, match="bad"):
        aws.effects.once("ex-1#n-1", effect)
    with pytest.raises(OutcomeUnknownError):
        aws.effects.once("ex-1#n-1", effect)
    assert effect.tried == 1


def test_a_record_in_progress_lapses_only_with_the_record(aws: AwsPorts) -> None:
    with pytest.raises(Crash):
        aws.effects.once("ex-1#n-1", Effect(None, Crash()))
    (item,) = aws.dynamodb.scan(TableName=IDEMPOTENCY_TABLE)["Items"]
    assert item["status"] == {"S": "INPROGRESS"}
    assert "in_progress_expiration" not in item


UNKNOWN = OutcomeUnknownError("broke off")


@pytest.mark.parametrize("end", [UNKNOWN, Crash()])
def test_an_unknown_outcome_is_settled_by_a_result(ports: Any, end: BaseException) -> None:
    effect = Effect(None, end)
    with pytest.raises(type(end)):
        ports.effects.once("ex-1#n-1", effect)
    assert ports.effects.settle("ex-1#n-1", {"confirmed": True})
    assert ports.effects.once("ex-1#n-1", effect) == {"confirmed": True}
    # It is known by now.
    assert not ports.effects.settle("ex-1#n-1", None)
    assert not ports.effects.settle("ex-1#n-1", {"confirmed": False})
    assert ports.effects.once("ex-1#n-1", effect) == {"confirmed": True}
    assert effect.tried == 1


@pytest.mark.parametrize("end", [UNKNOWN, Crash()])
def test_an_effect_that_did_not_happen_may_happen_again(ports: Any, end: BaseException) -> None:
    effect = Effect(None, end)
    with pytest.raises(type(end)):
        ports.effects.once("ex-1#n-1", effect)
    assert ports.effects.settle("ex-1#n-1", None)
    assert ports.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}
    assert not ports.effects.settle("ex-1#n-1", None)
    assert ports.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}
    assert effect.tried == 2


def test_what_never_began_is_not_settled(ports: Any) -> None:
    effect = Effect()
    assert not ports.effects.settle("ex-1#n-1", {"confirmed": True})
    assert not ports.effects.settle("ex-1#n-1", None)
    assert ports.effects.once("ex-1#n-1", effect) == {"message_id": "m-1"}
    assert effect.tried == 1


def test_a_report_that_comes_before_the_timeout_is_not_overwritten_by_it(ports: Any) -> None:
    def slow() -> Mapping[str, Any]:
        assert ports.effects.settle("ex-1#n-1", {"message_id": "m-7"})
        raise OutcomeUnknownError("no answer in time")

    assert ports.effects.once("ex-1#n-1", slow) == {"message_id": "m-7"}
    assert ports.effects.once("ex-1#n-1", slow) == {"message_id": "m-7"}
