"""Effects that happened, remembered by Powertools Idempotency: the port `EffectLog`.

How Powertools treats a key (its `idempotency/base.py`):

- It writes INPROGRESS before the effect, on condition that there is no record.
- The effect's result makes it COMPLETED; an `Exception` of the effect removes it.
- A process that dies between the two leaves INPROGRESS. No Lambda context is registered, so such
  a record does not expire with the function's timeout, and a later try finds it.

The records are written by `_EffectRecords`, a persistence layer as Powertools documents it ("Bring
your own persistent store"): its own layer for DynamoDB takes a record whose answer was lost for
that of another call.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_lambda_powertools.utilities.idempotency import (
    BasePersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Delete,
    Expression,
    Item,
    Put,
    Table,
)
from bookflow.domain.shared.errors import BookflowError, OutcomeUnknownError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR = timedelta(days=400)
"""Life of a record: longer than an execution may run and be redriven, which is over a year."""

_PREFIX = "effect"

Effect = Callable[[], Mapping[str, Any]]


class DynamoDBEffects:
    """Runs each effect at most once.

    Args:
        client: A DynamoDB client.
        table_name: The idempotency table: key `id`, time to live `expiration`.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def once(self, key: str, effect: Effect) -> Mapping[str, Any]:
        """Run the effect unless it has run for this key; return its (remembered) result.

        Raises:
            OutcomeUnknownError: An earlier try began and left no result, or ended unknown.
            TransientError: The record could not be written before the effect: it has not run.
        """
        attempt = _EffectAttempt(effect)
        guarded = idempotent_function(
            attempt.perform,
            data_keyword_argument="effect_key",
            persistence_store=self._records,
            config=self._config,
            key_prefix=_PREFIX,
        )
        try:
            outcome = guarded(effect_key=key)
            if attempt.is_unknown:
                # What the receiver reported meanwhile (`settle`) stands in the record.
                outcome = self._stored(key) or outcome
            return _result(outcome)
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

    def settle(self, key: str, result: Mapping[str, Any] | None) -> bool:
        """Record how an effect of unknown outcome ended; say whether its outcome was unknown.

        Raises:
            TransientError: DynamoDB is busy or cannot be reached.
        """
        self._records.configure(self._config, key_prefix=_PREFIX)
        try:
            record = self._records.get_record(_as_data(key))
        except IdempotencyItemNotFoundError:
            return False
        return record is not None and self._records.settle(record.idempotency_key, result)

    def _stored(self, key: str) -> Mapping[str, Any] | None:
        """Return the outcome on record; None if it cannot be read."""
        try:
            record = self._records.get_record(_as_data(key))
        except (IdempotencyItemNotFoundError, BookflowError):
            return None
        return record.response_json_as_dict() if record else None

    @cached_property
    def _records(self) -> _EffectRecords:
        return _EffectRecords(self._table)

    @cached_property
    def _config(self) -> IdempotencyConfig:
        return IdempotencyConfig(
            expires_after_seconds=int(KEPT_FOR.total_seconds()), hash_function="sha256"
        )


class _EffectRecords(BasePersistenceLayer):
    """The records in DynamoDB.

    A put knows its own record by a mark of its own, should the answer to it be lost. Powertools'
    warning that a record in progress does not expire is silenced: it must not.
    """

    def __init__(self, table: Table) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped
        self._table = table

    def save_inprogress(
        self, data: dict[str, Any], remaining_time_in_millis: int | None = None
    ) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Couldn't determine the remaining time left")
            super().save_inprogress(data, remaining_time_in_millis)

    def settle(self, record_key: str, result: Mapping[str, Any] | None) -> bool:
        """Store the result of an effect whose outcome is unknown, or let it be tried again.

        Returns:
            Whether the outcome was unknown.
        """
        key = _Key(record_key)
        is_open = Expression(
            "#status = :inprogress OR #unknown = :yes", {":inprogress": "INPROGRESS", ":yes": True}
        )
        try:
            if result is None:
                self._table.delete(Delete(key, is_open))
            else:
                data = json.dumps({"result": dict(result)}, default=str)
                change = Expression(
                    "SET #data = :data, #status = :completed REMOVE #unknown",
                    {":data": data, ":completed": "COMPLETED"},
                )
                self._table.update(key, change, is_open)
        except ConditionFailedError:
            return False
        return True

    def _get_record(self, idempotency_key: str) -> DataRecord:
        found = self._table.get(_Key(idempotency_key))
        if found is None:
            raise IdempotencyItemNotFoundError
        return _record(found)

    def _put_record(self, data_record: DataRecord) -> None:
        key, mark = _Key(data_record.idempotency_key), token_hex(16)
        item = {
            **key.attributes,
            "status": data_record.status,
            "expiration": data_record.expiry_timestamp,
            "try_id": mark,
        }
        # botocore repeats a put whose answer is lost: it finds its own record then.
        free = Expression(
            "attribute_not_exists(#id) OR #expiration < :now OR #try_id = :try_id",
            {":now": int(time.time()), ":try_id": mark},
        )
        try:
            self._table.put(Put(item, free))
        except ConditionFailedError as error:
            found = _record(error.found) if error.found else None
            raise IdempotencyItemAlreadyExistsError(old_data_record=found) from None
        except BookflowError:
            if not self._is_own(key, mark):
                raise

    def _is_own(self, key: _Key, mark: str) -> bool:
        """Say whether the record of a put stands, to which no answer came in all tries."""
        try:
            found = self._table.get(key)
        except BookflowError:
            return False
        return found is not None and found.get("try_id") == mark

    def _update_record(self, data_record: DataRecord) -> None:
        is_unknown = "unknown" in (data_record.response_json_as_dict() or {})
        change = Expression(
            "SET #data = :data, #status = :status, #unknown = :unknown, #expiration = :expiration",
            {
                ":data": data_record.response_data,
                ":status": data_record.status,
                ":unknown": is_unknown,
                ":expiration": data_record.expiry_timestamp,
            },
        )
        # What `settle` recorded meanwhile says more than that nothing is known.
        still_open = Expression("#status = :inprogress", {":inprogress": "INPROGRESS"})
        with suppress(ConditionFailedError):
            key = _Key(data_record.idempotency_key)
            self._table.update(key, change, still_open if is_unknown else None)

    def _delete_record(self, data_record: DataRecord) -> None:
        self._table.delete(Delete(_Key(data_record.idempotency_key)))


class _Key(NamedTuple):
    id: str

    @property
    def attributes(self) -> dict[str, str]:
        return self._asdict()


def _record(item: Item) -> DataRecord:
    return DataRecord(
        idempotency_key=item["id"],
        status=item["status"],
        expiry_timestamp=int(item["expiration"]),
        response_data=item.get("data", ""),
    )


def _as_data(key: str) -> Any:
    """Return a key as Powertools takes the data to hash: any JSON value, typed as a dictionary."""
    return key


class _EffectAttempt:
    """One try of an effect and how it ended: an outcome to remember, or an error.

    The outcome is never empty, as Powertools reads an empty result back as None.
    """

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self.begun = False
        self.error: Exception | None = None
        self.outcome: Mapping[str, Any] = {}

    @property
    def is_unknown(self) -> bool:
        """Whether the effect ran in this try, and its outcome is not known."""
        return "unknown" in self.outcome

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
    return cause if isinstance(cause, Exception) else error
