"""Gap: no `cookies` in an HTTP API's event, no `CorsConfiguration`, no empty rest of a path.

In payload format 2.0 AWS moves the Cookie header into the `cookies` list. CloudFormation writes the
members of CorsConfiguration with a capital, which the emulator's API does not look for. In AWS the
route `/files/{proxy+}` takes `/files/` as well; no route key may end in a slash.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

from ministack.services import apigateway, lambda_svc


def apply() -> None:
    """Splits cookies out, reads the CORS settings in either spelling, and takes the empty rest."""
    execute = lambda_svc._execute_function
    preflight = apigateway._cors_preflight_response
    response_headers = apigateway._cors_response_headers
    path_params = apigateway._extract_path_params

    def execute_with_cookies(func, event):
        is_http_api = isinstance(event, dict) and event.get("version") == "2.0"
        if is_http_api and "cookie" in event.get("headers", {}):
            cookie = event["headers"].pop("cookie")
            event["cookies"] = [part.strip() for part in cookie.split(";") if part.strip()]
        return execute(func, event)

    def path_params_with_empty_rest(route_path, request_path):
        head, _, tail = route_path.partition("{")
        if request_path == head and head.endswith("/") and tail.endswith("+}"):
            return {tail.removesuffix("+}"): ""}
        return path_params(route_path, request_path)

    lambda_svc._execute_function = execute_with_cookies
    apigateway._extract_path_params = path_params_with_empty_rest
    apigateway._cors_preflight_response = lambda settings, origin: preflight(
        _spelled_as_api(settings), origin
    )
    apigateway._cors_response_headers = lambda settings, origin: response_headers(
        _spelled_as_api(settings), origin
    )


def _spelled_as_api(settings):
    return {key[:1].lower() + key[1:]: value for key, value in (settings or {}).items()}
