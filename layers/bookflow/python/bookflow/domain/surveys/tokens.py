"""The secret in a survey link: made once, mailed to the customer, and stored only as a digest."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

TOKEN_BYTES = 24
"""192 random bits: above the 128 that make guessing hopeless, and no padding in base64."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class SurveyToken:
    """A token with the digest that is stored for it.

    Attributes:
        text: Goes into the link; never stored, logged or shown.
        digest: SHA-256 of the text, in hex.
    """

    text: str = field(repr=False)
    digest: str


def new_token() -> SurveyToken:
    """Return a fresh token from the operating system's randomness."""
    text = secrets.token_urlsafe(TOKEN_BYTES)
    return SurveyToken(text, digest(text))


def digest(token: str) -> str:
    """Return what is stored for a token: its SHA-256 in hex.

    A slow hash would add nothing, as a token has too many bits to be guessed.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Return whether a text has a token's form, before anything is looked up for it."""
    return _TOKEN.fullmatch(text) is not None
