"""Gap: a worker that does not start ends all workers of its function, also those at work.

In AWS an execution environment that fails ends only its own call: the others go on, and the next
call gets a new one ("Understanding the Lambda execution environment lifecycle"). Here the error
would pass the call and reach the service, which kills the function's other workers and removes
the folders of those that start at the moment, so that their calls fail for reasons AWS does not know.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

from ministack.core import lambda_runtime


def apply() -> None:
    """Has a worker that did not start answer with its error, and start anew at its next call."""
    invoke = lambda_runtime.Worker.invoke

    def invoke_alone(self, event, request_id, **options):
        try:
            return invoke(self, event, request_id, **options)
        except Exception as error:
            self.kill()
            return {"status": "error", "error": str(error), "log": self._drain_stderr()}

    lambda_runtime.Worker.invoke = invoke_alone
