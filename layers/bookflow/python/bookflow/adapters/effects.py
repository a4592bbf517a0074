"""Effects that happened, remembered by Powertools Idempotency: the port `EffectLog`.

How Powertools treats a key (its `idempotency/base.py`):

- It writes INPROGRESS before the effect, on condition that there is no record.
- The effect's result makes it COMPLETED; an `Exception` of the effect removes it.
- A process that dies between the two leaves INPROGRESS. No Lambda context is registered, so such
  a record does not expire with the function's timeout, and a later try finds it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)

from bookflow.adapters.aws_errors import AWS_ERRORS, as_bookflow_error
from bookflow.domain.shared.errors import OutcomeUnknownError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR = timedelta(days=400)
"""Life of a record: longer than an execution may run and be redriven, which is over a year."""

Effect = Callable[[], Mapping[str, Any]]


class DynamoDBEffects:
    """Runs each effect at most once.

    Args:
        client: A DynamoDB client.
        table_name: The idempotency table: key `id`, time to live `expiration`.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def once(self, key: str, effect: Effect) -> Mapping[str, Any]:
        """Run the effect unless it has run for this key; return its (remembered) result.

        Raises:
            OutcomeUnknownError: An earlier try began and left no result, or ended unknown.
            TransientError: The record could not be written before the effect: it has not attempt.
        """
        attempt = _EffectAttempt(effect)
        guarded = idempotent_function(
            attempt.perform,
            data_keyword_argument="effect_key",
            persistence_store=self._store,
            config=self._config,
            key_prefix="effect",
        )
        try:
            return _result(guarded(effect_key=key))
        except IdempotencyAlreadyInProgressError:
            raise _begun_before() from None
        except IdempotencyInconsistentStateError:
            raise TransientError("The record of the effect changed while it was read.") from None
        except IdempotencyPersistenceLayerError as error:
            if not attempt.begun:
                raise _not_begun(error) from None
        # The end of this try is known, though it could not be written down. A later try finds
        # INPROGRESS and stops, which is safe.
        if attempt.error:
            raise attempt.error
        return _result(attempt.outcome)

    @cached_property
    def _store(self) -> _Store:
        return _Store(self._table_name, boto3_client=self._client)

    @cached_property
    def _config(self) -> IdempotencyConfig:
        return IdempotencyConfig(
            expires_after_seconds=int(KEPT_FOR.total_seconds()), hash_function="sha256"
        )


class _Store(DynamoDBPersistenceLayer):
    """Powertools' records, without its warning that they do not expire: they must not."""

    def save_inprogress(
        self, data: dict[str, Any], remaining_time_in_millis: int | None = None
    ) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Couldn't determine the remaining time left")
            super().save_inprogress(data, remaining_time_in_millis)


class _EffectAttempt:
    """One try of an effect and how it ended: an outcome to remember, or an error.

    The outcome is never empty, as Powertools reads an empty result back as None.
    """

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self.begun = False
        self.error: Exception | None = None
        self.outcome: Mapping[str, Any] = {}

    def perform(self, *, effect_key: str) -> Mapping[str, Any]:
        """Run the effect; `effect_key` is what Powertools derives its key from."""
        self.begun = True
        try:
            # A result that is not JSON must not undo an effect that has happened.
            result = json.loads(json.dumps(dict(self._effect()), default=str))
        except OutcomeUnknownError as error:
            self.outcome = {
                "unknown": {
                    "message": error.message,
                    "field": error.field,
                    "remedy": error.remedy,
                }
            }
        except Exception as error:
            self.error = error
            raise
        else:
            self.outcome = {"result": result}
        return self.outcome


def _result(outcome: Mapping[str, Any]) -> Mapping[str, Any]:
    if "unknown" in outcome:
        raise OutcomeUnknownError(**outcome["unknown"])
    result: Mapping[str, Any] = outcome["result"]
    return result


def _begun_before() -> OutcomeUnknownError:
    return OutcomeUnknownError(
        "An earlier try of this step began its effect and left no record of how it ended.",
        remedy=(
            "Check at the receiver whether the message or request arrived. If not, send it by hand:"
            " Bookflow does not repeat it."
        ),
    )


def _not_begun(error: Exception) -> Exception:
    cause = error.__cause__
    if isinstance(cause, AWS_ERRORS):
        return as_bookflow_error(cause, "Writing the record of the effect")
    return cause if isinstance(cause, Exception) else error
