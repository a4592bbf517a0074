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

        ports = services()
        return call(
            lambda: StepRunner(action_type(ports), ports).run(read_step_payload(event)),
            shows_reason=False,
        )

    return handler


def call(work: Callable[[], Mapping[str, Any]], *, shows_reason: bool = True) -> Mapping[str, Any]:
    """Run the work; raise what Step Functions shall see, with a message for its history.

    Args:
        work: What the function does.
        shows_reason: Whether the log and the history get an error's message. That of a step may
            quote what a receiver answered: it stands in the step's record only, which an erasure
            reaches.

    Raises:
        TransientError: Retried by the state machine, with the name that matches its Retry-After.
        NothingFollows: Not retried and not a failure: the state machine continues elsewhere.
        BookflowError: Not retried.
    """
    try:
        return work()
    except TransientError as error:
        logger.warning("step will be retried", extra=_report(error, shows_reason))
        raise _retry_error(error if shows_reason else _without_reason(error)) from None
    except NothingFollows as end:
        logger.info("nothing follows", extra={"reason": end.message})
        raise
    except BookflowError as error:
        logger.error("step failed", extra=_report(error, shows_reason))
        if shows_reason:
            raise
        raise _without_reason(error) from None
    except Exception as error:
        logger.error("unexpected error", extra=error_report(error))
        raise UnexpectedError(
            f"Bookflow hit an unexpected error ({type(error).__name__}).",
            remedy="Look for 'unexpected error' in the function's log.",
        ) from None


def _report(error: BookflowError, shows_reason: bool) -> dict[str, Any]:
    report = {**error_report(error), "field": error.field}
    if not shows_reason:
        del report["reason"]
    return report


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
