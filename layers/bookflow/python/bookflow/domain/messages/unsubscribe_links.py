"""The token in an unsubscribe link: names an address without showing it, and cannot be guessed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

from bookflow.domain.messages.suppression import address_hash, masked
from bookflow.domain.shared.locales import known_locale, language_of

KEY_BYTES = 32
"""Length of a location's key: that of SHA-256's output (RFC 2104, section 3)."""

_MAC_BYTES = 16
"""128 bits of the MAC: guessing takes 2^127 requests to a throttled page."""

_HASH_BYTES = 32


@dataclass(frozen=True)
class Subscriber:
    """Whom a token speaks for.

    Attributes:
        language: Language in which the link was sent, with its region: `de-AT`.
    """

    address_hash: str
    masked: str
    language: str


def make_token(key: bytes, location_id: str, address: str, language: str) -> str:
    """Return the token for an address, the same each time: letters, digits, `_`, `-` and `.`."""
    digest = bytes.fromhex(address_hash(location_id, address))
    tag = language if known_locale(language) else language_of(language)
    shown = f"{tag}\x1f{masked(address)}".encode()
    return ".".join(map(_encode, (digest, shown, _mac(key, location_id, digest, shown))))


def read_token(key: bytes, location_id: str, token: str) -> Subscriber | None:
    """Return whom a token speaks for, or None if it was not made with this key for the location."""
    try:
        digest, shown, mac = map(_decode, token.split("."))
    except (ValueError, binascii.Error):
        return None
    if len(digest) != _HASH_BYTES:
        return None
    if not hmac.compare_digest(mac, _mac(key, location_id, digest, shown)):
        return None
    language, _, address = shown.decode().partition("\x1f")
    return Subscriber(digest.hex(), address, language)


def _mac(key: bytes, location_id: str, digest: bytes, shown: bytes) -> bytes:
    # The location and the digest have no byte 0x1f, so the parts cannot be cut differently.
    signed = b"\x1f".join((b"unsubscribe", location_id.encode(), digest.hex().encode(), shown))
    return hmac.new(key, signed, hashlib.sha256).digest()[:_MAC_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,700}", text):
        raise ValueError("is not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
