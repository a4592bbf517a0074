"""The edge to API Gateway's HTTP API: which path a request asks for, as our own routes name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]


def under_base_path(handler: Handler, base_url: Callable[[], str]) -> Handler:
    """Return a handler whose requests have paths without the path of the API's own address.

    Behind a custom domain with an API mapping such as `book`, API Gateway matches the routes without
    it and leaves it in `rawPath`: `/book/s/…` for the route `GET /s/{proxy+}` (API Gateway guide,
    "Use API mappings to connect API stages to a custom domain name for HTTP APIs"). The API answers
    at its own address too, so a path without it stays as it is.

    Args:
        handler: Answers events of payload format 2.0.
        base_url: Makes the address that people know the API by; asked at each request.
    """

    def handle(event: Event, context: Any) -> dict[str, Any]:
        return handler(_without(urlsplit(base_url()).path.rstrip("/"), event), context)

    return handle


def leading_to_the_dashboard(handler: Handler) -> Handler:
    """Return a handler that sends a browser from `/dashboard/`, and from `/`, to the dashboard's page.

    API Gateway takes no route key that ends in a slash, and no document says whether
    `/dashboard/{proxy+}` matches an empty rest. Where it does not, the request comes to `$default`.
    """

    def handle(event: Event, context: Any) -> dict[str, Any]:
        page = _PAGES.get(event["rawPath"])
        if page is None or event["requestContext"]["http"]["method"] != "GET":
            return handler(event, context)
        query = event.get("rawQueryString") or ""
        # Relative, so that it holds under any mapping; with what a sign-in brings back.
        target = f"{page}?{query}" if query else page
        return {"statusCode": 307, "headers": {"Location": target, "Cache-Control": "no-store"}}

    return handle


_PAGES = {"/": "dashboard/index.html", "/dashboard/": "index.html"}


def _without(base: str, event: Event) -> Event:
    path = event["rawPath"]
    if not base or not path.startswith(f"{base}/"):
        return event
    rest = path.removeprefix(base)
    request = event["requestContext"]
    http = {**request["http"], "path": rest}
    return {**event, "rawPath": rest, "requestContext": {**request, "http": http}}
