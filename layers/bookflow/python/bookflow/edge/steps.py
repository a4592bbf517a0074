"""Handles calls of Step Functions; errors have the names that state machines catch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from bookflow.bootstrap import services
from bookflow.domain.shared.errors import (
    RETRY_AFTER_ERRORS,
    BookflowError,
    NothingFollows,
    TransientError,
)
from bookflow.edge.log import logger
from bookflow.error_report import error_report

if TYPE_CHECKING:
    from bookflow.actions.base import Action
    from bookflow.domain.executions.payloads import (
        JoinArrivePayload,
        JoinWaitPayload,
        StepPayload,
    )

PayloadT = TypeVar("PayloadT", bound="StepPayload | JoinArrivePayload | JoinWaitPayload")
ErrorT = TypeVar("ErrorT", bound=BookflowError)

_KINDS: Mapping[int, type[TransientError]] = {
    seconds: type(name, (TransientError,), {}) for name, seconds in RETRY_AFTER_ERRORS.items()
}


class UnexpectedError(BookflowError):
    """An unexpected error of Bookflow itself; the log has the details."""


def step_handler(action_type: type[Action[Any, Any]]) -> Callable[[dict[str, Any], Any], Any]:
    """Return the handler of an action's function."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        from bookflow.domain.executions.payloads import read_step_payload
        from bookflow.use_cases.runtime.run_step import StepRunner

        ports, record = services(), StepReference()

        def work() -> Mapping[str, Any]:
            payload = record.of(read_step_payload(event))
            return StepRunner(action_type(ports), ports).run(payload)

        return call(work, record=record)

    return handler


def order_handler(
    steps: Callable[[dict[str, Any], Any], Any],
) -> Callable[[dict[str, Any], Any], Any]:
    """Return the handler of the function that sends webhooks: for steps, and for orders by hand."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        from bookflow.domain.webhooks.orders import is_order
        from bookflow.use_cases.webhooks.deliver import carry_out

        return carry_out(services(), event) if is_order(event) else steps(event, context)

    return handler


class StepReference(dict[str, str]):
    """What the log names a step by; empty until its payload has been read."""

    def of(self, payload: PayloadT) -> PayloadT:
        """Take the names from a payload, and return that."""
        self["location_id"] = payload.execution.location_id
        self["execution_id"] = payload.execution.execution_id
        return payload


def call(
    work: Callable[[], Mapping[str, Any]], *, record: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """Run the work; raise what Step Functions shall see, with a message for its history.

    Args:
        work: What the function does.
        record: Of a step, what its record is found by: log and history get that in the place of an
            error's message, which may quote what a receiver answered. An erasure reaches the
            record, and neither of them.

    Raises:
        TransientError: Retried by the state machine, with the name that matches its Retry-After.
        NothingFollows: Not retried and not a failure: the state machine continues elsewhere.
        BookflowError: Not retried.
    """
    try:
        return work()
    except TransientError as error:
        logger.warning("step will be retried", extra=_report(error, record))
        raise _retry_error(error if record is None else _without_reason(error)) from None
    except NothingFollows as end:
        logger.info("nothing follows", extra={"reason": end.message})
        raise
    except BookflowError as error:
        logger.error("step failed", extra=_report(error, record))
        if record is None:
            raise
        raise _without_reason(error) from None
    except Exception as error:
        logger.error("unexpected error", extra={**error_report(error), **(record or {})})
        raise UnexpectedError(
            f"Bookflow hit an unexpected error ({type(error).__name__}).",
            remedy="Look for 'unexpected error' in the function's log.",
        ) from None


def _report(error: BookflowError, record: Mapping[str, str] | None) -> dict[str, Any]:
    report = {**error_report(error), "field": error.field}
    if record is not None:
        del report["reason"]
    return {**report, **(record or {})}


def _without_reason(error: ErrorT) -> ErrorT:
    """Return an error of the same kind that quotes nothing."""
    shown = type(error).__new__(type(error))
    BookflowError.__init__(shown, "Its record says why.", field=error.field)
    if isinstance(shown, TransientError) and isinstance(error, TransientError):
        shown.retry_after = error.retry_after
    return shown


def _retry_error(error: TransientError) -> TransientError:
    wait = error.retry_after
    if wait is None or wait <= 0:
        return TransientError(error.message, field=error.field, remedy=error.remedy)
    kind = _KINDS[next((seconds for seconds in _KINDS if wait <= seconds), max(_KINDS))]
    return kind(error.message, field=error.field, remedy=error.remedy, retry_after=wait)
