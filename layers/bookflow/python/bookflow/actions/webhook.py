"""Webhook: sends an HTTP request to a system outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from pydantic import Field, StringConstraints, field_validator, model_validator

from bookflow.actions.base import Action, ActionConfig, Surroundings, TextField
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
from bookflow.domain.webhooks import answers, secrets
from bookflow.domain.webhooks.bodies import (
    CONTENT_TYPES,
    MISSING_BODY,
    BodyType,
    content_type_problems,
)
from bookflow.domain.webhooks.destination import destination_problems
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, HttpRequest, check_headers
from bookflow.domain.webhooks.secret_hosts import check_receiver, require_fixed_host
from bookflow.domain.webhooks.secrets import MASK
from bookflow.domain.webhooks.signature import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    message_id,
    sign,
)
from bookflow.domain.webhooks.url_policy import check_url

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.validation.problems import Problem
    from bookflow.ports import Once

TOTAL_TIMEOUT_SECONDS = 30.0
"""For everything, not for each read (product text, "Webhook")."""

_SIGNING_HEADERS = frozenset({ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER})
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
"""Methods that send no body unless one is written."""

_PARAMETER = re.compile(r"([?&][^=&#?]*+=)[^&#]*+")
_USER_INFO = re.compile(r"\s*https?://[^/?#{]*@", re.IGNORECASE)


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
    body_type: BodyType = Field(
        default="json",
        title="Body type",
        description="What the receiver expects: JSON, the fields of a form, or text. It sets the "
        "Content-Type header, and how values of variables are encoded",
        examples=["form"],
    )
    body: str | None = Field(
        default=None,
        max_length=65_536,
        title="Body",
        description="What is sent, with variables. JSON: {{ eventData }} is the whole event; "
        "without a body POST, PUT and PATCH send the event with its type, time and workflow. Form: "
        "name=value pairs with & between them, encoded by Bookflow; write %26 for & inside of a "
        "value",
        examples=['{"booking": "{{ booking.id }}", "event": {{ eventData }}}'],
        json_schema_extra={"format": "variables-json"},
    )
    success_statuses: tuple[
        Annotated[str, StringConstraints(pattern=answers.STATUS_PATTERN)], ...
    ] = Field(
        default=("2xx",),
        min_length=1,
        max_length=20,
        title="Successful statuses",
        description="Statuses of the answer that count as success: 2xx is all from 200 to 299. "
        "Add 302 for Google Apps Script, or 409 where it means that it exists already",
        examples=[["2xx", "409"]],
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
        if self.method == "GET" and self.has_body:
            raise ValueError("a GET request carries no body: empty it, or use POST")
        return self

    @property
    def has_body(self) -> bool:
        """Whether a body is written."""
        return bool((self.body or "").strip())

    @property
    def secret_names(self) -> Iterable[tuple[str, str]]:
        """The secrets that the headers name, each after its header."""
        return (
            (header, name)
            for header, value in self.headers.items()
            for name in secrets.references(value)
        )


@dataclass(frozen=True)
class Delivery:
    """A request that is ready but for the time of its sending.

    Attributes:
        headers: Where a value holds a secret of the location, `***` stands for it.
        secret_headers: The values that hold secrets, cut up: see `bookflow.domain.secrets`. The
            secrets themselves are read when the request is sent, and stored nowhere.
        message_id: The same in every try, so that the receiver can recognise a repetition.
        success_statuses: The statuses of an answer that count as success.
        confidential: Texts that no output or error may repeat, should the receiver echo them.
    """

    location_id: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    secret_headers: Mapping[str, tuple[str, ...]] = field(repr=False)
    message_id: str
    success_statuses: tuple[str, ...]
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
        Variable(
            "output.charset_note",
            "string",
            "What was odd about the answer's charset",
            "The answer names the unknown charset klingon. It was read as UTF-8.",
            True,
        ),
        Variable("output.elapsed_ms", "number", "Milliseconds that it took", 120, False),
    )

    def plan(self, config: WebhookConfig, scope: Scope) -> Delivery:
        """Render the request.

        Raises:
            PermanentError: A part of it cannot be rendered, or a header value not be sent.
        """
        require_fixed_host(config.url, (name for _, name in config.secret_names))
        settings = settings_for(scope.context.location)
        identifier = message_id(scope.effect_key)
        body = _body(config, scope, settings)
        cut = _headers(config, scope, settings)
        shown = {name: secrets.joined(pieces, lambda _: MASK) for name, pieces in cut.items()}
        own = {"user-agent": "Bookflow", "idempotency-key": identifier}
        if body is not None:
            own["content-type"] = CONTENT_TYPES[config.body_type if config.has_body else "json"]
        return Delivery(
            location_id=scope.context.location.id,
            method=config.method,
            url=render(config.url, scope.variables, mode=Mode.URL, settings=settings, field="url"),
            headers={**own, **check_headers(shown)},
            body=body,
            secret_headers={name: pieces for name, pieces in cut.items() if len(pieces) > 1},
            message_id=identifier,
            success_statuses=config.success_statuses,
            confidential=secrets.confidential(shown),
        )

    def check(self, plan: Delivery) -> None:
        """Judge the address, and whether each secret exists and may be sent there."""
        check_url(plan.url, self.ports.url_policy)
        self._secrets(plan)

    def perform(self, plan: Delivery, once: Once) -> Mapping[str, Any]:
        """Send the request once and return the receiver's answer.

        Raises:
            TransientError: The receiver is busy or cannot be reached, and has not acted; a retry
                sends the same request with the same `Idempotency-Key`.
            OutcomeUnknownError: The receiver may have acted on the request.
            PermanentError: The receiver refuses the request.
        """
        try:
            values, signing = self._secrets(plan), self.ports.secrets.signing(plan.location_id)
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
            name: secrets.joined(pieces, values.__getitem__)
            for name, pieces in plan.secret_headers.items()
        }
        request = HttpRequest(
            method=plan.method,
            url=plan.url,
            headers={**plan.headers, **headers, **_delivery_headers(plan, signing, now)},
            body=plan.body,
            total_timeout_seconds=TOTAL_TIMEOUT_SECONDS,
            max_response_bytes=answers.MAX_BODY_BYTES,
        )
        try:
            response = self.ports.http.send(request)
        except DeliveryUncertain as error:
            if plan.method in answers.SAFE_METHODS:
                raise TransientError(error.message, remedy=error.remedy) from None
            raise OutcomeUnknownError(error.message, remedy=answers.LOOK) from None
        confidential = (*plan.confidential, *values.values())
        answer = answers.text_of(response, confidential)
        if not answers.is_success(response.status, plan.success_statuses):
            answers.fail(plan.method, response, answer.text, self.ports.clock.now())
        return answers.output_of(response, answer, confidential)

    def _secrets(self, plan: Delivery) -> Mapping[str, str]:
        """Return the current value of each secret that the headers name.

        Raises:
            PermanentError: A secret does not exist, or may not be sent to this address; `field`
                names the header.
        """
        values: dict[str, str] = {}
        policy = self.ports.url_policy
        for header, pieces in plan.secret_headers.items():
            for name in pieces[1::2]:
                try:
                    secret = self.ports.secrets.get(plan.location_id, name)
                    check_receiver(name, secret.hosts, check_url(plan.url, policy), policy)
                except NotFoundError:
                    raise NotFoundError(
                        f"the secret {name} does not exist.",
                        field=f"headers.{header}",
                        remedy=secrets.MISSING_REMEDY,
                    ) from None
                except PermanentError as error:
                    error.field = error.field or f"headers.{header}"
                    raise
                values[name] = secret.current
        return values

    @classmethod
    def texts(cls, config: WebhookConfig) -> Iterable[TextField]:
        """Return URL, header values and body."""
        yield TextField("url", config.url, "url")
        for name, value in config.headers.items():
            yield TextField(f"headers.{name}", secrets.masked(value), "header")
        if config.has_body:
            yield TextField("body", config.body or "", config.body_type)

    @classmethod
    def problems(cls, config: WebhookConfig, surroundings: Surroundings) -> Iterable[Problem]:
        """Return what is wrong with the address, the secrets sent there, and the Content-Type."""
        yield from destination_problems(
            config.url,
            [(f"headers.{header}", name) for header, name in config.secret_names],
            surroundings.url_policy,
            surroundings.secret_hosts,
        )
        if config.has_body or config.method not in _WITHOUT_BODY:
            yield from content_type_problems(config.body_type, config.headers)
        if (
            config.body_type != "json"
            and config.method not in _WITHOUT_BODY
            and not config.has_body
        ):
            yield MISSING_BODY

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


def _headers(
    config: WebhookConfig, scope: Scope, settings: RenderSettings
) -> Mapping[str, tuple[str, ...]]:
    """Return the rendered headers, cut up at the secrets, which are not read yet."""
    placeholders = secrets.Placeholders(token_hex(16))
    variables = {**scope.variables, **placeholders.variables(config.headers.values())}
    return {
        name.lower(): placeholders.pieces(
            _as_octets(
                render(
                    value,
                    variables,
                    mode=Mode.HEADER,
                    settings=settings,
                    field=f"headers.{name}",
                )
            )
        )
        for name, value in config.headers.items()
    }


def _as_octets(value: str) -> str:
    """Return a header value whose letters stand for its UTF-8 bytes, as receivers read them."""
    return value if value.isascii() else value.encode().decode("latin-1")


def _body(config: WebhookConfig, scope: Scope, settings: RenderSettings) -> bytes | None:
    if not config.has_body:
        return None if config.method in _WITHOUT_BODY else _envelope(scope, settings)
    source = config.body or ""
    if config.body_type == "json":
        return render_json_body(source, scope.variables, settings, field="body").encode()
    mode = Mode(config.body_type)
    return render(source, scope.variables, mode=mode, settings=settings, field="body").encode()


def _envelope(scope: Scope, settings: RenderSettings) -> bytes:
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


def _fail(error: BookflowError) -> NoReturn:
    raise error
