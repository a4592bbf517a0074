"""Gap: AWS counts and bills each call; the emulator counts none.

`GET /_bookflow/calls` answers how many calls of each operation came since its start, as JSON.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
from collections import Counter

import hypercorn.asyncio

PATH = "/_bookflow/calls"


def apply() -> None:
    """Counts what comes by the name that the service's protocol gives it."""
    serve = hypercorn.asyncio.serve
    counts = Counter()

    async def serve_counting(app, config, **options):
        return await serve(_counting(app, counts), config, **options)

    hypercorn.asyncio.serve = serve_counting


def _counting(app, counts):
    async def answer(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == PATH:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(counts).encode()})
            return
        if scope["type"] == "http":
            counts[_operation(scope)] += 1
        await app(scope, receive, send)

    return answer


def _operation(scope):
    """Such as `DynamoDB.PutItem`; of a service without such a header, the method and the path."""
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
    service, _, operation = target.rpartition(".")
    if operation:
        return f"{service.partition('_')[0].removeprefix('Amazon')}.{operation}"
    return f"{scope['method']} {'/'.join(scope['path'].split('/')[:4])}"
