"""The OpenAPI 3.1 document, generated from the routes and their models."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookflow.api.problems import CONTENT_TYPE, TITLES, ProblemDetails
from bookflow.api.routing import Endpoint, endpoints

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

TITLE = "Bookflow"
VERSION = "1.0.0"
DESCRIPTION = (
    "Workflow automation for bookings. A path belongs to one location. Lists use opaque cursors. A "
    "saved record has an ETag, and a change sends it in If-Match. Errors are problem details "
    "(RFC 9457)."
)

SCHEME = "bearer"

STORED = Path(__file__).with_name("openapi.json")

_SUCCESS = {
    200: "Success",
    201: "Created",
    202: "Accepted; it continues in the background",
    204: "Success",
}
_ALWAYS = (500, 503)
_WITH_INPUT = (422,)
_WITH_BODY = (400, 413, 415)
_WITH_TOKEN = (401, 403, 404)
_REF = "#/components/schemas/"


@cache
def stored_contract() -> str:
    """Return the document that `scripts/write_openapi.py` made; a test holds that it is current."""
    return STORED.read_text(encoding="utf-8")


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
    for schema in schemas.values():
        _describe_fields(schema)
    _require_fields_of_answers(document)
    return document


def contract_text(resolver: APIGatewayHttpResolver) -> str:
    """Return the document as JSON text that changes only when the contract does."""
    return json.dumps(contract(resolver), indent=1, ensure_ascii=False) + "\n"


def _describe_fields(schema: dict[str, Any]) -> None:
    """Give fields what the docstring of their class says of them under `Attributes:`."""
    text, _, attributes = schema.get("description", "").partition("\n\nAttributes:\n")
    for name, said in re.findall(r"^(\w+): (.*(?:\n +.*)*)", inspect.cleandoc(attributes), re.M):
        if name in schema["properties"]:
            said = " ".join(said.split()).removesuffix(".")
            schema["properties"][name].setdefault("description", said)
    if attributes:
        schema["description"] = text


def _require_fields_of_answers(document: dict[str, Any]) -> None:
    """Say that an answer has all of its fields; only in what callers send can some be left out."""
    operations = [each for path in document["paths"].values() for each in path.values()]
    sent = set(_used([each.get("requestBody") for each in operations], document))
    for name in set(_used([each["responses"] for each in operations], document)) - sent:
        schema = document["components"]["schemas"][name]
        if "properties" in schema and name not in _problem_schemas():
            schema["required"] = list(schema["properties"])


def _used(part: Any, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the schemas that a part of the document names, and that those name."""
    left: list[Any] = [part]
    seen: set[str] = set()
    while left:
        for name in set(re.findall(f'"{_REF}(\\w+)"', json.dumps(left.pop()))) - seen:
            seen.add(name)
            left.append(document["components"]["schemas"][name])
            yield name


def _complete(operation: dict[str, Any], endpoint: Endpoint) -> None:
    if not endpoint.access.is_public:
        operation["security"] = [{SCHEME: []}]
    for parameter in operation.get("parameters", []):
        _tidy(parameter)
    success = operation["responses"].get(str(endpoint.status), {})
    success["description"] = _SUCCESS[endpoint.status]
    if endpoint.status == 204:
        success.pop("content", None)
    if endpoint.content_type:
        success["content"] = {endpoint.content_type: {"schema": {}}}
    if endpoint.headers:
        success["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in endpoint.headers.items()
        }
    operation["responses"] = {str(endpoint.status): success} | {
        str(status): _problem(status) for status in _problems(operation, endpoint)
    }
    operation["x-bookflow-access"] = {
        "role": endpoint.access.role,
        "scope": endpoint.access.scope,
        "public": endpoint.access.is_public,
    }


def _problems(operation: Mapping[str, Any], endpoint: Endpoint) -> list[int]:
    """Return the problems that an operation can answer, by their status."""
    takes_body = "requestBody" in operation
    takes_input = takes_body or bool(operation.get("parameters"))
    return sorted(
        {
            *endpoint.problems,
            *((429,) if endpoint.limit else ()),
            *_ALWAYS,
            *(_WITH_INPUT if takes_input else ()),
            *(_WITH_BODY if takes_body else ()),
            *(() if endpoint.access.is_public else _WITH_TOKEN),
        }
        | ({400} if any(each["name"] == "if-match" for each in _parameters(operation)) else set())
    )


def _parameters(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operation.get("parameters", [])
    return found


def _tidy(parameter: dict[str, Any]) -> None:
    """Say that a parameter can be left out, which is not the same as null in its place.

    If-Match is required; the code takes it as optional, so that a missing one is answered with 428.
    """
    schema = parameter["schema"]
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if len(choices) == 1:
        del schema["anyOf"]
        parameter["schema"] = {**schema, **choices[0]}
    parameter["schema"].pop("description", None)
    if parameter["name"] == "if-match":
        parameter["required"] = True
        parameter["schema"]["pattern"] = '^"[0-9]{1,18}"$'


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": TITLES[status],
        "content": {CONTENT_TYPE: {"schema": {"$ref": f"{_REF}ProblemDetails"}}},
    }


def _problem_schemas() -> Mapping[str, Any]:
    schema = ProblemDetails.model_json_schema(mode="serialization", ref_template=_REF + "{model}")
    return {**schema.pop("$defs", {}), "ProblemDetails": schema}
