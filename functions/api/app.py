"""The HTTP API's Lambda function."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

app = APIGatewayHttpResolver()


@app.get("/v1/health")
def health() -> dict[str, str]:
    """Say that the API answers; needs no token and tells nothing else."""
    return {"status": "ok"}


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer one HTTP request."""
    return app.resolve(event, context)
