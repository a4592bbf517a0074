"""A real OpenID Connect issuer on loopback: real tokens for the local stack and tests.

It serves discovery, keys, the authorization code flow with PKCE (RFC 7636) behind a page with one
button for each demo user, and client credentials for machines. Keys live as long as the process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "bookflow-local"
CLIENT_ID = "bookflow-dashboard"
KEY_ID = "local-1"
TOKEN_SECONDS = 3600
CODE_SECONDS = 60
MAX_FORM_BYTES = 16 * 1024

_LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class LocalUser:
    """Somebody who can sign in with one click.

    Attributes:
        email: The address that tests of templates go to; it counts as verified.
    """

    subject: str
    name: str
    roles: Mapping[str, str]
    email: str = ""


@dataclass(frozen=True)
class LocalMachine:
    """A booking system that gets tokens by its secret."""

    client_id: str
    client_secret: str = field(repr=False)
    location_id: str
    scopes: tuple[str, ...] = ("bookflow/events", "bookflow/bookings")
    roles: Mapping[str, str] = field(default_factory=dict)


def demo_users(*location_ids: str) -> tuple[LocalUser, ...]:
    """Return one user of each role in these locations; the admin is one everywhere."""
    return tuple(
        LocalUser(
            # Like Cognito's ids, which mean nothing to people.
            subject=str(uuid5(NAMESPACE_URL, f"bookflow-local/{role}")),
            name=f"Demo {role}",
            roles=dict.fromkeys((*location_ids, *(["*"] if role == "admin" else [])), role),
            email=f"{role}@spree-kayaks.example.com",
        )
        for role in ("admin", "editor", "viewer")
    )


@dataclass(frozen=True)
class _Code:
    """An authorization code that has been given and not been used."""

    user: LocalUser
    redirect_uri: str
    challenge: str
    nonce: str
    expires_at: float


class LocalIssuer:
    """The issuer as a context manager: its server runs in a thread while it is open.

    Args:
        users: Who can sign in.
        machines: Which machines get tokens.
        port: Port on 127.0.0.1; 0 takes a free one.
    """

    def __init__(
        self,
        users: tuple[LocalUser, ...],
        machines: tuple[LocalMachine, ...] = (),
        *,
        port: int = 0,
    ) -> None:
        self.users = users
        self.machines = machines
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The issuer's URL, as tokens name it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> LocalIssuer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def user_token(self, user: LocalUser, **claims: Any) -> str:
        """Return a token of a user, as the sign-in gives it."""
        address = {"email": user.email, "email_verified": True} if user.email else {}
        return self._sign(
            {
                "sub": user.subject,
                "name": user.name,
                "bookflow:roles": user.roles,
                **address,
                **claims,
            }
        )

    def machine_token(self, machine: LocalMachine, scopes: tuple[str, ...] | None = None) -> str:
        """Return a token of a machine with some or all of its scopes."""
        granted = machine.scopes if scopes is None else scopes
        return self._sign(
            {
                "sub": machine.client_id,
                "client_id": machine.client_id,
                "scope": " ".join(granted),
                "bookflow:location": machine.location_id,
                **({"bookflow:roles": machine.roles} if machine.roles else {}),
            }
        )

    def configuration(self) -> dict[str, Any]:
        """Return the discovery document (OpenID Connect Discovery 1.0, 3)."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [
                "none",
                "client_secret_post",
                "client_secret_basic",
            ],
            "scopes_supported": ["openid", "profile", "bookflow/events", "bookflow/bookings"],
        }

    def jwks(self) -> dict[str, Any]:
        """Return the public keys."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        key.pop("key_ops", None)
        return {"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}

    def new_code(self, subject: str, query: Mapping[str, str]) -> str | None:
        """Return a code for a user who clicked, None if there is no such user."""
        user = next((each for each in self.users if each.subject == subject), None)
        if user is None:
            return None
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Code(
                user=user,
                redirect_uri=query["redirect_uri"],
                challenge=query["code_challenge"],
                nonce=query.get("nonce", ""),
                expires_at=time.monotonic() + CODE_SECONDS,
            )
        return code

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the tokens for a code, once; None if anything about it does not fit."""
        with self._lock:
            code = self._codes.pop(form.get("code", ""), None)
        if (
            code is None
            or time.monotonic() > code.expires_at
            or form.get("client_id") != CLIENT_ID
            or form.get("redirect_uri") != code.redirect_uri
            or not hmac.compare_digest(challenge_of(form.get("code_verifier", "")), code.challenge)
        ):
            return None
        token = self.user_token(code.user)
        extra = {"nonce": code.nonce} if code.nonce else {}
        return {
            "access_token": token,
            "id_token": self.user_token(code.user, **extra),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": "openid profile",
        }

    def machine_grant(
        self, client_id: str, client_secret: str, scope: str
    ) -> dict[str, Any] | None:
        """Return the token of a machine; None if the secret or a scope is not its own."""
        machine = next((each for each in self.machines if each.client_id == client_id), None)
        expected = machine.client_secret if machine else secrets.token_urlsafe(8)
        matches = hmac.compare_digest(expected.encode(), client_secret.encode())
        if machine is None or not matches:
            return None
        wanted = tuple(scope.split()) or machine.scopes
        if not set(wanted) <= set(machine.scopes):
            return None
        return {
            "access_token": self.machine_token(machine, wanted),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(wanted),
        }

    def _sign(self, claims: Mapping[str, Any]) -> str:
        now = int(time.time())
        standard = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_SECONDS}
        return jwt.encode(
            {**standard, **claims}, self._key, algorithm="RS256", headers={"kid": KEY_ID}
        )


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _handler_of(issuer: LocalIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.issuer = issuer
    return Handler


class _Handler(BaseHTTPRequestHandler):
    issuer: LocalIssuer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/.well-known/openid-configuration":
            self._json(200, self.issuer.configuration())
        elif address.path == "/jwks":
            self._json(200, self.issuer.jwks())
        elif address.path == "/authorize":
            self._authorize(query)
        elif address.path == "/logout":
            self._log_out(query)
        else:
            self._json(404, {"error": "not_found"})

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "0")
        size = int(length) if length.isdigit() else 0
        if size > MAX_FORM_BYTES:
            self.close_connection = True
            self._json(413, {"error": "invalid_request"})
            return
        text = self.rfile.read(size).decode("utf-8", "replace")
        form = {name: values[0] for name, values in parse_qs(text).items()}
        if urlsplit(self.path).path != "/token":
            self._json(404, {"error": "not_found"})
        elif form.get("grant_type") == "authorization_code":
            self._grant(self.issuer.exchange(form))
        elif form.get("grant_type") == "client_credentials":
            client_id, client_secret = self._client(form)
            self._grant(self.issuer.machine_grant(client_id, client_secret, form.get("scope", "")))
        else:
            self._json(400, {"error": "unsupported_grant_type"})

    def do_OPTIONS(self) -> None:
        """Answer a browser's preflight for the token endpoint."""
        self._send(204, "text/plain", b"")

    def _authorize(self, query: Mapping[str, str]) -> None:
        problem = _problem(query)
        if problem:
            self._html(400, f"<p>{escape(problem)}</p>")
            return
        if "user" not in query:
            self._html(200, self._sign_in(query))
            return
        code = self.issuer.new_code(query["user"], query)
        if code is None:
            self._html(400, "<p>There is no such user.</p>")
            return
        target = query["redirect_uri"]
        back = urlencode({"code": code, "state": query.get("state", "")})
        self._send(
            302, "text/plain", b"", {"Location": f"{target}{'&' if '?' in target else '?'}{back}"}
        )

    def _log_out(self, query: Mapping[str, str]) -> None:
        """Send the browser back (OpenID Connect RP-Initiated Logout 1.0, 2); no session is kept."""
        back = query.get("post_logout_redirect_uri", "")
        if _is_here(back):
            self._send(302, "text/plain", b"", {"Location": back})
        else:
            self._html(200, "<p>Signed out.</p>")

    def _sign_in(self, query: Mapping[str, str]) -> str:
        kept = "".join(
            f"<input type='hidden' name='{escape(name)}' value='{escape(value)}'>"
            for name, value in query.items()
        )
        buttons = "".join(
            f"<p><button name='user' value='{escape(user.subject)}'>{escape(user.name)}</button></p>"
            for user in self.issuer.users
        )
        return f"<h1>Sign in to the local Bookflow</h1><form action='/authorize'>{kept}{buttons}</form>"

    def _client(self, form: Mapping[str, str]) -> tuple[str, str]:
        scheme, _, given = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(given, validate=True).decode()
            except ValueError:
                return "", ""
            client_id, _, client_secret = pair.partition(":")
            return client_id, client_secret
        return form.get("client_id", ""), form.get("client_secret", "")

    def _grant(self, tokens: dict[str, Any] | None) -> None:
        if tokens is None:
            self._json(400, {"error": "invalid_grant"})
        else:
            self._json(200, tokens)

    def _json(self, status: int, document: Mapping[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(document).encode())

    def _html(self, status: int, body: str) -> None:
        page = (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Sign in</title>"
            f"</head><body><main>{body}</main></body></html>"
        )
        self._send(status, "text/html; charset=utf-8", page.encode())

    def _send(
        self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        origin = self.headers.get("origin", "")
        if urlsplit(origin).hostname in _LOOPBACK:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", "content-type, authorization")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: an address may hold a code."""


def _problem(query: Mapping[str, str]) -> str:
    """Return what is wrong with a request for a code; empty if nothing is."""
    if query.get("client_id") != CLIENT_ID:
        return f"client_id must be {CLIENT_ID}."
    if query.get("response_type") != "code":
        return "response_type must be code."
    if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
        return "A code_challenge with the method S256 is needed."
    if not _is_here(query.get("redirect_uri", "")):
        return "redirect_uri must be on this machine."
    return ""


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
