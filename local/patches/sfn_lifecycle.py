"""Gap: a second StartExecution fails even when equal, nothing times out, and a stop may be undone.

AWS answers a StartExecution with the name and input of a running execution with that execution,
ends an execution after the machine's `TimeoutSeconds` as TIMED_OUT, and never changes the status
of an execution that has ended.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import contextvars
import json
import re
import threading

from ministack.services import stepfunctions

_INPUT_LIMIT_BYTES = 262_144
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


def apply() -> None:
    """Makes StartExecution idempotent, adds the timeout, and keeps final statuses final."""
    start = stepfunctions._start_execution
    run = stepfunctions._run_execution
    fail = stepfunctions._fail_execution

    def start_once(data):
        error = _error_of(data)
        if error is not None:
            return error
        existing = _running_twin(data)
        if existing is not None:
            return stepfunctions.json_response(
                {"executionArn": existing["executionArn"], "startDate": existing["startDate"]}
            )
        return start(data)

    def run_within_timeout(exec_arn):
        execution = stepfunctions._executions.get(exec_arn)
        seconds = _timeout_seconds(execution)
        if seconds is None:
            return run(exec_arn)
        timer = threading.Timer(seconds, _copy_context(_time_out), args=(execution,))
        timer.daemon = True
        timer.start()
        try:
            return run(exec_arn)
        finally:
            timer.cancel()

    def fail_if_running(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    stepfunctions._start_execution = start_once
    stepfunctions._run_execution = run_within_timeout
    stepfunctions._fail_execution = fail_if_running


def _error_of(data):
    name = data.get("name")
    if name is not None and not _NAME.fullmatch(name):
        return stepfunctions.error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    text = data.get("input", "{}")
    if len(text.encode()) > _INPUT_LIMIT_BYTES:
        return stepfunctions.error_response_json(
            "ValidationException",
            f"Value at 'input' failed to satisfy constraint: at most {_INPUT_LIMIT_BYTES} bytes",
            400,
        )
    try:
        json.loads(text)
    except ValueError:
        return stepfunctions.error_response_json(
            "InvalidExecutionInput", "Invalid State Machine Execution Input: not JSON", 400
        )
    return None


def _running_twin(data):
    machine = stepfunctions._state_machines.get(data.get("stateMachineArn", ""))
    name = data.get("name")
    if machine is None or name is None:
        return None
    arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{name}"
    existing = stepfunctions._executions.get(arn)
    is_twin = (
        existing is not None
        and existing["status"] == "RUNNING"
        and existing["input"] == data.get("input", "{}")
    )
    return existing if is_twin else None


def _timeout_seconds(execution):
    machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn"))
    if machine is None:
        return None
    try:
        return json.loads(machine["definition"]).get("TimeoutSeconds")
    except ValueError:
        return None


def _time_out(execution):
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = stepfunctions.now_iso()
    execution["error"] = "States.Timeout"
    stepfunctions._add_event(
        execution,
        "ExecutionTimedOut",
        {"executionTimedOutEventDetails": {"error": "States.Timeout"}},
    )
    stepfunctions._emit_execution_status_event(execution)


def _copy_context(function):
    context = contextvars.copy_context()
    return lambda *args: context.run(function, *args)
