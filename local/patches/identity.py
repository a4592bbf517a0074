"""Gap: AWS has addresses of its own, but any program may have a port of this machine.

Each port says here which start of which folder this emulator is of, so that no other is taken for it.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import os

import hypercorn.asyncio

PATH = "/_bookflow/identity"


def apply() -> None:
    """Answers the path before anything else sees it."""
    identity = os.environ["BOOKFLOW_LOCAL_IDENTITY"].encode()
    serve = hypercorn.asyncio.serve

    async def serve_with_identity(app, config, **options):
        return await serve(_answering(app, identity), config, **options)

    hypercorn.asyncio.serve = serve_with_identity


def _answering(app, identity):
    async def answer(scope, receive, send):
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": identity})

    return answer
