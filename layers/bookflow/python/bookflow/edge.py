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
    PermanentError,
    TransientError,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from bookflow.actions.base import Action

logger = Logger()

LambdaHandler = Callable[[dict[str, Any], Any], Any]


class RetryAfter60(TransientError):  # noqa: N818 - the machine knows it by this name
    """The other side asked to wait up to a minute; the machine's retry of that name does."""


class RetryAfter300(TransientError):  # noqa: N818 - the machine knows it by this name
    """The other side asked to wait up to five minutes."""


class RetryAfter900(TransientError):  # noqa: N818 - the machine knows it by this name
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
        BookflowError: Not retried.
    """
    try:
        return work()
    except TransientError as error:
        logger.warning("step will be tried again", extra={"reason": str(error)})
        raise _retry_error(error) from None
    except BookflowError as error:
        logger.error("step failed", extra={"reason": str(error), "field": error.field})
        raise
    except Exception as error:
        logger.exception("unexpected fault")
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
    others that fail are delivered again.
    """

    def one(record: SQSRecord) -> None:
        try:
            process(record)
        except PermanentError as error:
            ports = services()
            ports.dead_letters.put(record.body, reason=error.message, field=error.field)
            ports.counter.count("EventsRefused")
            logger.error(
                "message refused",
                extra={"field": error.field, "reason": error.message, "id": record.message_id},
            )
        except Exception as error:
            logger.warning(
                "message will be delivered again",
                extra={"error": type(error).__name__, "reason": _safe(error)},
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
            event=event, record_handler=one, processor=processor, context=context
        )

    return handler


def _safe(error: Exception) -> str:
    """Only our own messages are known to hold no personal data."""
    return str(error) if isinstance(error, BookflowError) else type(error).__name__
