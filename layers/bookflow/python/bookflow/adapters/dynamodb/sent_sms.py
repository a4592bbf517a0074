"""Which step sent a text message, in DynamoDB: the port `SentSmsStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key
from bookflow.adapters.dynamodb.base.table import Put, TableStore, time_to_live
from bookflow.domain.messages.sent_sms import KEPT_FOR, SentSms


class DynamoDBSentSms(TableStore):
    """Keeps a record for each message, found by SNS's id of it alone."""

    def add(self, sent: SentSms) -> None:
        """Remember the message for as long as feedback may come (one call)."""
        key = _key(sent.message_id)
        expires_at = time_to_live(sent.sent_at + KEPT_FOR)
        item = {**key.attributes, "expires_at": expires_at, "data": encode_model(sent)}
        self.table.put(Put(item))

    def find(self, message_id: str) -> SentSms | None:
        """Return the message; None if this stack did not send it, or long ago (one call)."""
        item = self.table.get(_key(message_id))
        return None if item is None else decode_model(SentSms, item["data"])


def _key(message_id: str) -> Key:
    """Return the key: SNS's id is one for all locations, and its log names none."""
    return Key(f"SMS#{message_id}", "SMS")
