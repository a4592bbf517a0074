"""The issuer's public keys: found by discovery, kept, and asked for again when one is unknown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from bookflow.domain.shared.errors import TransientError

if TYPE_CHECKING:
    from jwt import PyJWK

DISCOVERY_PATH = "/.well-known/openid-configuration"
"""Where an issuer describes itself (OpenID Connect Discovery 1.0, 4)."""

KEPT_SECONDS = 3600.0
"""After this long, keys are fetched again at the next use, so that a withdrawn one ends."""

REFRESH_PAUSE_SECONDS = 30.0
"""Least time between two fetches: made-up key ids must not make us flood the issuer."""

FETCH_LIMIT_SECONDS = 5.0
"""For one document in all, connecting included."""

MAX_DOCUMENT_BYTES = 256 * 1024

_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}

Fetch = Callable[[str], Any]
"""Returns the JSON document at a URL; raises `TransientError` if it cannot."""


class SigningKeys(Protocol):
    """Where a token's key comes from."""

    def find(self, key_id: str) -> tuple[PyJWK, str] | None:
        """Return the key of that id with the one algorithm it may verify, None if unknown.

        Raises:
            TransientError: The issuer cannot be reached.
        """


class IssuerKeys:
    """The keys of one issuer, kept in the process.

    Args:
        issuer: The issuer's URL, exactly as tokens name it.
        fetch: Gets a JSON document.
        elapsed: A clock for durations, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        fetch: Fetch | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch or fetch_json
        self._elapsed = elapsed
        self._keys: Mapping[str, tuple[PyJWK, str]] = {}
        self._fetched_at = -KEPT_SECONDS
        self._tried_at = -REFRESH_PAUSE_SECONDS
        self._has_tried = False

    def find(self, key_id: str) -> tuple[PyJWK, str] | None:
        """Return the key of that id with the one algorithm it may verify, None if unknown.

        Raises:
            TransientError: The issuer cannot be reached and no keys are kept.
        """
        now = self._elapsed()
        is_old = not self._keys or now - self._fetched_at >= KEPT_SECONDS
        if is_old or key_id not in self._keys:
            self._refresh(now)
        return self._keys.get(key_id)

    def _refresh(self, now: float) -> None:
        if self._has_tried and now - self._tried_at < REFRESH_PAUSE_SECONDS:
            if not self._keys:
                raise _unreachable()
            return
        self._has_tried, self._tried_at = True, now
        try:
            self._keys = self._load()
            self._fetched_at = now
        except TransientError:
            # Keys that were good an hour ago serve until the issuer answers again.
            if not self._keys:
                raise

    def _load(self) -> Mapping[str, tuple[PyJWK, str]]:
        configuration = self._fetch(self._issuer.rstrip("/") + DISCOVERY_PATH)
        address = configuration.get("jwks_uri") if isinstance(configuration, dict) else None
        if (
            not isinstance(address, str)
            or configuration.get("issuer") != self._issuer
            or urlsplit(address).scheme != urlsplit(self._issuer).scheme
        ):
            raise _unreachable()
        document = self._fetch(address)
        entries = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(entries, list):
            raise _unreachable()
        return dict(filter(None, map(_usable, entries)))


def _usable(entry: Any) -> tuple[str, tuple[PyJWK, str]] | None:
    """Return a key by its id if it is one that may sign tokens for us."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    algorithm = _ALGORITHMS.get(str(entry.get("kty")))
    key_id = entry.get("kid")
    if algorithm is None or not isinstance(key_id, str) or entry.get("alg", algorithm) != algorithm:
        return None
    if algorithm == "ES256" and entry.get("crv") != "P-256":
        return None
    try:
        return key_id, (PyJWK.from_dict(entry, algorithm=algorithm), algorithm)
    except (PyJWTError, ValueError):
        return None


def fetch_json(url: str) -> Any:
    """Return the JSON document at the issuer's URL; redirects are not followed.

    Raises:
        TransientError: It cannot be had within the limits of time and size.
    """
    import httpx

    deadline = time.monotonic() + FETCH_LIMIT_SECONDS
    body = bytearray()
    try:
        with httpx.stream("GET", url, timeout=FETCH_LIMIT_SECONDS, trust_env=False) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES or time.monotonic() > deadline:
                    raise _unreachable()
        return json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
        raise _unreachable() from None


def _unreachable() -> TransientError:
    return TransientError(
        "the keys of the token issuer cannot be read",
        remedy="Try again; if it continues, check the issuer's URL and its discovery document.",
        retry_after=REFRESH_PAUSE_SECONDS,
    )
