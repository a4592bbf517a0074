"""Erasures of guests in DynamoDB: the port `ErasureStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import erasure_key
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Put,
    TableStore,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.privacy.erasure import Erasure


class DynamoDBErasures(TableStore):
    """Keeps each guest's erasure where the recording of an event looks for it anyway."""

    def get(self, location_id: str, guest: str) -> Erasure | None:
        """Return the guest's erasure (consistent), or None."""
        item = self.table.get(erasure_key(location_id, guest))
        return decode_model(Erasure, item["data"]) if item else None

    def save(self, erasure: Erasure) -> bool:
        """Store the erasure if the stored revision is the one before it; say whether it was."""
        key = erasure_key(erasure.location_id, erasure.guest)
        item = {
            **key.attributes,
            "revision": erasure.revision,
            "expires_at": time_to_live(erasure.expires_at),
            "data": encode_model(erasure),
        }
        try:
            self.table.put(Put(item, unchanged_since(erasure.revision - 1)))
        except ConditionFailedError as error:
            # A repeat of this very write, such as botocore makes after a lost answer.
            return error.found is not None and error.found["data"] == item["data"]
        return True
