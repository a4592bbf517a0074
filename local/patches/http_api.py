"""Gap: no `cookies` in an HTTP API's event, and no `CorsConfiguration`.

In payload format 2.0 AWS moves the Cookie header into the `cookies` list. CloudFormation writes the
members of CorsConfiguration with a capital, which the emulator's API does not look for.

Left as it is: the route `/files/{proxy+}` does not take `/files/`. No document says that AWS does.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

from ministack.services import apigateway, lambda_svc


def apply() -> None:
    """Splits cookies out, and reads the CORS settings in either spelling."""
    execute = lambda_svc._execute_function
    preflight = apigateway._cors_preflight_response
    response_headers = apigateway._cors_response_headers

    def execute_with_cookies(func, event):
        is_http_api = isinstance(event, dict) and event.get("version") == "2.0"
        if is_http_api and "cookie" in event.get("headers", {}):
            cookie = event["headers"].pop("cookie")
            event["cookies"] = [part.strip() for part in cookie.split(";") if part.strip()]
        return execute(func, event)

    lambda_svc._execute_function = execute_with_cookies
    apigateway._cors_preflight_response = lambda settings, origin: preflight(
        _spelled_as_api(settings), origin
    )
    apigateway._cors_response_headers = lambda settings, origin: response_headers(
        _spelled_as_api(settings), origin
    )


def _spelled_as_api(settings):
    return {key[:1].lower() + key[1:]: value for key, value in (settings or {}).items()}
