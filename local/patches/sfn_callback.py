"""Gap: a `.waitForTaskToken` task whose function fails waits for ever, and has no heartbeat.

AWS fails the task with the function's error at once, and with `States.HeartbeatTimeout` when no
SendTaskHeartbeat arrives within `HeartbeatSeconds`.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
import threading
import time

from ministack.services import stepfunctions

_NO_TIMEOUT_SECONDS = 99_999_999
_POLL_SECONDS = 0.2


def apply() -> None:
    """Replaces the wait of tasks that invoke a function; other integrations keep theirs."""
    invoke = stepfunctions._invoke_with_callback

    def invoke_with_callback(resource, input_data, token, state_def):
        if "states:::lambda:invoke" not in resource:
            return invoke(resource, input_data, token, state_def)
        return _invoke_function(input_data, token, state_def)

    stepfunctions._invoke_with_callback = invoke_with_callback


def _invoke_function(input_data, token, state_def):
    sfn = stepfunctions
    entry = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    sfn._task_tokens[token] = entry
    began = time.monotonic()
    try:
        function = sfn._resolve_lambda_function_ref(
            input_data.get("FunctionName", ""), optimized=True
        )
        sfn._call_lambda(function, input_data.get("Payload", {}))
        _wait(entry, began, state_def)
    finally:
        sfn._task_tokens.pop(token, None)
    if entry["error"]:
        raise sfn._ExecutionError(entry["error"]["Error"], entry["error"]["Cause"])
    return json.loads(entry["result"])


def _wait(entry, began, state_def):
    timeout = state_def.get("TimeoutSeconds", _NO_TIMEOUT_SECONDS)
    heartbeat = state_def.get("HeartbeatSeconds", _NO_TIMEOUT_SECONDS)
    last_beat, seen = began, None
    while not entry["event"].wait(_POLL_SECONDS):
        now = time.monotonic()
        if entry["heartbeat"] != seen:
            last_beat, seen = now, entry["heartbeat"]
        if now - began >= timeout:
            raise stepfunctions._ExecutionError("States.Timeout", "")
        if now - last_beat >= heartbeat:
            raise stepfunctions._ExecutionError("States.HeartbeatTimeout", "")
