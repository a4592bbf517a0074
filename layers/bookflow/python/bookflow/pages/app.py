"""The pages' application: an HTTP request in, a page out; errors are shown without details."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from bookflow.domain.messages.wording import Wording, wording_for
from bookflow.domain.shared.errors import TransientError
from bookflow.error_report import error_report
from bookflow.pages.calendar_page import CalendarFile, PublicCalendarPage
from bookflow.pages.html import HtmlPage
from bookflow.pages.messages import message_page, trouble_page
from bookflow.pages.survey_page import Form, PublicSurveyPage
from bookflow.pages.unsubscribe_page import PublicUnsubscribePage

if TYPE_CHECKING:
    from bookflow.ports import Ports

logger = Logger()

MAX_BODY_BYTES = 512 * 1024
"""Twice what all answers may weigh when each character is percent-encoded."""

MAX_FIELDS = 1000
"""Thirty questions of twenty options each, and some."""


class FormTooLargeError(Exception):
    """A request holds more than any form of ours sends."""


class PublicPages:
    """A Lambda handler of API Gateway's HTTP API, payload format 2.0.

    Args:
        ports: Makes the outside world; asked at the first request.
    """

    def __init__(self, ports: Callable[[], Ports]) -> None:
        self._make_ports = ports

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP request."""
        return self._resolver.resolve(event, context)

    @cached_property
    def _resolver(self) -> APIGatewayHttpResolver:
        resolver = APIGatewayHttpResolver(debug=False)

        def serve(path: str, page: Callable[[], PublicSurveyPage | PublicUnsubscribePage]) -> None:
            def show(location_id: str, token: str) -> Response[str]:
                return _answer(page().show(location_id, token, _accept_language(resolver)))

            def submit(location_id: str, token: str) -> Response[str]:
                form = read_form(resolver.current_event.raw_event)
                language = _accept_language(resolver)
                return _answer(page().submit(location_id, token, form, language))

            resolver.get(path)(show)
            resolver.post(path)(submit)

        serve("/s/<location_id>/<token>", lambda: PublicSurveyPage(self._make_ports()))
        serve("/u/<location_id>/<token>", lambda: PublicUnsubscribePage(self._make_ports()))

        @resolver.get("/c/<location_id>/<token>")
        def calendar(location_id: str, token: str) -> Response[str]:
            page = PublicCalendarPage(self._make_ports())
            return _answer(page.show(location_id, token, _accept_language(resolver)))

        @resolver.not_found
        def unknown(_: Exception) -> Response[str]:
            return _answer(message_page("unknown", HTTPStatus.NOT_FOUND, _wording(resolver)))

        def too_big(_: Exception) -> Response[str]:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return _answer(message_page("toobig", status, _wording(resolver)))

        def trouble(error: Exception) -> Response[str]:
            self._report(error)
            return _answer(trouble_page(_wording(resolver)))

        resolver.exception_handler(FormTooLargeError)(too_big)
        resolver.exception_handler(Exception)(trouble)
        return resolver

    def _report(self, error: Exception) -> None:
        """Log and count an error: the browser gets an answer, so Lambda itself sees no error."""
        if isinstance(error, TransientError):
            logger.warning("page not answered", extra={"reason": str(error)})
        else:
            logger.error("unexpected error", extra=error_report(error))
        self._make_ports().counter.count("PagesFailed")


def read_form(event: dict[str, Any]) -> Form:
    """Return the fields of a request's form (`application/x-www-form-urlencoded`).

    Another kind of body has no fields for us: mail programs may send RFC 8058's field as
    `multipart/form-data`, and mean the same by it.

    Raises:
        FormTooLargeError: It is larger, or has more fields, than any form of ours.
    """
    body = event.get("body") or ""
    if len(body) > MAX_BODY_BYTES * 4 // 3 + 4:
        raise FormTooLargeError
    raw = _from_base64(body) if event.get("isBase64Encoded") else body.encode(errors="replace")
    if len(raw) > MAX_BODY_BYTES:
        raise FormTooLargeError
    kind = str(event.get("headers", {}).get("content-type", "")).split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        return parse_qs(raw.decode(errors="replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise FormTooLargeError from None


def _from_base64(body: str) -> bytes:
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return b""


def _accept_language(resolver: APIGatewayHttpResolver) -> str:
    return str(resolver.current_event.headers.get("accept-language") or "")


def _wording(resolver: APIGatewayHttpResolver) -> Wording:
    return wording_for([_accept_language(resolver)])


def _answer(page: HtmlPage | CalendarFile) -> Response[str]:
    return Response(
        status_code=int(page.status),
        content_type=None,
        body=page.body,
        headers=dict(page.headers),
    )
