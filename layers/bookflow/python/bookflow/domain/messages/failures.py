"""Messages of one step that were not sent, and the one error that the step has for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.domain.messages.destinations import Destination
from bookflow.domain.shared.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)


@dataclass(frozen=True)
class Failure:
    """A message that was not sent."""

    to: Destination
    error: BookflowError

    @property
    def is_refusal(self) -> bool:
        """Whether the message was not sent and never will be."""
        return not isinstance(self.error, TransientError | OutcomeUnknownError)


def joined_error(failures: Sequence[Failure], output: Mapping[str, Any]) -> BookflowError:
    """Return one error for all messages that failed.

    What may get through at the next try goes before what is not known, and that before what is
    refused.

    Args:
        failures: At least one.
        output: Of the step, which lists the messages that did not fail.
    """
    joined = failures[0].error if len(failures) == 1 else _joined(failures)
    joined.output = output
    return joined


def _joined(failures: Sequence[Failure]) -> BookflowError:
    errors = [failure.error for failure in failures]
    transient = [error for error in errors if isinstance(error, TransientError)]
    unknown = any(isinstance(error, OutcomeUnknownError) for error in errors)
    message = " ".join(
        dict.fromkeys(f"To {one.to.masked}: {one.error.message}" for one in failures)
    )
    remedy = " ".join(dict.fromkeys(error.remedy for error in errors if error.remedy)) or None
    field = next((error.field for error in errors if error.field), None)
    if not transient:
        kind = OutcomeUnknownError if unknown else PermanentError
        return kind(message, field=field, remedy=remedy)
    waits = [error.retry_after for error in transient if error.retry_after is not None]
    return TransientError(
        message,
        field=field,
        remedy=remedy,
        retry_after=max(waits, default=None),
        outcome_unknown=unknown or any(error.outcome_unknown for error in transient),
    )
