"""Gap: an HTTP API's host name, `<id>.execute-api.localhost`, does not resolve on every machine.

In AWS an API answers at the root of an address of its own. Here it answers at the root of
`http://127.0.0.1:<BOOKFLOW_LOCAL_API_PORT>`, and `ApiEndpoint` says so. One API has the port.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import os

import hypercorn.asyncio
from ministack.services import apigateway
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Serves the API's port beside the emulator's own, and reports it as the API's endpoint."""
    port = int(os.environ["BOOKFLOW_LOCAL_API_PORT"])
    serve = hypercorn.asyncio.serve
    api = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create = api["create"]

    def create_with_endpoint(logical_id, props, stack_name):
        api_id, attributes = create(logical_id, props, stack_name)
        if api_id == _api_id():
            endpoint = f"http://127.0.0.1:{port}"
            apigateway._apis[api_id]["apiEndpoint"] = endpoint
            attributes["ApiEndpoint"] = endpoint
        return api_id, attributes

    async def serve_both(app, config, **options):
        config.bind = [*config.bind, f"127.0.0.1:{port}"]
        return await serve(_by_port(app, port), config, **options)

    api["create"] = create_with_endpoint
    hypercorn.asyncio.serve = serve_both


def _by_port(app, port):
    async def answer(scope, receive, send):
        if scope["type"] == "http" and scope["server"][1] == port:
            host = f"{_api_id()}.execute-api.localhost".encode()
            headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope = {
                **scope,
                "headers": [(b"host", host), *headers],
                # The stage named: the emulator looks for one in the path's first part, and a path
                # of one part loses its closing slash on the way.
                "path": f"/$default{scope['path']}",
                "raw_path": b"/$default" + scope["raw_path"],
            }
        await app(scope, receive, send)

    return answer


def _api_id():
    http_apis = [
        api_id
        for (_, _, api_id), api in apigateway._apis.all_items()
        if api["protocolType"] == "HTTP"
    ]
    return http_apis[0] if http_apis else "00000000"
