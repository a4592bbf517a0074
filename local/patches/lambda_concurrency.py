"""Gap: each concurrent call starts a worker of its own, so a burst starves a small machine.

At most BOOKFLOW_LOCAL_CONCURRENCY functions run at once; further calls wait for a place, which
AWS would give them at once. A call that waits too long is throttled, as AWS does at its limit, so
that functions which call each other through HTTP cannot block each other for ever.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import os
import threading

from ministack.services import lambda_svc

_WAIT_LIMIT_SECONDS = 60.0


def apply() -> None:
    """Lets calls of functions pass through a semaphore."""
    places = threading.BoundedSemaphore(int(os.environ["BOOKFLOW_LOCAL_CONCURRENCY"]))
    execute = lambda_svc._execute_function_warm

    def execute_in_turn(func, event, request_id):
        if not places.acquire(timeout=_WAIT_LIMIT_SECONDS):
            return lambda_svc._throttle_response(
                reason_code="ConcurrentInvocationLimitExceeded",
                msg=f"Rate Exceeded: no free place for {_WAIT_LIMIT_SECONDS:.0f} s",
            )
        try:
            return execute(func, event, request_id)
        finally:
            places.release()

    lambda_svc._execute_function_warm = execute_in_turn
