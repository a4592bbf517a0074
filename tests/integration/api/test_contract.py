"""Schemathesis reads the served contract and tries every operation: no 5xx, no answer outside it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
import schemathesis
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from schemathesis import GenerationMode

from bookflow.api.routing import Endpoint, endpoints
from tests.api import CONTEXT, TestIssuer, make_api
from tests.aws.rights import Handler, Rights
from tests.contract import Contract, deterministic
from tests.integration.api.conftest import CountedAws
from tests.integration.conftest import REGION
from tests.soak import amounts
from tests.unit.api.graphs import know_location

ISSUER = TestIssuer()
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def bridge(api: Handler) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return the Lambda handler as a WSGI application, as API Gateway would call it."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        response = api(_event(environ), CONTEXT)
        status = response["statusCode"]
        body = (response.get("body") or "").encode()
        if response.get("isBase64Encoded"):
            body = base64.b64decode(body)
        headers = [(name, str(value)) for name, value in response["headers"].items()]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    return application


def _event(environ: dict[str, Any]) -> dict[str, Any]:
    body = environ["wsgi.input"].read()
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    query: dict[str, str] = {}
    for name, value in pairs:
        query[name] = f"{query[name]},{value}" if name in query else value
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "headers": headers,
        "queryStringParameters": query or None,
        "requestContext": {
            "http": {"method": environ["REQUEST_METHOD"], "path": path, "sourceIp": "192.0.2.1"},
            "requestId": "request-1",
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


@pytest.fixture(scope="module")
def contract(aws_session: boto3.Session, rights: Rights) -> Iterator[Contract]:
    with mock_aws():
        aws = CountedAws(aws_session)
        services = aws.services(rights)
        know_location(services)
        schema = schemathesis.openapi.from_wsgi(
            "/v1/openapi.json",
            bridge(rights.acted("api", make_api(services, ISSUER))),
            config=deterministic(),
        )
        aws.client("sesv2").create_email_identity(EmailIdentity="desk@example.com")
        claims = {
            "bookflow:roles": {"loc-1": "admin", "*": "admin"},
            "email": "grace@example.com",
            "email_verified": True,
        }
        make_token = partial(ISSUER.token, claims)
        dynamodb = aws.client("dynamodb")
        yield Contract(schema, services, dynamodb, location_id="loc-1", make_token=make_token)


@pytest.fixture
def same_records(contract: Contract) -> Iterator[None]:
    """Forget what a test stores: moto copies a whole table for each write of a transaction."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    before = deepcopy(tables)
    yield
    tables.update(before)


@pytest.mark.usefixtures("same_records")
@pytest.mark.parametrize("amount", amounts(4, soak=20))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.operation_id)
def test_every_operation_keeps_its_contract(
    contract: Contract, endpoint: Endpoint, mode: GenerationMode, amount: int
) -> None:
    contract.keep(endpoint, mode, examples=amount)
