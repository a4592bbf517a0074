"""Webhook: sends an HTTP request to a system outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from pydantic import Field, StringConstraints, field_validator, model_validator

from bookflow.actions.base import Action, ActionConfig, Surroundings, TextField
from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    Lack,
    NotFoundError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.records import new_id
from bookflow.domain.webhooks import answers, secrets
from bookflow.domain.webhooks.bodies import MISSING_BODY, BodyType, content_type_problems
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.domain.webhooks.destination import destination_problems
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, check_headers
from bookflow.domain.webhooks.requests import (
    OWN_HEADERS,
    WITHOUT_BODY,
    PlannedRequest,
    RequestTexts,
    masked_url,
    planned_request,
)
from bookflow.domain.webhooks.secret_hosts import check_receiver
from bookflow.domain.webhooks.secrets import MASK
from bookflow.domain.webhooks.url_policy import check_url

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.validation.problems import Problem
    from bookflow.ports import Once, Ports

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
            if name.lower() in OWN_HEADERS:
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
        if self.method == "GET" and self.request.has_body:
            raise ValueError("a GET request carries no body: empty it, or use POST")
        return self

    @property
    def request(self) -> RequestTexts:
        """The parts of the request."""
        return RequestTexts(
            self.method, self.url, self.headers, self.body, self.body_type, self.success_statuses
        )


class Webhook(Action[WebhookConfig, PlannedRequest]):
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

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports)
        self._deliveries: list[Delivery] = []

    def plan(self, config: WebhookConfig, scope: Scope) -> PlannedRequest:
        """Render the request.

        Raises:
            PermanentError: A part of it cannot be rendered, or a header value not be sent.
        """
        return planned_request(config.request, scope)

    def check(self, plan: PlannedRequest) -> None:
        """Judge the address, and whether each secret exists and may be sent there."""
        check_url(plan.url, self.ports.url_policy)
        self._secrets(plan)

    def perform(self, plan: PlannedRequest, once: Once) -> Mapping[str, Any]:
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

    def take_deliveries(self) -> Sequence[Delivery]:
        """Return the requests that were sent, with their answers."""
        taken, self._deliveries = self._deliveries, []
        return taken

    def _send(
        self, plan: PlannedRequest, values: Mapping[str, str], signing: secrets.Secret | None
    ) -> Mapping[str, Any]:
        """Send the request, note the delivery, and return what later steps may read of it."""
        now = self.ports.clock.now()
        confidential = (*plan.confidential, *values.values())
        confidential += signing.values(now) if signing else ()
        shown = plan.shown(now, signing)
        delivery = Delivery(id=new_id("dl"), message_id=plan.message_id, sent_at=now, request=shown)
        try:
            response = self.ports.http.send(plan.sent_at(now, values, signing))
            answer = answers.text_of(response, confidential)
            delivery = delivery.answered(response, answer, confidential)
            if not answers.is_success(response.status, plan.success_statuses):
                answers.fail(plan.method, response, answer.text, self.ports.clock.now())
        except BookflowError as error:
            failure = _without_answer(error, plan.method)
            ended = self.ports.clock.now()
            self._deliveries.append(delivery.failed(failure.message, failure.remedy, ended))
            raise failure from None
        self._deliveries.append(delivery)
        return answers.output_of(response, answer, confidential)

    def _secrets(self, plan: PlannedRequest) -> Mapping[str, str]:
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
                    ).lacking("secret", name) from None
                except PermanentError as error:
                    error.field = error.field or f"headers.{header}"
                    error.lacks = error.lacks or Lack("secret", name)
                    raise
                values[name] = secret.current
        return values

    @classmethod
    def texts(cls, config: WebhookConfig) -> Iterable[TextField]:
        """Return URL, header values and body."""
        yield TextField("url", config.url, "url")
        for name, value in config.headers.items():
            yield TextField(f"headers.{name}", secrets.masked(value), "header")
        if config.request.has_body:
            yield TextField("body", config.body or "", config.body_type)

    @classmethod
    def problems(cls, config: WebhookConfig, surroundings: Surroundings) -> Iterable[Problem]:
        """Return what is wrong with the address, the secrets sent there, and the Content-Type."""
        yield from destination_problems(
            config.url,
            [(f"headers.{header}", name) for header, name in config.request.secret_names],
            surroundings.url_policy,
            surroundings.secret_hosts,
        )
        if config.request.has_body or config.method not in WITHOUT_BODY:
            yield from content_type_problems(config.body_type, config.headers)
        if (
            config.body_type != "json"
            and config.method not in WITHOUT_BODY
            and not config.request.has_body
        ):
            yield MISSING_BODY

    @classmethod
    def masked(cls, config: WebhookConfig) -> Mapping[str, Any]:
        """Return the configuration without values of headers and parameters named like secrets."""
        return {
            **config.model_dump(mode="json"),
            "url": masked_url(config.url),
            "headers": {
                name: MASK if secrets.is_name_of_one(name) else secrets.masked(value)
                for name, value in config.headers.items()
            },
        }


def _without_answer(error: BookflowError, method: str) -> BookflowError:
    """Return what it means for a step that no whole answer came to a request of this method."""
    if not isinstance(error, DeliveryUncertain):
        return error
    if method in answers.SAFE_METHODS:
        return TransientError(error.message, remedy=error.remedy)
    return OutcomeUnknownError(error.message, remedy=answers.LOOK)


def _fail(error: BookflowError) -> NoReturn:
    raise error
