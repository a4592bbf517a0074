"""The event bus on Amazon EventBridge: the port `EventPublisher`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bookflow.adapters.aws_errors import aws_errors
from bookflow.domain.events.sender import OWN_SOURCE
from bookflow.domain.shared.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from bookflow.ports import OutgoingEvent

BATCH_EVENTS = 10
BATCH_BYTES = 256 * 1024
"""Size of one PutEvents request (AWS, "Amazon EventBridge quotas")."""

_HOPELESS = frozenset(
    {
        "AccessDeniedException",
        "InvalidArgument",
        "MalformedDetail",
        "NotAuthorizedForDetailType",
        "NotAuthorizedForSource",
        "ResourceNotFoundException",
    }
)


class EventBridgePublisher:
    """Puts events on a bus.

    Args:
        client: An EventBridge client; it may repeat a request, as events carry an id.
        bus_name: Name or ARN of the bus.
    """

    def __init__(self, client: EventBridgeClient, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        """Put the events on the bus; those that it does not take are put once more.

        Raises:
            TransientError: At least one event was not taken.
            PermanentError: The bus rejects an event.
        """
        for batch in _batches(map(self._entry, events)):
            rejected = self._put(self._put(batch))
            if rejected:
                raise TransientError(f"The event bus did not take {len(rejected)} events.")

    def _put(
        self, entries: Sequence[PutEventsRequestEntryTypeDef]
    ) -> list[PutEventsRequestEntryTypeDef]:
        """Put entries and return those that were not taken and may be put again."""
        if not entries:
            return []
        with aws_errors("Putting events on the bus"):
            answer = self._client.put_events(Entries=entries)
        results = list(zip(entries, answer["Entries"], strict=True))
        hopeless = {result["ErrorCode"] for _, result in results if "ErrorCode" in result}
        if hopeless & _HOPELESS:
            codes = ", ".join(sorted(hopeless))
            raise PermanentError(
                f"The event bus rejected an event ({codes}).",
                remedy="Check the bus's name, its policy and the size of the event.",
            )
        return [entry for entry, result in results if "ErrorCode" in result]

    def _entry(self, event: OutgoingEvent) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._bus_name,
            "Source": OWN_SOURCE,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail, ensure_ascii=False, separators=(",", ":")),
        }


def _batches(
    entries: Iterable[PutEventsRequestEntryTypeDef],
) -> Iterator[list[PutEventsRequestEntryTypeDef]]:
    batch: list[PutEventsRequestEntryTypeDef] = []
    total = 0
    for entry in entries:
        size = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
        if batch and (len(batch) == BATCH_EVENTS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch
