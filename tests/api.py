"""Calls the API in process, as API Gateway does, with tokens of an issuer made for the tests."""

from __future__ import annotations

import base64
import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bookflow.api.app import Api, ApiSettings
from bookflow.api.auth.keys import IssuerKeys
from bookflow.settings import Settings
from bookflow.use_cases.workflows.make_machine import MachineTarget

ISSUER = "https://issuer.example"
AUDIENCE = "bookflow-dashboard"
ORIGIN = "https://dashboard.example"
TARGET = MachineTarget(
    name_prefix="bookflow-test-wf-",
    function_arn_prefix="arn:aws:lambda:eu-central-1:123456789012:function:bookflow-test-",
    role_arn="arn:aws:iam::123456789012:role/bookflow-machines",
    log_group_arn="arn:aws:logs:eu-central-1:123456789012:log-group:bookflow",
)


@functools.cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return a key pair; the same name gives the same one."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return a key pair on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class TestIssuer:
    """An OpenID Connect issuer whose documents are read without a network."""

    __test__ = False

    issuer: str = ISSUER
    asked: list[str] = field(default_factory=list)
    served: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.serve(self.jwk("rsa-1", rsa_key("rsa-1")), self.jwk("ec-1", ec_key("ec-1")))

    @staticmethod
    def jwk(key_id: str, key: Any, **changes: Any) -> dict[str, Any]:
        """Return the public key as a JSON Web Key."""
        is_rsa = isinstance(key, rsa.RSAPrivateKey)
        algorithm: Any = jwt.algorithms.RSAAlgorithm if is_rsa else jwt.algorithms.ECAlgorithm
        document = json.loads(algorithm.to_jwk(key.public_key()))
        document.pop("key_ops", None)
        return {**document, "kid": key_id, "use": "sig", **changes}

    def serve(self, *keys: Mapping[str, Any]) -> None:
        """Serve these keys from now on."""
        self.served = {
            f"{self.issuer}/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/jwks",
            },
            f"{self.issuer}/jwks": {"keys": list(keys)},
        }

    def fetch(self, url: str) -> Any:
        """Answer as the issuer's server does."""
        self.asked.append(url)
        return self.served[url]

    def token(
        self, claims: Mapping[str, Any] | None = None, *, key_id: str = "rsa-1", **headers: Any
    ) -> str:
        """Return a signed token; claims given as None are left out."""
        now = int(time.time())
        standard = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "user-1",
            "iat": now,
            "exp": now + 600,
            **(claims or {}),
        }
        is_rsa = key_id.startswith("rsa")
        return jwt.encode(
            {name: value for name, value in standard.items() if value is not None},
            rsa_key(key_id) if is_rsa else ec_key(key_id),
            algorithm="RS256" if is_rsa else "ES256",
            headers={"kid": key_id, **headers},
        )

    def person(self, **roles: str) -> str:
        """Return a person's token; `loc_1` stands for the location `loc-1`."""
        named = {location.replace("_", "-"): role for location, role in roles.items()}
        return self.token({"bookflow:roles": named})

    def machine(self, location: str, *scopes: str) -> str:
        """Return a machine's token."""
        return self.token({"scope": " ".join(scopes), "bookflow:location": location})


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def etag(self) -> str:
        return self.headers["etag"]


class Client:
    """Calls the API with one token."""

    def __init__(self, api: Callable[[Any, Any], Any], token: str | None = None) -> None:
        self.api = api
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: str | bytes | None = None,
    ) -> Answer:
        """Make one call; `raw` is a body that is not to be written as JSON."""
        sent = {"content-type": "application/json", **(headers or {})}
        if self.token is not None:
            sent.setdefault("authorization", f"Bearer {self.token}")
        text = raw if raw is not None else None if body is None else json.dumps(body)
        return answer_of(self.api(event(method, path, text, query or {}, sent), CONTEXT))

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, headers=_headers(headers))

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, body, headers=_headers(headers))

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, headers=_headers(headers))


CONTEXT = SimpleNamespace(
    function_name="api",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:api",
    aws_request_id="request-1",
)


def make_settings(jobs_queue_url: str) -> Settings:
    """Return the settings of a stack with this queue of reminder jobs."""
    return Settings(
        table="Table",
        idempotency_table="IdempotencyTable",
        event_bus="bookings",
        machine_role_arn=TARGET.role_arn,
        machine_log_group_arn=TARGET.log_group_arn,
        machine_name_prefix=TARGET.name_prefix,
        function_arn_prefix=TARGET.function_arn_prefix,
        parameter_prefix="/bookflow/bookflow-test/",
        reminder_jobs_queue_url=jobs_queue_url,
        schedule_group="reminders",
        event_queue_arn="arn:aws:sqs:eu-central-1:123456789012:events",
        scheduler_role_arn="arn:aws:iam::123456789012:role/bookflow-scheduler",
        scheduler_dead_letter_queue_arn="arn:aws:sqs:eu-central-1:123456789012:missed",
        sender_email="desk@example.com",
        public_base_url="https://bookflow.example",
    )


def make_api(ports: Any, issuer: TestIssuer, *, origin: str = ORIGIN) -> Api:
    """Return the API on these ports, trusting this issuer."""
    settings = ApiSettings(
        issuer=ISSUER,
        audiences=frozenset({AUDIENCE}),
        allowed_origin=origin,
        cursor_key="a key for tests",
        machine_target=TARGET,
        log_retention_days=30,
    )
    return Api(lambda: ports, lambda: settings, IssuerKeys(ISSUER, issuer.fetch))


def event(
    method: str,
    path: str,
    body: str | bytes | None,
    query: Mapping[str, Any],
    headers: Mapping[str, str],
) -> dict[str, Any]:
    """Return the event of API Gateway's HTTP API, payload format 2.0."""
    given = {name: str(value) for name, value in query.items() if value is not None}
    is_binary = isinstance(body, bytes)
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(given),
        "headers": {name.lower(): value for name, value in headers.items()},
        "queryStringParameters": given or None,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": "request-1",
            "stage": "$default",
        },
        "body": text,
        "isBase64Encoded": is_binary,
    }


def answer_of(response: Mapping[str, Any]) -> Answer:
    """Return the Lambda function's response as a caller sees it."""
    body = response.get("body") or ""
    if response.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    headers = {name.lower(): value for name, value in response["headers"].items()}
    return Answer(response["statusCode"], headers, body)


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}
