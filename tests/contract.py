"""What schemathesis asks of every operation, in process and on the deployed stack."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bookflow.api.routing import Endpoint

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def deterministic() -> SchemathesisConfig:
    """Return a configuration by which each run tries the same."""
    config = SchemathesisConfig()
    config.projects.default.generation.deterministic = True
    return config


def keep_contract(
    schema: Any,
    endpoint: Endpoint,
    mode: GenerationMode,
    *,
    location_id: str,
    token: str,
    examples: int,
) -> None:
    """Try an operation with made-up requests; fail at a 5xx or an answer outside the contract."""
    operation = schema[endpoint.openapi_path][endpoint.method]

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def keeps_it(case: Case[Any]) -> None:
        if "location_id" in case.path_parameters:
            case.path_parameters["location_id"] = location_id
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    try:
        keeps_it()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "no request can be made from the contract"
