"""The HTTP application: it admits each call, routes it, and completes the headers of its answer."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from bookflow.api.answer_size import fewer_entries, is_too_large
from bookflow.api.auth.access import authorize, authorize_anywhere
from bookflow.api.auth.keys import IssuerKeys, SigningKeys
from bookflow.api.auth.tokens import TokenVerifier
from bookflow.api.calls import JSON, Call
from bookflow.api.errors import BodyTooLargeError, MalformedRequestError, MethodNotAllowedError
from bookflow.api.pagination import Cursors
from bookflow.api.problems import to_problem
from bookflow.api.rates import limit_rate
from bookflow.api.recording import record_change
from bookflow.api.routing import Endpoint, endpoints
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.json_depth import nests_deeper
from bookflow.domain.shared.whole_characters import with_whole_characters
from bookflow.error_report import error_report

if TYPE_CHECKING:
    from bookflow.ports import Ports
    from bookflow.use_cases.workflows.make_machine import MachineTarget

logger = Logger(child=True)

MAX_BODY_DEPTH = 200

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""For every answer (OWASP, "REST Security Cheat Sheet"); a route may say otherwise."""


@dataclass(frozen=True)
class ApiSettings:
    """What the API needs to know about its stack.

    Attributes:
        issuer: URL of the token issuer.
        audiences: Audiences of which a token must name one.
        allowed_origin: The origin of the dashboard, for CORS; empty if it is the API's own.
        cursor_key: Secret of the stack for cursors.
        machine_target: Where publishing puts machines.
        log_retention_days: How long the stack keeps its logs.
    """

    issuer: str
    audiences: frozenset[str]
    allowed_origin: str
    cursor_key: str
    machine_target: MachineTarget
    log_retention_days: int


class Api:
    """The application: a Lambda handler of API Gateway's HTTP API, payload format 2.0.

    Args:
        ports: Makes the outside world; asked at the first call that passes the guard.
        settings: Makes the settings, likewise.
        keys: The issuer's keys; by default found by its discovery document.
    """

    def __init__(
        self,
        ports: Callable[[], Ports],
        settings: Callable[[], ApiSettings],
        keys: SigningKeys | None = None,
    ) -> None:
        self._ports = ports
        self._make_settings = settings
        self._keys = keys

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP request."""
        request = APIGatewayProxyEventV2(_readable(event))
        answer = self._answer(request, context)
        while is_too_large(answer["body"]) and (smaller := _smaller_page(request, answer["body"])):
            request = smaller
            answer = self._answer(request, context)
        if is_too_large(answer["body"]):
            error = InvalidInputError(
                "is too large for what there is to show",
                field="query.limit",
                remedy="Ask for fewer entries at a time.",
            )
            answer = _lambda_answer(_problem(error, request))
        if self._cors is not None:
            answer["headers"] |= self._cors.to_dict(request.headers.get("origin"))
        given = {name.lower() for name in answer["headers"]}
        answer["headers"] |= {
            name: value for name, value in SECURITY_HEADERS.items() if name.lower() not in given
        }
        if answer["body"] is None:
            # In payload format 2.0 a body is a text; an answer without content has none.
            del answer["body"]
        return answer

    def contract(self) -> str:
        """Return the OpenAPI document of the routes as JSON text, made anew.

        It takes a second of processor time: callers get the stored one (`stored_contract`).
        """
        from bookflow.api.contract import contract_text

        return contract_text(self._resolver)

    @cached_property
    def settings(self) -> ApiSettings:
        """What the API knows of its stack."""
        return self._make_settings()

    @cached_property
    def _verifier(self) -> TokenVerifier:
        settings = self.settings
        keys = self._keys or IssuerKeys(settings.issuer)
        return TokenVerifier(settings.issuer, settings.audiences, keys)

    @cached_property
    def _cors(self) -> CORSConfig | None:
        """What other origins may do; None where the dashboard has the API's own."""
        if not self.settings.allowed_origin:
            return None
        return CORSConfig(
            allow_origin=self.settings.allowed_origin,
            allow_headers=["If-Match", "Idempotency-Key"],
            expose_headers=["ETag", "Location", "Retry-After"],
            max_age=600,
        )

    @cached_property
    def _resolver(self) -> APIGatewayHttpResolver:
        resolver = APIGatewayHttpResolver(
            enable_validation=True,
            response_validation_error_http_code=500,
            json_body_deserializer=read_json_body,
            debug=False,
        )
        for endpoint in endpoints():
            resolver.route(
                endpoint.path,
                method=endpoint.method,
                summary=endpoint.summary,
                description=endpoint.description,
                tags=[endpoint.tag],
                operation_id=endpoint.operation_id,
                status_code=endpoint.status,
                middlewares=_stages(endpoint),
            )(endpoint.handler)
        resolver.exception_handler(Exception)(lambda error: _problem(error, resolver.current_event))
        return resolver

    def _answer(self, request: APIGatewayProxyEventV2, context: Any) -> dict[str, Any]:
        if self._cors is not None and request.http_method.upper() == "OPTIONS":
            return _lambda_answer(_preflight())
        # Powertools validates before any middleware. A caller without a token must not learn how a
        # request has to look, so each call is admitted before Powertools sees it.
        try:
            self._admit(request)
        except Exception as error:
            return _lambda_answer(_problem(error, request))
        return self._resolver.resolve(request.raw_event, context)

    def _admit(self, request: APIGatewayProxyEventV2) -> None:
        """Check who calls and what they send, and give the handler its call.

        Raises:
            BookflowError: The call must not go on.
        """
        endpoint, ids = _find(request.http_method.upper(), request.path)
        if endpoint.access.is_public:
            return
        caller = self._verifier.verify(request.headers.get("authorization"))
        if "location_id" in ids:
            authorize(endpoint.access, caller, ids["location_id"])
        else:
            authorize_anywhere(endpoint.access, caller)
        _check_body(
            request.body, endpoint.max_body_bytes, is_base64=bool(request.is_base64_encoded)
        )
        if endpoint.takes_body:
            _check_media_type(request.raw_event["headers"])
        settings = self.settings
        self._resolver.append_context(  # type: ignore[no-untyped-call]
            call=Call(
                self._ports(),
                caller,
                settings.machine_target,
                Cursors.of(settings.cursor_key, request.path, request.query_string_parameters),
                timedelta(days=settings.log_retention_days),
            )
        )


def read_json_body(text: str) -> Any:
    """Return the JSON value of a body; U+FFFD stands for half of a character pair.

    Raises:
        json.JSONDecodeError: It is not JSON, nests too deep, or is not Unicode.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        text.encode()
    except (ValueError, RecursionError):
        raise json.JSONDecodeError("not valid JSON", "", 0) from None
    if nests_deeper(value, MAX_BODY_DEPTH):
        raise json.JSONDecodeError("nested too deep", "", 0)
    return with_whole_characters(value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    """Return the number; one that is too large would be read as infinity, which JSON has not."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _readable(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with lower-case header names, as API Gateway sends them."""
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    return {**event, "headers": headers}


def _smaller_page(request: APIGatewayProxyEventV2, body: str) -> APIGatewayProxyEventV2 | None:
    """Return the same call for fewer entries of a list, None where that is no help."""
    endpoint, _ = _find(request.http_method.upper(), request.path)
    query = request.raw_event.get("queryStringParameters") or {}
    limit = fewer_entries(endpoint, query, body)
    if limit is None:
        return None
    wanted = {**query, "limit": str(limit)}
    return APIGatewayProxyEventV2({**request.raw_event, "queryStringParameters": wanted})


def _preflight() -> Response[str]:
    methods = {"OPTIONS", *(endpoint.method for endpoint in endpoints())}
    allowed = CORSConfig.build_allow_methods(methods)
    return Response(status_code=204, headers={"Access-Control-Allow-Methods": allowed})


def _problem(error: Exception, request: APIGatewayProxyEventV2) -> Response[str]:
    """Return the answer to a call that failed; what Bookflow itself got wrong is logged."""
    answer = to_problem(error)
    request_id = str(request.request_context.request_id)
    if answer.problem.status >= 500:
        logger.error(
            "call failed",
            extra={**error_report(error), "status": answer.problem.status, "call": request_id},
        )
    return answer.response(request_id)


def _lambda_answer(response: Response[str]) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "headers": dict(response.headers),
        "body": response.body,
        "isBase64Encoded": False,
    }


def _stages(endpoint: Endpoint) -> list[Callable[..., Any]]:
    """Return what a valid call passes on its way to the handler."""
    stages: list[Callable[..., Any]] = []
    if endpoint.limit is not None:
        stages.append(limit_rate(endpoint.limit))
    if endpoint.is_audited:
        stages.append(record_change(endpoint))
    return stages


def _find(method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
    """Return the route of an address, the first of several as in Powertools, and its parameters.

    Raises:
        MethodNotAllowedError: The address has other methods.
        NoRouteError: There is no such address.
    """
    found = [(each, match) for each, rule in _rules() if (match := rule.fullmatch(path))]
    for endpoint, match in found:
        if endpoint.method == method:
            return endpoint, match.groupdict()
    if found:
        raise MethodNotAllowedError(tuple(sorted({endpoint.method for endpoint, _ in found})))
    raise NoRouteError(f"{method} {path}")


@cache
def _rules() -> Sequence[tuple[Endpoint, re.Pattern[str]]]:
    return [
        (endpoint, re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", endpoint.path)))
        for endpoint in endpoints()
    ]


def _check_media_type(headers: dict[str, str]) -> None:
    """Take JSON alone: Powertools would read forms too, and without the bounds of JSON."""
    given = headers.get("content-type") or JSON
    if given.partition(";")[0].strip().lower() != JSON:
        raise RequestUnsupportedContentType("the body is not JSON", errors=[])
    headers["content-type"] = JSON  # Powertools knows it in small letters only.


def _check_body(body: str | None, limit: int, *, is_base64: bool) -> None:
    if body is None:
        return
    if is_base64:
        try:
            raw = base64.b64decode(body, validate=True)
            raw.decode()
        except (binascii.Error, ValueError):
            raise MalformedRequestError(
                "is not text in UTF-8", field="body", remedy="Send JSON in UTF-8."
            ) from None
        size = len(raw)
    else:
        size = len(body.encode("utf-8", "surrogatepass"))
    if size > limit:
        raise BodyTooLargeError(
            f"has {size:,} bytes; the limit is {limit:,}",
            field="body",
            remedy="Send less at a time.",
        )
