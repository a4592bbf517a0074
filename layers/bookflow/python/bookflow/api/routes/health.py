"""Health, the contract and its reference page: public routes."""

from __future__ import annotations

from functools import cache
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from bookflow.api.auth.access import PUBLIC
from bookflow.api.calls import JSON, View
from bookflow.api.contract import stored_contract
from bookflow.api.reference import CONTENT_SECURITY_POLICY, reference_page
from bookflow.api.routing import Resource

resource = Resource("health", prefix="/v1")


class Health(View):
    """The API answers."""

    status: Literal["ok"] = "ok"


@resource.get("/health", PUBLIC)
def health() -> Health:
    """Say that the API answers, and nothing else."""
    return Health()


@resource.get("/openapi.json", PUBLIC, content_type=JSON)
def openapi() -> Response[str]:
    """Return this contract as an OpenAPI 3.1 document."""
    return Response(status_code=200, content_type=JSON, body=stored_contract())


@resource.get("/docs", PUBLIC, content_type="text/html")
def reference() -> Response[str]:
    """Return the contract as a page to read."""
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        body=_page(),
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )


@cache
def _page() -> str:
    return reference_page(stored_contract())
