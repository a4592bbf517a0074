"""The runtime's edge that all functions share: parse, one call, map the result and the errors."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from bookflow.bootstrap import METRICS_NAMESPACE, services
from bookflow.domain.errors import (
    BookflowError,
    InvalidInputError,
    NothingFollows,
    PermanentError,
    TransientError,
)

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
        from bookflow.run_step import StepRunner

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
        logger.error("unexpected fault", extra=_fault(error))
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
                "message will be delivered again", extra={"id": record.message_id, **_fault(error)}
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
    from bookflow.domain.events.base import UnwantedEventError

    try:
        process(record)
    except UnwantedEventError as error:
        logger.info("message not wanted", extra=_refusal(record, error))
        _count("EventsUnwanted", error.field)
    except PermanentError as error:
        logger.error("message refused", extra=_refusal(record, error))
        services().dead_letters.put(record.body, reason=error.message, field=error.field)
        _count("EventsRefused", error.field)


def _count(name: str, field: str | None) -> None:
    """Count a message, the field at fault beside it: as a dimension each path would cost."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(
        name=name,
        unit=MetricUnit.Count,
        value=1,
        namespace=METRICS_NAMESPACE,
        default_dimensions={"service": services().settings.service},
    ) as metric:
        metric.add_metadata("field", field or "unknown")


def _refusal(record: SQSRecord, error: PermanentError) -> dict[str, Any]:
    return {"field": error.field, "reason": error.message, "id": record.message_id}


def _fault(error: Exception) -> dict[str, Any]:
    """Describe a failure for the log: other messages than our own may hold personal data."""
    if isinstance(error, BookflowError):
        return {"error": type(error).__name__, "reason": str(error)}
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": where}
