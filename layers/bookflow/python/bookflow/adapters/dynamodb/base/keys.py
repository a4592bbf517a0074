"""Keys of the one table: every partition belongs to one location."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from bookflow.domain.shared.errors import InvalidInputError


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str

    @property
    def attributes(self) -> dict[str, str]:
        """Return the attributes by which an item has this key."""
        return {"PK": self.pk, "SK": self.sk}


def partition(location_id: str, *parts: str) -> str:
    """Return the partition key of a location's records, such as `L#loc-1#BOOKING#b-1`.

    Raises:
        InvalidInputError: A part is empty or holds the separator, so the key could be read as
            another location's.
    """
    for part in (location_id, *parts):
        if not part or "#" in part:
            raise InvalidInputError(
                "is empty or holds `#`", field="id", remedy="Use letters, digits and . _ : @ -"
            )
    return "#".join(("L", location_id, *parts))


def text_digest(text: str) -> str:
    """Return what stands for any text in a key: it fits and holds no separator."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def location_key(location_id: str) -> Key:
    """Return the key of the location itself."""
    return Key(partition(location_id), "LOCATION")


def settings_key(location_id: str) -> Key:
    """Return the key of what the location's operators set."""
    return Key(partition(location_id), "SETTINGS")


def activity_key(location_id: str, activity_id: str) -> Key:
    """Return the key of an activity: activities are few, so they lie beside their location."""
    return Key(partition(location_id), f"ACTIVITY#{activity_id}")


def customer_key(location_id: str, customer_id: str) -> Key:
    """Return the key of a customer."""
    return Key(partition(location_id, "CUSTOMER", customer_id), "CUSTOMER")


def erasure_key(location_id: str, guest: str) -> Key:
    """Return the key of a guest's erasure, by the guest's digest: the mark that each event meets."""
    return Key(partition(location_id, "ERASED", guest), "ERASURE")


def booking_key(location_id: str, booking_id: str) -> Key:
    """Return the key of a booking; its notes share the partition."""
    return Key(partition(location_id, "BOOKING", booking_id), "BOOKING")


def in_hand_key(location_id: str, booking_id: str) -> Key:
    """Return the key of what people decided of a booking's messages, beside the booking."""
    return Key(partition(location_id, "BOOKING", booking_id), "IN_HAND")


def import_key(location_id: str, import_id: str) -> Key:
    """Return the key of an import: the few of a location lie together."""
    return Key(partition(location_id, "IMPORTS"), f"IMPORT#{import_id}")


def import_page_key(location_id: str, import_id: str, number: int) -> Key:
    """Return the key of a page of rows that is not imported yet."""
    return Key(partition(location_id, "IMPORT", import_id), f"PAGE#{number:05d}")


def workflow_key(location_id: str, workflow_id: str) -> Key:
    """Return the key of a workflow; its versions share the partition."""
    return Key(partition(location_id, "WORKFLOW", workflow_id), "WORKFLOW")


def execution_key(location_id: str, execution_id: str) -> Key:
    """Return the key of an execution; its steps and joins share the partition."""
    return Key(partition(location_id, "EXECUTION", execution_id), "EXECUTION")


def utc_text(moment: datetime) -> str:
    """Return a moment as a text of fixed width that sorts by time.

    Raises:
        InvalidInputError: The moment is at the very edge of the calendar and has no UTC form.
    """
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:
        raise InvalidInputError(
            "is outside the calendar", field="time", remedy="Send a year from 2 to 9998."
        ) from None
