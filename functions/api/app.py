"""The HTTP API's Lambda function."""

from __future__ import annotations

from bookflow.api.app import Api, ApiSettings
from bookflow.api.routing import endpoints
from bookflow.bootstrap import services
from bookflow.edge.http_paths import leading_to_the_dashboard, under_base_path


def _settings() -> ApiSettings:
    ports = services()
    settings = ports.settings
    return ApiSettings(
        issuer=settings.require("issuer"),
        audiences=settings.audiences,
        allowed_origin=settings.allowed_origin,
        cursor_key=settings.require("cursor_key"),
        machine_target=ports.machine_target,
        log_retention_days=settings.log_retention_days,
    )


# The routes are imported while the function starts, not while its first caller waits.
endpoints()
handler = under_base_path(
    leading_to_the_dashboard(Api(services, _settings)), lambda: services().public_base_url
)
