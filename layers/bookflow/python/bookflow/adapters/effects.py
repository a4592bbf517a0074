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
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any

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
from botocore.exceptions import ClientError

from bookflow.adapters.aws_errors import AWS_ERRORS, as_bookflow_error, aws_errors, error_code
from bookflow.adapters.dynamodb.base.table import ConditionFailedError
from bookflow.domain.shared.errors import BookflowError, OutcomeUnknownError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from bookflow.adapters.dynamodb.messages import DynamoDBMessages
    from bookflow.domain.messages.sent.sent_message import KeptMessage

KEPT_FOR = timedelta(days=400)
"""Life of the record of an effect that belongs to no execution."""

OUTLIVES = timedelta(days=7)
"""How much longer than its execution's record it lives: one that is resumed on its last day has
the effects of the step that failed."""

_PREFIX = "effect"

Effect = Callable[[], Mapping[str, Any]]


class DynamoDBEffects:
    """Runs each effect at most once.

    Args:
        client: A DynamoDB client.
        table_name: The idempotency table: the effects of an owner (`id`) by a digest of their key
            (`effect`); time to live `expiration`.
        messages: Makes the store of the messages that effects send, where one does.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, messages: Callable[[], DynamoDBMessages]
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._messages = messages

    def once(
        self,
        key: str,
        effect: Effect,
        *,
        until: datetime | None = None,
        message: KeptMessage | None = None,
    ) -> Mapping[str, Any]:
        """Run the effect unless it has run for this key; return its (remembered) result.

        Raises:
            OutcomeUnknownError: An earlier try began and left no result, or ended unknown.
            TransientError: The record could not be written before the effect: it has not run.
        """
        attempt = _EffectAttempt(effect)
        guarded = idempotent_function(
            attempt.perform,
            data_keyword_argument="effect_key",
            persistence_store=self._records(key, message),
            config=_config(until),
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
        records = self._configured(key)
        with aws_errors("Recording how an effect ended"):
            try:
                record = records.get_record(_as_data(key))
            except IdempotencyItemNotFoundError:
                return False
            return record is not None and records.settle(record.idempotency_key, result)

    def forget(self, owner: str) -> int:
        """Delete the records of an owner (one call, and one a record)."""
        with aws_errors("Deleting the records of effects"):
            request: Any = {
                "TableName": self._table_name,
                "KeyConditionExpression": "#id = :id",
                "ExpressionAttributeNames": {"#id": "id", "#effect": "effect"},
                "ExpressionAttributeValues": {":id": {"S": owner}},
                "ProjectionExpression": "#id, #effect",
                "ConsistentRead": True,
            }
            deleted = 0
            for page in self._client.get_paginator("query").paginate(**request):
                for item in page["Items"]:
                    self._client.delete_item(TableName=self._table_name, Key=item)
                    deleted += 1
            return deleted

    def _stored(self, key: str) -> Mapping[str, Any] | None:
        """Return the outcome on record; None if it cannot be read."""
        try:
            record = self._configured(key).get_record(_as_data(key))
        except (IdempotencyItemNotFoundError, *AWS_ERRORS):
            return None
        return record.response_json_as_dict() if record else None

    def _records(self, key: str, message: KeptMessage | None = None) -> _EffectRecords:
        add = None
        if message is not None:
            add = partial(self._messages().add, message.record, message.body, message.until)
        return _EffectRecords(self._client, self._table_name, key.partition("#")[0], add)

    def _configured(self, key: str) -> _EffectRecords:
        records = self._records(key)
        records.configure(_config(None), key_prefix=_PREFIX)
        return records


def _config(until: datetime | None) -> IdempotencyConfig:
    kept = KEPT_FOR
    if until is not None:
        kept = max(until - datetime.now(UTC), timedelta(0)) + OUTLIVES
    return IdempotencyConfig(
        expires_after_seconds=int(kept.total_seconds()), hash_function="sha256"
    )


class _EffectRecords(BasePersistenceLayer):
    """The records of one owner in DynamoDB.

    A put knows its own record by a mark of its own, should the answer to it be lost. Powertools'
    warning that a record in progress does not expire is silenced: it must not.

    Args:
        add_message: Stores what the effect sends, with further writes or not at all.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        owner: str,
        add_message: Callable[[Sequence[Any]], None] | None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped
        self._client = client
        self._table_name = table_name
        self._owner = owner
        self._add_message = add_message

    def save_inprogress(
        self, data: dict[str, Any], remaining_time_in_millis: int | None = None
    ) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Couldn't determine the remaining time left")
            super().save_inprogress(data, remaining_time_in_millis)

    def settle(self, record_key: str, result: Mapping[str, Any] | None) -> bool:
        """Store the result of an effect whose outcome is unknown, or let it be tried again.

        Returns:
            Whether the outcome was unknown: not recorded, or recorded as unknown.
        """
        is_open = "#status = :inprogress OR #unknown = :yes"
        names = {"#status": "status", "#unknown": "unknown"}
        values: dict[str, Any] = {":inprogress": {"S": "INPROGRESS"}, ":yes": {"BOOL": True}}
        try:
            if result is None:
                self._client.delete_item(
                    TableName=self._table_name,
                    Key=self._key(record_key),
                    ConditionExpression=is_open,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
            else:
                data = json.dumps({"result": dict(result)}, default=str)
                self._client.update_item(
                    TableName=self._table_name,
                    Key=self._key(record_key),
                    UpdateExpression="SET #data = :data, #status = :completed REMOVE #unknown",
                    ConditionExpression=is_open,
                    ExpressionAttributeNames={**names, "#data": "data"},
                    ExpressionAttributeValues={
                        **values,
                        ":data": {"S": data},
                        ":completed": {"S": "COMPLETED"},
                    },
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _get_record(self, idempotency_key: str) -> DataRecord:
        found = self._item(idempotency_key)
        if found is None:
            raise IdempotencyItemNotFoundError
        return _record(found)

    def _put_record(self, data_record: DataRecord) -> None:
        mark = token_hex(16)
        put: Any = {
            "TableName": self._table_name,
            "Item": {
                **self._key(data_record.idempotency_key),
                "status": {"S": data_record.status},
                "expiration": {"N": str(data_record.expiry_timestamp)},
                "try_id": {"S": mark},
            },
            # botocore repeats a put whose answer is lost: it finds its own record then.
            "ConditionExpression": "attribute_not_exists(#id) OR #expiration < :now"
            " OR #try_id = :try_id",
            "ExpressionAttributeNames": {
                "#id": "id",
                "#expiration": "expiration",
                "#try_id": "try_id",
            },
            "ExpressionAttributeValues": {
                ":now": {"N": str(int(time.time()))},
                ":try_id": {"S": mark},
            },
        }
        try:
            if self._add_message is None:
                self._client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
            else:
                self._add_message([{"Put": put}])
        except ConditionFailedError:
            raise IdempotencyItemAlreadyExistsError from None  # Powertools reads it then
        except (*AWS_ERRORS, BookflowError) as error:
            if error_code(error) == "ConditionalCheckFailedException":
                response: Any = getattr(error, "response", {})
                found = _record(response["Item"]) if "Item" in response else None
                raise IdempotencyItemAlreadyExistsError(old_data_record=found) from None
            if not self._is_own(data_record.idempotency_key, mark):
                raise

    def _is_own(self, record_key: str, mark: str) -> bool:
        """Say whether the record of a put stands, to which no answer came in all tries."""
        try:
            found = self._item(record_key)
        except AWS_ERRORS:
            return False
        return found is not None and found.get("try_id") == {"S": mark}

    def _update_record(self, data_record: DataRecord) -> None:
        is_unknown = "unknown" in (data_record.response_json_as_dict() or {})
        # What `settle` recorded meanwhile says more than that nothing is known.
        condition: Any = {"ConditionExpression": "#status = :inprogress"} if is_unknown else {}
        inprogress: Any = {":inprogress": {"S": "INPROGRESS"}} if is_unknown else {}
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=self._key(data_record.idempotency_key),
                UpdateExpression="SET #data = :data, #status = :status, #unknown = :unknown,"
                " #expiration = :expiration",
                ExpressionAttributeNames={
                    "#data": "data",
                    "#status": "status",
                    "#unknown": "unknown",
                    "#expiration": "expiration",
                },
                ExpressionAttributeValues={
                    ":data": {"S": data_record.response_data},
                    ":status": {"S": data_record.status},
                    ":unknown": {"BOOL": is_unknown},
                    ":expiration": {"N": str(data_record.expiry_timestamp)},
                    **inprogress,
                },
                **condition,
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise

    def _delete_record(self, data_record: DataRecord) -> None:
        self._client.delete_item(
            TableName=self._table_name, Key=self._key(data_record.idempotency_key)
        )

    def _item(self, record_key: str) -> Mapping[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table_name, Key=self._key(record_key), ConsistentRead=True
        )
        return answer.get("Item")

    def _key(self, record_key: str) -> dict[str, Any]:
        return {"id": {"S": self._owner}, "effect": {"S": record_key}}


def _record(item: Mapping[str, Any]) -> DataRecord:
    return DataRecord(
        idempotency_key=item["effect"]["S"],
        status=item["status"]["S"],
        expiry_timestamp=int(item["expiration"]["N"]),
        response_data=item["data"]["S"] if "data" in item else "",
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
    if isinstance(cause, AWS_ERRORS):
        return as_bookflow_error(cause, "Writing the record of the effect")
    return cause if isinstance(cause, Exception) else error
