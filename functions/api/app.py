"""The HTTP API's Lambda function."""

from __future__ import annotations

from bookflow.api.app import Api, ApiSettings
from bookflow.bootstrap import services


def _settings() -> ApiSettings:
    ports = services()
    settings = ports.settings
    return ApiSettings(
        issuer=settings.require("issuer"),
        audiences=settings.audiences,
        allowed_origin=settings.allowed_origin,
        cursor_key=settings.require("cursor_key"),
        machine_target=ports.machine_target,
    )


handler = Api(services, _settings)
