"""The contract: OpenAPI 3.1 made from the routes and their models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bookflow.api.problems import CONTENT_TYPE, ProblemDetails
from bookflow.api.routing import Endpoint, endpoints

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

TITLE = "Bookflow"
VERSION = "1.0.0"
DESCRIPTION = (
    "Workflow automation for bookings. Every address belongs to one location; lists go by opaque "
    "cursors; a saved thing has an ETag, and a change names it in If-Match; errors are problem "
    "details by RFC 9457."
)

SCHEME = "bearer"

_ALWAYS = (400, 413, 422, 500, 503)
_WITH_TOKEN = (401, 403, 404)
_REF = "#/components/schemas/"


def contract(resolver: APIGatewayHttpResolver) -> dict[str, Any]:
    """Return the OpenAPI document of the routes."""
    schema = resolver.get_openapi_schema(
        title=TITLE, version=VERSION, description=DESCRIPTION, openapi_version="3.1.0"
    )
    document: dict[str, Any] = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    document["servers"] = [{"url": "/"}]
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    schemas.update(_problem_schemas())
    for endpoint in endpoints():
        operation = document["paths"][endpoint.openapi_path][endpoint.method.lower()]
        _complete(operation, endpoint)
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def contract_text(resolver: APIGatewayHttpResolver) -> str:
    """Return the document as JSON text that changes only when the contract does."""
    return json.dumps(contract(resolver), indent=1, ensure_ascii=False) + "\n"


def _complete(operation: dict[str, Any], endpoint: Endpoint) -> None:
    if not endpoint.access.is_public:
        operation["security"] = [{SCHEME: []}]
    success = operation["responses"].get(str(endpoint.status), {"description": ""})
    success["description"] = HTTPStatus(endpoint.status).phrase
    if endpoint.status == HTTPStatus.NO_CONTENT:
        success.pop("content", None)
    if endpoint.headers:
        success["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in endpoint.headers.items()
        }
    statuses = [*endpoint.problems, *_ALWAYS, *(() if endpoint.access.is_public else _WITH_TOKEN)]
    operation["responses"] = {str(endpoint.status): success} | {
        str(status): _problem(status) for status in sorted(set(statuses))
    }
    operation["x-bookflow-access"] = {
        "role": endpoint.access.role,
        "scope": endpoint.access.scope,
        "public": endpoint.access.is_public,
    }


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {CONTENT_TYPE: {"schema": {"$ref": f"{_REF}ProblemDetails"}}},
    }


def _problem_schemas() -> Mapping[str, Any]:
    schema = ProblemDetails.model_json_schema(mode="serialization", ref_template=_REF + "{model}")
    return {**schema.pop("$defs", {}), "ProblemDetails": schema}
