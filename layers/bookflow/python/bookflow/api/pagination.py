"""Cursors of lists: the position of the next page, sealed so that only this API can make one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookflow.domain.shared.errors import InvalidInputError

MAX_PAGE = 100
DEFAULT_PAGE = 25
MAX_CURSOR_CHARACTERS = 4096

_MAC_BYTES = 16


@dataclass(frozen=True)
class Cursors:
    """Makes and reads the cursors of one list: one location, route and set of filters.

    A cursor of another list does not pass. It also could reach nothing: a position is only ever
    looked up in the partition of the location in the path.

    Attributes:
        key: Secret of the stack.
        scope: What the cursor is bound to.
    """

    key: bytes
    scope: tuple[str, ...]

    @classmethod
    def of(cls, key: str, location_id: str, route: str, filters: Mapping[str, Any]) -> Cursors:
        """Return the cursors of a list with these filters."""
        text = json.dumps(filters, sort_keys=True, default=str)
        return cls(hashlib.sha256(key.encode()).digest(), (location_id, route, text))

    def write(self, position: str | None) -> str | None:
        """Return the cursor of a store's position, None at the end of the list."""
        if position is None:
            return None
        raw = position.encode()
        return base64.urlsafe_b64encode(self._mac(raw) + raw).decode().rstrip("=")

    def read(self, cursor: str | None) -> str | None:
        """Return the position of a cursor.

        Raises:
            InvalidInputError: It is not a cursor of this very list.
        """
        if cursor is None:
            return None
        try:
            sealed = base64.b64decode(
                cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
            mac, raw = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
            if hmac.compare_digest(mac, self._mac(raw)):
                return raw.decode()
        except (binascii.Error, ValueError):
            pass
        raise InvalidInputError(
            "is not a cursor of this list",
            field="query.cursor",
            remedy="Start without a cursor, and use the same filters for every page.",
        )

    def _mac(self, position: bytes) -> bytes:
        message = "\x1f".join(self.scope).encode("utf-8", "surrogatepass") + b"\x1e" + position
        return hmac.new(self.key, message, hashlib.sha256).digest()[:_MAC_BYTES]
