"""The runtime's edge that all functions share: parse, one call, map the result and the errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from bookflow.bootstrap import services
from bookflow.domain.errors import (
    BookflowError,
    InvalidInputError,
    NothingFollows,
    PermanentError,
    TransientError,
)
from bookflow.fault_report import fault_report

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from bookflow.actions.base import Action

logger = Logger()

LambdaHandler = Callable[[dict[str, Any], Any], Any]


class RetryAfter60(TransientError):
    """The other side asked to wait up to a minute; the machine's retry of that name does."""


class RetryAfter300(TransientError):
    """The other side asked to wait up to five minutes."""


class RetryAfter900(TransientError):
    """The other side asked to wait longer than five minutes."""


class UnexpectedError(BookflowError):
    """A fault of Bookflow itself; the log has the details."""


def step_handler(action_type: type[Action[Any, Any]]) -> LambdaHandler:
    """Return the handler of an action's function."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        from bookflow.domain.payloads import read_step_payload
        from bookflow.use_cases.run_step import StepRunner

        ports = services()
        return call(lambda: StepRunner(action_type(ports), ports).run(read_step_payload(event)))

    return handler


def call(work: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Run the work; raise what Step Functions shall see, with a message fit for its history.

    Raises:
        TransientError: Retried by the state machine, with the name that fits a Retry-After.
        NothingFollows: Not retried and no failure: the state machine goes on elsewhere.
        BookflowError: Not retried.
    """
    try:
        return work()
    except TransientError as error:
        logger.warning("step will be tried again", extra={"reason": str(error)})
        raise _retry_error(error) from None
    except NothingFollows as end:
        logger.info("nothing follows", extra={"reason": end.message})
        raise
    except BookflowError as error:
        logger.error("step failed", extra={"reason": str(error), "field": error.field})
        raise
    except Exception as error:
        logger.error("unexpected fault", extra=fault_report(error))
        raise UnexpectedError(
            f"Bookflow hit an unexpected fault ({type(error).__name__}).",
            remedy="Look for 'unexpected fault' in the function's log.",
        ) from None


def _retry_error(error: TransientError) -> TransientError:
    wait = error.retry_after
    if wait is None or wait <= 0:
        return TransientError(error.message, field=error.field, remedy=error.remedy)
    kind = RetryAfter60 if wait <= 60 else RetryAfter300 if wait <= 300 else RetryAfter900
    return kind(error.message, field=error.field, remedy=error.remedy, retry_after=wait)


def read_json(body: str) -> dict[str, Any]:
    """Return the JSON object of a queue message.

    Raises:
        InvalidInputError: It is not one.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInputError("is not a JSON object", field="body")
    return value


def queue_handler(process: Callable[[SQSRecord], None]) -> LambdaHandler:
    """Return the handler of a queue's function: each message on its own, partial failures.

    A message that no retry can mend goes to the dead-letter queue with its reason at once; the
    others that fail are delivered again. An event without `Records` is a batch of one: the
    EventBridge envelope itself, as `sam local invoke` sends a file of `events/`.
    """

    def one(record: SQSRecord) -> None:
        try:
            _take(record, process)
        except Exception as error:
            logger.warning(
                "message will be delivered again",
                extra={"id": record.message_id, **fault_report(error)},
            )
            raise

    def handler(event: dict[str, Any], context: Any) -> Any:
        from aws_lambda_powertools.utilities.batch import (
            BatchProcessor,
            EventType,
            process_partial_response,
        )

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(
            event=_as_batch(event), record_handler=one, processor=processor, context=context
        )

    return handler


def _as_batch(event: dict[str, Any]) -> dict[str, Any]:
    if "Records" in event:
        return event
    record = {
        "messageId": str(event.get("id", "bare")),
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def _take(record: SQSRecord, process: Callable[[SQSRecord], None]) -> None:
    try:
        process(record)
    except PermanentError as error:
        refusal = {"field": error.field, "reason": error.message, "id": record.message_id}
        logger.error("message refused", extra=refusal)
        services().dead_letters.put(record.body, reason=error.message, field=error.field)
        services().counter.count("EventsRefused")
