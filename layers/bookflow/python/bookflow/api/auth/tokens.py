"""Turns a bearer token into a caller, or says why it cannot be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bookflow.api.auth.access import Caller, MachineScope, Role
from bookflow.api.auth.keys import SigningKeys
from bookflow.api.errors import UnauthenticatedError

LEEWAY_SECONDS = 60
"""How far the issuer's clock may be off (RFC 7519, 4.1.4: no more than a few minutes)."""

MAX_TOKEN_CHARACTERS = 16_384

ROLES_CLAIMS = ("bookflow:roles", "custom:bookflow_roles")
"""Role by location id, an object or its JSON text; Cognito can name it only the second way."""

LOCATION_CLAIM = "bookflow:location"
"""The one location of a machine token."""

LOCATION_SCOPE = "bookflow/location."
"""Start of the scope that names the location where an issuer can add no claim, as in Cognito."""

NAME_CLAIMS = ("name", "email")
"""What people know a caller by, the first that the token has (OpenID Connect Core 1.0, 5.1)."""

MAX_NAME_CHARACTERS = 200

_REMEDY = "Sign in again and send the new token as `Authorization: Bearer <token>`."


class TokenVerifier:
    """Verifies the tokens of one issuer.

    Args:
        issuer: The value that `iss` must have.
        audiences: Values of which `aud` must hold one; for access tokens without `aud`, as
            Cognito makes them, `client_id` counts (Amazon Cognito guide, "Understanding the
            access token").
        keys: The issuer's public keys.
    """

    def __init__(self, issuer: str, audiences: frozenset[str], keys: SigningKeys) -> None:
        self._issuer = issuer
        self._audiences = audiences
        self._keys = keys

    def verify(self, header: str | None) -> Caller:
        """Return the caller of an `Authorization` header.

        Raises:
            UnauthenticatedError: There is no token, or it is not valid.
            TransientError: The issuer's keys cannot be had.
        """
        claims = self._claims(_bearer(header))
        self._check_audience(claims)
        return _caller(claims)

    def _claims(self, token: str) -> Mapping[str, Any]:
        import jwt

        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, RecursionError):
            raise _unauthenticated("The token is not a JSON Web Token.") from None
        found = self._keys.find(key_id) if isinstance(key_id, str) else None
        if found is None:
            raise _unauthenticated("The token is signed with a key that the issuer does not name.")
        key, algorithm = found
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key=key.key,
                algorithms=[algorithm],
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise _unauthenticated("The token has expired.") from None
        except (jwt.PyJWTError, RecursionError) as error:
            raise _unauthenticated(f"The token is not valid ({type(error).__name__}).") from None
        if not claims["sub"]:
            raise _unauthenticated("The token has no subject (sub).")
        return claims

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        named = claims["aud"] if "aud" in claims else claims.get("client_id")
        audiences = named if isinstance(named, list) else [named]
        if not any(isinstance(each, str) and each in self._audiences for each in audiences):
            raise _unauthenticated("The token is for another audience than this API.")


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("The call carries no bearer token.", remedy=_REMEDY)
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise _unauthenticated("The token is too long.")
    if not token.isascii():
        raise _unauthenticated("The token is not a JSON Web Token.")
    return token


def _caller(claims: Mapping[str, Any]) -> Caller:
    granted = claims.get("scope")
    words = granted.split() if isinstance(granted, str) else []
    scopes = frozenset(scope for scope in MachineScope if scope.value in words)
    return Caller(
        subject=str(claims["sub"]),
        name=_name(claims),
        email=_verified_email(claims),
        roles=_roles(claims),
        scopes=scopes,
        machine_location=_location(claims, words) if scopes else None,
    )


def _name(claims: Mapping[str, Any]) -> str:
    """Return the name to show for the caller; ids of issuers such as Cognito mean nothing to people."""
    for name in (*NAME_CLAIMS, "sub"):
        given = claims.get(name)
        text = "".join(filter(str.isprintable, given)) if isinstance(given, str) else ""
        if text.strip():
            return text.strip()[:MAX_NAME_CHARACTERS]
    return ""


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """Return the address that the issuer has verified (OpenID Connect Core 1.0, 5.1).

    Some issuers write the claim as a text.
    """
    email, verified = claims.get("email"), claims.get("email_verified")
    is_verified = verified is True or verified == "true"
    return email if isinstance(email, str) and is_verified else None


def _location(claims: Mapping[str, Any], words: list[str]) -> str | None:
    """Return the location of a machine token; one that names several is for none."""
    named = {word.removeprefix(LOCATION_SCOPE) for word in words if word.startswith(LOCATION_SCOPE)}
    if LOCATION_CLAIM in claims:
        named.add(str(claims[LOCATION_CLAIM]))
    return named.pop() if len(named) == 1 else None


def _roles(claims: Mapping[str, Any]) -> Mapping[str, Role]:
    """Return the roles of the token; what is not a known role grants nothing."""
    value: Any = next((claims[name] for name in ROLES_CLAIMS if name in claims), None)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    known = {role.value: role for role in Role}
    if not isinstance(value, dict):
        return {}
    return {
        location: known[role]
        for location, role in value.items()
        if isinstance(role, str) and role in known
    }


def _unauthenticated(message: str) -> UnauthenticatedError:
    return UnauthenticatedError(message, remedy=_REMEDY)
