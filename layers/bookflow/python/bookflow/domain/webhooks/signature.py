"""Signs webhooks so that a receiver knows who sent them and that nothing was changed or replayed.

Source: the Standard Webhooks specification 1.0 (standardwebhooks.com): HMAC-SHA256 over
`{id}.{timestamp}.{body}`, secrets of 24 to 64 bytes written as `whsec_<base64>`, several
signatures in one header while a secret rotates.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from bookflow.domain.shared.errors import InvalidInputError, PermanentError

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public part
TOLERANCE_SECONDS = 300
"""How far a receiver's clock may differ from the timestamp, by default."""

_MESSAGE_ID = re.compile(r"msg_[0-9A-Za-z]{16,64}")
_SECRET_BYTES = range(24, 65)


class SignatureError(PermanentError):
    """A webhook's signature does not prove that its sender holds the secret."""


def encode_secret(key: bytes) -> str:
    """Return a new secret in the form that operators copy, `whsec_<base64>`.

    Args:
        key: 24 to 64 random bytes.

    Raises:
        InvalidInputError: The key is shorter or longer.
    """
    if len(key) not in _SECRET_BYTES:
        raise _bad_secret("secret")
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


def check_secret(secret: str, *, field: str) -> None:
    """Check that a secret has the form to sign with.

    Raises:
        InvalidInputError: It is not of the form `whsec_<base64>`; the secret is not shown.
    """
    _decode_secret(secret, field)


def message_id(effect_key: str) -> str:
    """Return the id of a message, `msg_` and 32 hexadecimal digits.

    It is derived from the key of the effect, so that every retry carries the same id and the
    receiver can recognise a repetition.
    """
    return "msg_" + hashlib.sha256(effect_key.encode()).hexdigest()[:32]


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers that sign a message.

    Args:
        secrets: The current secret first; then those that still count while it rotates.
        message_id: Same for each retry of one message; see `message_id`.
        timestamp: Unix time in seconds of this very attempt.
        body: The bytes that are sent.

    Raises:
        InvalidInputError: There is no secret, a secret is not of the form `whsec_<base64>`, or
            the id is not of the form `msg_…`. No secret is ever shown.
    """
    if not secrets:
        raise InvalidInputError(
            "There is no secret to sign with.", field="secrets", remedy="Create one first."
        )
    if not _MESSAGE_ID.fullmatch(message_id):
        raise InvalidInputError(
            "The message id is not `msg_` and 16 to 64 letters and digits.", field="message_id"
        )
    signatures = (
        _signature(_decode_secret(secret, f"secrets.{index}"), message_id, str(timestamp), body)
        for index, secret in enumerate(secrets)
    )
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(signatures),
    }


def verify(
    secrets: Sequence[str],
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> None:
    """Accept a message as a receiver does: one signature by one secret, and a recent timestamp.

    Args:
        secrets: The secrets that the receiver accepts.
        headers: The request's headers, with lower-case names.
        body: The bytes that came, before any parsing.
        now: Unix time in seconds.
        tolerance_seconds: How old or how far ahead the timestamp may be.

    Raises:
        SignatureError: The message is not proven.
        InvalidInputError: A secret is not of the form `whsec_<base64>`.
    """
    identifier = headers.get(ID_HEADER, "")
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    if not identifier or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise SignatureError("The signing headers are missing or malformed.")
    if abs(now - int(timestamp)) > tolerance_seconds:
        raise SignatureError("The timestamp is too far from the present.", field=TIMESTAMP_HEADER)
    given = headers.get(SIGNATURE_HEADER, "").split()
    matches = [
        hmac.compare_digest(
            _signature(_decode_secret(secret, f"secrets.{index}"), identifier, timestamp, body),
            signature.encode("ascii", "replace").decode("ascii"),
        )
        for index, secret in enumerate(secrets)
        for signature in given
    ]
    if not any(matches):
        raise SignatureError("No signature matches the message.", field=SIGNATURE_HEADER)


def _signature(key: bytes, identifier: str, timestamp: str, body: bytes) -> str:
    content = f"{identifier}.{timestamp}.".encode() + body
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _decode_secret(secret: str, field: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        raise _bad_secret(field)
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise _bad_secret(field) from None
    if len(key) not in _SECRET_BYTES:
        raise _bad_secret(field)
    return key


def _bad_secret(field: str) -> InvalidInputError:
    return InvalidInputError(
        "A signing secret is not `whsec_` and the base64 of 24 to 64 bytes.",
        field=field,
        remedy="Create a new secret.",
    )
