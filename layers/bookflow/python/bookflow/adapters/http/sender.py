"""Sends one request to a receiver outside and brings back its answer: the port `HttpSender`.

Each request has a connection of its own that no other shares. There is no client around it, so
there are no redirects followed, no cookies kept, no proxies or credentials taken from the
environment, and no log line that shows a URL.
"""

from __future__ import annotations

import ssl
from functools import cached_property

import httpcore

from bookflow.adapters.http.body import COMPRESSIONS, read_compressed, read_plain
from bookflow.adapters.http.deadline import Deadline
from bookflow.adapters.http.resolver import system_resolver
from bookflow.adapters.http.transport import PinnedBackend
from bookflow.domain.shared.errors import InvalidInputError, TransientError
from bookflow.domain.webhooks.http_messages import (
    DeliveryUncertain,
    HttpRequest,
    HttpResponse,
    check_headers,
    check_method,
)
from bookflow.domain.webhooks.url_policy import CheckedUrl, Resolver, UrlPolicy, check_url

_CONNECTION_LOST = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError)


class GuardedHttpSender:
    """Sends requests to public addresses only, each within its own limit of time.

    Args:
        policy: Where requests may go.
        resolver: Gives the addresses of a name; asked once a request.
        ssl_context: How to trust receivers; by default the public authorities that certifi lists.
    """

    def __init__(
        self,
        policy: UrlPolicy,
        *,
        resolver: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._given_ssl_context = ssl_context

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the answer, whatever its status.

        Raises:
            InvalidInputError: The method or a header may not be sent; `field` names it.
            BlockedUrlError: The URL, or an address that its host leads to, is outside the policy.
            TransientError: Nothing of the request was sent.
            DeliveryUncertain: Something of it was sent, and the whole answer never came.
        """
        url = check_url(request.url, self._policy)
        message = _message(request, url)
        deadline = Deadline(request.total_timeout_seconds)
        backend = PinnedBackend(url, self._policy, self._resolver, deadline)
        connection = httpcore.HTTPConnection(
            message.url.origin,
            ssl_context=self._ssl_context if url.scheme == "https" else None,
            network_backend=backend,
        )
        status: int | None = None
        try:
            answer = connection.handle_request(message)
            status = answer.status
            return _read(answer, request.max_response_bytes, deadline)
        except _CONNECTION_LOST as error:
            if backend.request_begun:
                raise _uncertain(error, url, deadline, status) from error
            raise _undelivered(error, url, deadline) from error
        except httpcore.LocalProtocolError as error:
            raise InvalidInputError(
                "The request cannot be written as HTTP.",
                field="headers",
                remedy="Check the names and values of its headers.",
            ) from error
        finally:
            connection.close()

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        if self._given_ssl_context is not None:
            return self._given_ssl_context
        import certifi  # only a sender that speaks TLS needs the list

        return ssl.create_default_context(cafile=certifi.where())


def _message(request: HttpRequest, url: CheckedUrl) -> httpcore.Request:
    headers = {
        "host": url.authority,
        "connection": "close",
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": "Bookflow",
        **check_headers(request.headers),
    }
    method = check_method(request.method)
    if request.body is not None or method not in ("GET", "DELETE"):
        headers["content-length"] = str(len(request.body or b""))
    return httpcore.Request(
        method,
        # From the parts that were judged: no second reader sees the text of the URL.
        httpcore.URL(
            scheme=url.scheme.encode("ascii"),
            host=url.host.encode("ascii"),
            port=url.port,
            target=url.target.encode("ascii"),
        ),
        headers=[
            (name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()
        ],
        content=request.body or b"",
    )


def _read(answer: httpcore.Response, limit: int, deadline: Deadline) -> HttpResponse:
    headers: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    read = read_plain
    if headers.get("content-encoding", "").strip().lower() in COMPRESSIONS:
        read = read_compressed
        # They describe what came, and the body is no longer that.
        headers.pop("content-encoding")
        headers.pop("content-length", None)
    body, truncated = read(answer.iter_stream(), limit)
    return HttpResponse(answer.status, headers, body, truncated, round(deadline.elapsed() * 1000))


def _undelivered(error: Exception, url: CheckedUrl, deadline: Deadline) -> TransientError:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TransientError(
            f"The certificate of {url.host} is not trusted: {cause.verify_message}.",
            remedy="The receiver must serve a valid certificate for this name, with its chain.",
        )
    if isinstance(cause, ssl.SSLError):
        problem = f"No secure connection to {url.host} was possible ({cause.reason})."
    elif isinstance(error, httpcore.TimeoutException):
        problem = f"No connection to {url.host} was possible within {deadline.seconds:g} s."
    elif isinstance(cause, ConnectionRefusedError):
        problem = f"{url.host} does not accept connections on port {url.port}."
    else:
        problem = f"{url.host} cannot be reached on port {url.port}."
    return TransientError(
        f"{problem} Nothing was sent.", remedy="Check that the receiver is up at this URL."
    )


def _uncertain(
    error: Exception, url: CheckedUrl, deadline: Deadline, status: int | None
) -> DeliveryUncertain:
    if isinstance(error, httpcore.TimeoutException):
        problem = f"{url.host} did not answer in full within {deadline.seconds:g} s"
    elif isinstance(error, httpcore.RemoteProtocolError):
        problem = f"The answer of {url.host} is cut off or is not HTTP"
    else:
        problem = f"The connection to {url.host} broke off"
    known = f" after the status {status}" if status is not None else ""
    return DeliveryUncertain(
        f"{problem}{known}. The request may have arrived.",
        status=status,
        remedy="Check at the receiver whether it acted on the request.",
    )
