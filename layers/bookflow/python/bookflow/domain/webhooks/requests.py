"""Makes a webhook's request from its configuration and what the step may read; no secret is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from bookflow.domain.rendering import Mode, RenderSettings, render, render_json_body
from bookflow.domain.templates.compose import settings_for
from bookflow.domain.webhooks import answers, secrets
from bookflow.domain.webhooks.bodies import CONTENT_TYPES, BodyType
from bookflow.domain.webhooks.deliveries import SentRequest, sent_request
from bookflow.domain.webhooks.http_messages import HttpRequest, check_headers
from bookflow.domain.webhooks.secret_hosts import require_fixed_host
from bookflow.domain.webhooks.signature import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    message_id,
    sign,
)

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope

TOTAL_TIMEOUT_SECONDS = 30.0
"""For everything, not for each read (product text, "Webhook")."""

BY_HAND_TIMEOUT_SECONDS = 20.0
"""A person waits for a test or a repetition, and API Gateway no longer than 29 seconds."""

TEST_HEADER = "bookflow-test"
"""Marks requests that a person sends to try a step out."""

OWN_HEADERS = frozenset({ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER, TEST_HEADER})
"""Headers that no configuration may set."""

WITHOUT_BODY = frozenset({"GET", "DELETE"})
"""Methods that send no body unless one is written."""

_PARAMETER = re.compile(r"([?&][^=&#?]*+=)[^&#]*+")


@dataclass(frozen=True)
class RequestTexts:
    """The parts of a request as they are configured, with variables; see `WebhookConfig`."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    body_type: BodyType
    success_statuses: tuple[str, ...]

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
class PlannedRequest:
    """A request that is ready but for its secrets and the time of its sending.

    Attributes:
        headers: Where a value holds a secret of the location, `***` stands for it.
        secret_headers: The values that hold secrets, cut up: see `bookflow.domain.secrets`. The
            secrets themselves are read when the request is sent, and stored nowhere.
        message_id: The same in every try, so that the receiver can recognise a repetition.
        success_statuses: The statuses of an answer that count as success.
        confidential: Texts that no output or error may repeat, should the receiver echo them.
        total_timeout_seconds: Seconds for the whole exchange.
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
    total_timeout_seconds: float = TOTAL_TIMEOUT_SECONDS

    def sent_at(
        self, now: datetime, values: Mapping[str, str], signing: secrets.Secret | None
    ) -> HttpRequest:
        """Return the request of one attempt, with its secrets.

        Args:
            now: When it is sent.
            values: The value of each secret that its headers name.
            signing: What signs it; without it there is no signature.
        """
        secret_headers = {
            name: secrets.joined(pieces, values.__getitem__)
            for name, pieces in self.secret_headers.items()
        }
        return HttpRequest(
            method=self.method,
            url=self.url,
            headers={**self.headers, **secret_headers, **self._delivery_headers(now, signing)},
            body=self.body,
            total_timeout_seconds=self.total_timeout_seconds,
            max_response_bytes=answers.MAX_BODY_BYTES,
        )

    def shown(self, now: datetime, signing: secrets.Secret | None = None) -> SentRequest:
        """Return what people may see: nothing of headers and parameters named like secrets."""
        headers = {**self.headers, **self._delivery_headers(now, signing)}
        masked = {
            name: secrets.MASK
            if secrets.is_name_of_one(name) and value != self.message_id
            else value
            for name, value in headers.items()
        }
        return sent_request(self.method, masked_url(self.url), masked, self.body)

    def _delivery_headers(self, now: datetime, signing: secrets.Secret | None) -> Mapping[str, str]:
        """Return the headers that belong to one attempt, by Standard Webhooks.

        Without a signing secret there is no signature; while one rotates, both values sign.
        """
        timestamp = int(now.timestamp())
        if signing is None:
            return {ID_HEADER: self.message_id, TIMESTAMP_HEADER: str(timestamp)}
        return sign(
            signing.values(now),
            message_id=self.message_id,
            timestamp=timestamp,
            body=self.body or b"",
        )


def planned_request(texts: RequestTexts, scope: Scope) -> PlannedRequest:
    """Render a request.

    Raises:
        PermanentError: A part of it cannot be rendered, or a header value not be sent.
    """
    require_fixed_host(texts.url, (name for _, name in texts.secret_names))
    settings = settings_for(scope.context.location)
    identifier = message_id(scope.effect_key)
    body = _body(texts, scope, settings)
    cut = _headers(texts, scope, settings)
    shown = {name: secrets.joined(pieces, lambda _: secrets.MASK) for name, pieces in cut.items()}
    own = {"user-agent": "Bookflow", "idempotency-key": identifier}
    if body is not None:
        own["content-type"] = CONTENT_TYPES[texts.body_type if texts.has_body else "json"]
    mark = {TEST_HEADER: "true"} if scope.is_test else {}
    return PlannedRequest(
        location_id=scope.context.location.id,
        method=texts.method,
        url=render(texts.url, scope.variables, mode=Mode.URL, settings=settings, field="url"),
        headers={**own, **check_headers(shown), **mark},
        body=body,
        secret_headers={name: pieces for name, pieces in cut.items() if len(pieces) > 1},
        message_id=identifier,
        success_statuses=texts.success_statuses,
        confidential=secrets.confidential(shown),
        total_timeout_seconds=BY_HAND_TIMEOUT_SECONDS if scope.is_test else TOTAL_TIMEOUT_SECONDS,
    )


def masked_url(url: str) -> str:
    """Return a URL without the values of parameters that are named like secrets."""
    return _PARAMETER.sub(
        lambda found: found[1] + secrets.MASK if secrets.is_name_of_one(found[1]) else found[0],
        url,
    )


def _headers(
    texts: RequestTexts, scope: Scope, settings: RenderSettings
) -> Mapping[str, tuple[str, ...]]:
    """Return the rendered headers, cut up at the secrets, which are not read yet."""
    placeholders = secrets.Placeholders(token_hex(16))
    variables = {**scope.variables, **placeholders.variables(texts.headers.values())}
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
        for name, value in texts.headers.items()
    }


def _as_octets(value: str) -> str:
    """Return a header value whose letters stand for its UTF-8 bytes, as receivers read them."""
    return value if value.isascii() else value.encode().decode("latin-1")


def _body(texts: RequestTexts, scope: Scope, settings: RenderSettings) -> bytes | None:
    if not texts.has_body:
        return None if texts.method in WITHOUT_BODY else _envelope(scope, settings)
    source = texts.body or ""
    if texts.body_type == "json":
        return render_json_body(source, scope.variables, settings, field="body").encode()
    mode = Mode(texts.body_type)
    return render(source, scope.variables, mode=mode, settings=settings, field="body").encode()


def _envelope(scope: Scope, settings: RenderSettings) -> bytes:
    """Return the body that Standard Webhooks recommends, with the workflow added."""
    envelope = {
        "type": scope.execution.event_type,
        "timestamp": scope.event.occurred_at.isoformat(),
        "data": scope.execution.event_data,
        "workflow": {
            "id": scope.execution.workflow_id,
            "name": scope.execution.workflow_name,
        },
        "execution_id": scope.execution.id,
        **({"test": True} if scope.is_test else {}),
    }
    return render_json_body("{{ envelope }}", {"envelope": envelope}, settings).encode()
