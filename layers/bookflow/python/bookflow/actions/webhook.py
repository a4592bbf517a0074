"""Webhook: sends an HTTP request to a system outside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pydantic import Field, field_validator, model_validator

from bookflow.actions.base import Action, ActionConfig, TextField
from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.messages.compose import settings_for
from bookflow.domain.rendering import Mode, RenderSettings, render, render_json_body
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.json_depth import nests_deeper
from bookflow.domain.webhooks import secrets
from bookflow.domain.webhooks.http_messages import (
    DeliveryUncertain,
    HttpRequest,
    HttpResponse,
    check_headers,
)
from bookflow.domain.webhooks.secrets import MASK
from bookflow.domain.webhooks.signature import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    message_id,
    sign,
)

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.ports import Once

TOTAL_TIMEOUT_SECONDS = 30.0
"""For everything, not for each read (product text, "Webhook")."""

MAX_BODY_BYTES = 16 * 1024
"""Bytes of the response body that the step's output keeps."""

EXCERPT_CHARACTERS = 200
"""Length of the piece of a response body that an error shows."""

MAX_HEADER_CHARACTERS = 2048
"""Length up to which the step's output keeps a header of the answer: that of a URL."""

MAX_JSON_DEPTH = 24
"""Nesting up to which a response's JSON is handed on; stores nest no deeper than 32."""

TRANSIENT_STATUSES = frozenset({408, 429})
"""Answers below 500 that a later try may change (RFC 9110, 15.5.9; RFC 6585, 4)."""

REFUSED_STATUSES = frozenset({501, 505})
"""Answers above 500 by which a receiver says that it cannot act (RFC 9110, 15.6.2 and 15.6.6)."""

SAFE_METHODS = frozenset({"GET"})
"""Methods that ask a receiver for no effect, so that they may be repeated (RFC 9110, 9.2.1)."""

_OUTPUT_HEADERS = ("content-type", "location")
_SIGNING_HEADERS = frozenset({ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER})
_PARAMETER = re.compile(r"([?&][^=&#?]*+=)[^&#]*+")
_USER_INFO = re.compile(r"\s*https?://[^/?#{]*@", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_LOOK = (
    "Check at the receiver whether it acted on the request. Then choose It arrived or Send again."
)

_ADVICE = {
    400: "Compare the body with what the receiver expects.",
    401: "Check the credentials in the step's headers.",
    403: "Check the credentials in the step's headers, and what they are allowed to do.",
    404: "Check the path of the URL.",
    405: "Check the method of the step.",
    409: "Check at the receiver what the request collides with.",
    410: "The receiver has taken the address away: ask it for the new one.",
    413: "Send a smaller body: choose single variables in place of {{ eventData }}.",
    415: "Set the Content-Type header that the receiver expects.",
    422: "Compare the body with what the receiver expects.",
}


class WebhookConfig(ActionConfig):
    """Where the request goes, and what it carries."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        title="Address",
        description="Address of the receiver, http or https; values of variables are "
        "percent-encoded. Secrets are not allowed in it: servers on the route log addresses, "
        "so put them into a header",
        examples=["https://crm.example.com/bookings/{{ booking.id }}"],
        json_schema_extra={"format": "variables-text"},
    )
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH"] = Field(
        default="POST",
        title="Method",
        description="HTTP method of the request",
        examples=["POST"],
    )
    headers: Mapping[str, str] = Field(
        default_factory=dict,
        max_length=40,
        title="Headers",
        description="Further headers; variables allowed in the values, and secrets of the "
        "location by their name: {{ secret.crm_token }}. Values of headers that are named like "
        "secrets are hidden in steps",
        examples=[
            {"X-Booking": "{{ booking.confirmation_code }}"},
            {"Authorization": "Bearer {{ secret.crm_token }}"},
        ],
        json_schema_extra={"format": "variables-headers"},
    )
    body: str | None = Field(
        default=None,
        max_length=65_536,
        title="Body",
        description="JSON text with variables; {{ eventData }} is the whole event. Without a "
        "body POST, PUT and PATCH send the event with its type, time and workflow",
        examples=['{"booking": "{{ booking.id }}", "event": {{ eventData }}}'],
        json_schema_extra={"format": "variables-json"},
    )

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        if not re.match(r"\s*(https?://|\{\{)", url, re.IGNORECASE):
            raise ValueError("must begin with https:// or http://")
        if _USER_INFO.match(url):
            raise ValueError("carries no user or password: put them into an Authorization header")
        return url

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in headers.items():
            if name.lower() in _SIGNING_HEADERS:
                raise ValueError(f"the header {name} is set by Bookflow: take it out")
            if len(value) > 4096:
                raise ValueError(f"the header {name} is longer than 4,096 characters")
            if secrets.is_misused(value):
                raise ValueError(
                    f"the header {name} uses a secret in a form that is not known: write "
                    "{{ secret.name }} with small letters, digits, _ and -, and no filter"
                )
        try:
            check_headers(dict.fromkeys(headers, ""))
        except InvalidInputError as error:
            raise ValueError(str(error)) from None
        return headers

    @field_validator("url", "body")
    @classmethod
    def _holds_no_secret(cls, text: str | None) -> str | None:
        if text and (secrets.references(text) or secrets.is_misused(text)):
            raise ValueError("secrets are allowed in the values of headers only")
        return text

    @model_validator(mode="after")
    def _get_has_no_body(self) -> WebhookConfig:
        if self.method == "GET" and (self.body or "").strip():
            raise ValueError("a GET request carries no body: empty it, or use POST")
        return self


@dataclass(frozen=True)
class Delivery:
    """A request that is ready but for the time of its sending.

    Attributes:
        headers: Where a value holds a secret of the location, `***` stands for it.
        secret_headers: The values that hold secrets, cut up: see `bookflow.domain.secrets`. The
            secrets themselves are read when the request is sent, and stored nowhere.
        message_id: The same in every try, so that the receiver can recognise a repetition.
        confidential: Texts that no output or error may repeat, should the receiver echo them.
    """

    location_id: str

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    secret_headers: Mapping[str, tuple[str, ...]] = field(repr=False)
    message_id: str
    confidential: tuple[str, ...] = field(repr=False)


class Webhook(Action[WebhookConfig, Delivery]):
    """Sends a request and keeps the answer for later steps (product text, "Webhook").

    Without a body of the operator's, POST, PUT and PATCH send the envelope that the Standard
    Webhooks specification recommends (`type`, `timestamp`, `data`), with `workflow` and
    `execution_id` added: `data` is the whole event.
    """

    type = "webhook"
    title = "Webhook"
    description = "Sends an HTTP request to another system."
    icon = "request"
    summary = "{method} {url}"
    config_model = WebhookConfig
    asks_for_waits = True
    reads_secrets = True
    outputs = (
        Variable("output.status", "number", "HTTP status of the answer", 200, False),
        Variable(
            "output.headers",
            "object",
            "Content type and location of the answer",
            {"content-type": "application/json"},
            False,
        ),
        Variable("output.body", "string", "Text of the answer, at most 16 KiB", '{"id": 7}', False),
        Variable("output.json", "any", "The answer, where it is JSON", {"id": 7}, True),
        Variable(
            "output.truncated",
            "boolean",
            "Whether the answer was longer than what is stored",
            False,
            False,
        ),
        Variable("output.elapsed_ms", "number", "Milliseconds that it took", 120, False),
    )

    def plan(self, config: WebhookConfig, scope: Scope) -> Delivery:
        """Render the request.

        Raises:
            PermanentError: A part of it cannot be rendered, or a header value not be sent.
        """
        settings = settings_for(scope.context.location)
        identifier = message_id(scope.effect_key)
        body = _body(config, scope, settings)
        placeholders = secrets.Placeholders(token_hex(16))
        variables = {**scope.variables, **placeholders.variables(config.headers.values())}
        given = {
            name.lower(): _as_octets(
                render(
                    value,
                    variables,
                    mode=Mode.HEADER,
                    settings=settings,
                    field=f"headers.{name}",
                )
            )
            for name, value in config.headers.items()
        }
        cut = {name: placeholders.pieces(value) for name, value in given.items()}
        shown = {name: _joined(pieces, lambda _: MASK) for name, pieces in cut.items()}
        own = {"user-agent": "Bookflow", "idempotency-key": identifier}
        if body is not None:
            own["content-type"] = "application/json"
        return Delivery(
            location_id=scope.context.location.id,
            method=config.method,
            url=render(config.url, scope.variables, mode=Mode.URL, settings=settings, field="url"),
            headers={**own, **check_headers(shown)},
            body=body,
            secret_headers={name: pieces for name, pieces in cut.items() if len(pieces) > 1},
            message_id=identifier,
            confidential=_confidential(shown),
        )

    def perform(self, plan: Delivery, once: Once) -> Mapping[str, Any]:
        """Send the request once and return the receiver's answer.

        Raises:
            TransientError: The receiver is busy or cannot be reached, and has not acted; a retry
                sends the same request with the same `Idempotency-Key`.
            OutcomeUnknownError: The receiver may have acted on the request.
            PermanentError: The receiver refuses the request.
        """
        try:
            values, signing = self._secrets(plan), self._signing_secret(plan)
        except BookflowError as error:
            # A request that is sent already needs no secret any more.
            missing = error
            return once("request", lambda: _fail(missing))
        return once("request", lambda: self._send(plan, values, signing))

    def _send(
        self, plan: Delivery, values: Mapping[str, str], signing: secrets.Secret | None
    ) -> Mapping[str, Any]:
        now = self.ports.clock.now()
        headers = {
            name: _joined(pieces, values.__getitem__)
            for name, pieces in plan.secret_headers.items()
        }
        request = HttpRequest(
            method=plan.method,
            url=plan.url,
            headers={**plan.headers, **headers, **_delivery_headers(plan, signing, now)},
            body=plan.body,
            total_timeout_seconds=TOTAL_TIMEOUT_SECONDS,
            max_response_bytes=MAX_BODY_BYTES,
        )
        try:
            response = self.ports.http.send(request)
        except DeliveryUncertain as error:
            if plan.method in SAFE_METHODS:
                raise TransientError(error.message, remedy=error.remedy) from None
            raise OutcomeUnknownError(error.message, remedy=_LOOK) from None
        confidential = (*plan.confidential, *values.values())
        text = secrets.hidden(_text_of(response), confidential, is_cut=response.truncated)
        if not 200 <= response.status < 300:
            _refuse(plan.method, response, text, self.ports.clock.now())
        return _output(response, text, confidential)

    def _secrets(self, plan: Delivery) -> Mapping[str, str]:
        """Return the current value of each secret that the headers name.

        Raises:
            NotFoundError: The location has no such secret; the header is named.
        """
        values: dict[str, str] = {}
        for header, pieces in plan.secret_headers.items():
            for name in pieces[1::2]:
                try:
                    values[name] = self.ports.secrets.get(plan.location_id, name).current
                except NotFoundError:
                    raise NotFoundError(
                        f"the secret {name} does not exist.",
                        field=f"headers.{header}",
                        remedy="Store it under this name, or correct the name in the step.",
                    ) from None
        return values

    def _signing_secret(self, plan: Delivery) -> secrets.Secret | None:
        try:
            return self.ports.secrets.get(plan.location_id, secrets.SIGNING_SECRET)
        except NotFoundError:
            return None

    @classmethod
    def texts(cls, config: WebhookConfig) -> Iterable[TextField]:
        """Return URL, header values and body."""
        yield TextField("url", config.url, "url")
        for name, value in config.headers.items():
            yield TextField(f"headers.{name}", secrets.masked(value), "header")
        if (config.body or "").strip():
            yield TextField("body", config.body or "", "json")

    @classmethod
    def masked(cls, config: WebhookConfig) -> Mapping[str, Any]:
        """Return the configuration without values of headers and parameters named like secrets."""
        return {
            **config.model_dump(mode="json"),
            "url": _PARAMETER.sub(
                lambda found: found[1] + MASK if secrets.is_name_of_one(found[1]) else found[0],
                config.url,
            ),
            "headers": {
                name: MASK if secrets.is_name_of_one(name) else secrets.masked(value)
                for name, value in config.headers.items()
            },
        }


def _delivery_headers(
    plan: Delivery, signing: secrets.Secret | None, now: datetime
) -> Mapping[str, str]:
    """Return the headers that belong to one attempt, by Standard Webhooks.

    Without a signing secret there is no signature; while one rotates, both values sign.
    """
    timestamp = int(now.timestamp())
    if signing is None:
        return {ID_HEADER: plan.message_id, TIMESTAMP_HEADER: str(timestamp)}
    return sign(
        signing.values(now),
        message_id=plan.message_id,
        timestamp=timestamp,
        body=plan.body or b"",
    )


def _body(config: WebhookConfig, scope: Scope, settings: RenderSettings) -> bytes | None:
    if (config.body or "").strip():
        text = render_json_body(config.body or "", scope.variables, settings, field="body")
        return text.encode()
    if config.method in ("GET", "DELETE"):
        return None
    envelope = {
        "type": scope.execution.event_type,
        "timestamp": scope.event.occurred_at.isoformat(),
        "data": scope.execution.event_data,
        "workflow": {
            "id": scope.execution.workflow_id,
            "name": scope.execution.workflow_name,
        },
        "execution_id": scope.execution.id,
    }
    return render_json_body("{{ envelope }}", {"envelope": envelope}, settings).encode()


def _as_octets(value: str) -> str:
    """Return a header value whose letters stand for its UTF-8 bytes, as receivers read them."""
    return value if value.isascii() else value.encode().decode("latin-1")


def _joined(pieces: tuple[str, ...], value_of: Callable[[str], str]) -> str:
    return "".join(value_of(piece) if place % 2 else piece for place, piece in enumerate(pieces))


def _confidential(headers: Mapping[str, str]) -> tuple[str, ...]:
    sent = [value for name, value in headers.items() if secrets.is_name_of_one(name)]
    # Receivers read header values as Latin-1 or as UTF-8, and may repeat what they read.
    values = [*sent, *(value.encode("latin-1").decode("utf-8", "ignore") for value in sent)]
    return (*values, *(value.rsplit(" ", 1)[-1] for value in values))


def _fail(error: BookflowError) -> NoReturn:
    raise error


def _text_of(response: HttpResponse) -> str:
    # A byte order mark is no part of the text; JSON parsers may pass it over (RFC 8259, 8.1).
    return _CONTROL.sub("", response.body.decode("utf-8-sig", "replace"))


def _output(response: HttpResponse, text: str, confidential: Iterable[str]) -> Mapping[str, Any]:
    stored = text.encode()[:MAX_BODY_BYTES].decode("utf-8", "ignore")
    output: dict[str, Any] = {
        "status": response.status,
        "headers": {
            name: secrets.hidden(response.headers[name], confidential)[:MAX_HEADER_CHARACTERS]
            for name in _OUTPUT_HEADERS
            if name in response.headers
        },
        "body": stored,
        "truncated": response.truncated or len(stored) < len(text),
        "elapsed_ms": response.elapsed_ms,
    }
    try:
        value = json.loads(stored, parse_constant=_no_constant)
        # Half a character pair, or a number beyond all bounds, could not be stored as it came.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return output
    if nests_deeper(value, MAX_JSON_DEPTH):
        return output
    return {**output, "json": _hidden_in(value, confidential)}


def _hidden_in(value: Any, confidential: Iterable[str]) -> Any:
    """Return a JSON value without secrets in its texts: there they may be spelt in further ways."""
    if isinstance(value, str):
        return secrets.hidden(value, confidential)
    if isinstance(value, list):
        return [_hidden_in(each, confidential) for each in value]
    if isinstance(value, dict):
        return {
            secrets.hidden(name, confidential): _hidden_in(each, confidential)
            for name, each in value.items()
        }
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse(method: str, response: HttpResponse, text: str, now: datetime) -> NoReturn:
    status = response.status
    said = " ".join(text.split())[:EXCERPT_CHARACTERS]
    message = f"The receiver answered with status {status}" + (f": {said}" if said else ".")
    retry_after = _retry_after(response.headers.get("retry-after", ""), now)
    is_broken = status >= 500 and status not in REFUSED_STATUSES
    # A receiver that names a time for the next try has not acted on this one (RFC 9110, 10.2.3).
    asks_again = status == 503 and retry_after is not None
    if status in TRANSIENT_STATUSES or asks_again or (is_broken and method in SAFE_METHODS):
        raise TransientError(
            message,
            remedy="Check that the receiver is up and takes this many requests.",
            retry_after=retry_after,
        )
    if is_broken:
        raise OutcomeUnknownError(
            f"{message} It may have acted on the request all the same.", remedy=_LOOK
        )
    if 300 <= status < 400:
        advice = "Redirects are not followed: enter the address that it leads to."
    else:
        advice = _ADVICE.get(status, "Check at the receiver why it refuses the request.")
    raise PermanentError(message, field="url", remedy=advice)


def _retry_after(value: str, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date (RFC 9110, 10.2.3), as seconds."""
    text = value.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
