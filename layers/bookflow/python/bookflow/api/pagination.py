"""Pages of lists, and their cursors: positions sealed so that only this API can make one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bookflow.domain.shared.errors import InvalidInputError

MAX_PAGE = 100
DEFAULT_PAGE = 25
MAX_CURSOR_CHARACTERS = 4096

_MAC_BYTES = 16


@dataclass(frozen=True)
class Cursors:
    """Makes and reads the cursors of one list: its address with its filters.

    A cursor of another list does not pass. It also could reach nothing: a position is only ever
    looked up in the partition of the location in the path.

    Attributes:
        key: Secret of the stack.
        scope: What the cursor is bound to.
    """

    key: str
    scope: str

    @classmethod
    def of(cls, key: str, path: str, query: Mapping[str, str]) -> Cursors:
        """Return the cursors of the list that a request asks for."""
        filters = {name: query[name] for name in query if name not in ("limit", "cursor")}
        return cls(key, json.dumps([path, filters], sort_keys=True))

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
        key = hashlib.sha256(self.key.encode()).digest()
        message = self.scope.encode() + b"\x1e" + position
        return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]
