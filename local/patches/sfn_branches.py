"""Gap: branches of a Parallel or Map state share one context object and leave no history.

Sharing mixes up `$$.State` and the task tokens of branches that run at once. AWS also records each
branch's states in the history, and ends the whole state at the first branch that fails, while the
emulator waits for the other branches.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import contextvars
import copy
import json
import queue
import threading

from ministack.services import stepfunctions

_history_lock = threading.Lock()
_given_up = contextvars.ContextVar("given_up", default=())
"""One event for each enclosing Parallel state; set means that its branches go no further."""


def apply() -> None:
    """Gives each branch its own context, history and end."""
    add_event = stepfunctions._add_event

    def add_event_in_order(execution, event_type, details=None):
        with _history_lock:
            return add_event(execution, event_type, details)

    stepfunctions._add_event = add_event_in_order
    stepfunctions._run_sub_machine = _run_sub_machine
    stepfunctions._run_parallel_branches = _run_parallel_branches


class _GivenUpError(Exception):
    """The branch ends because a sibling failed or the execution was stopped."""


def _run_sub_machine(states, start_at, input_data, execution, ctx):
    sfn = stepfunctions
    ctx = {**ctx}
    name, data = start_at, copy.deepcopy(input_data)
    while name:
        if execution["status"] != "RUNNING" or any(event.is_set() for event in _given_up.get()):
            raise _GivenUpError
        state = states.get(name)
        if not state:
            raise sfn._ExecutionError("States.Runtime", f"State '{name}' not found")
        kind = state.get("Type")
        ctx["State"] = {"Name": name, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
        _record(execution, kind, "Entered", name, input=data)
        if kind == "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state, data, ctx))
        data, following = _run_state(kind, state, data, execution, ctx)
        _record(execution, kind, "Exited", name, output=data)
        name = following
    return data


def _run_state(kind, state, data, execution, ctx):
    sfn = stepfunctions
    match kind:
        case "Succeed":
            selected = sfn._apply_input_path(state, data, ctx)
            return sfn._apply_output_path(state, selected, ctx), None
        case "Pass":
            return sfn._execute_pass(state, data, ctx)
        case "Choice":
            return sfn._execute_choice(state, data, ctx)
        case "Wait":
            return sfn._execute_wait(state, data, ctx)
        case "Task":
            return sfn._execute_task(state, data, execution, ctx)
        case "Parallel":
            return sfn._execute_parallel(state, data, execution, ctx)
        case "Map":
            return sfn._execute_map(state, data, execution, ctx)
        case _:
            raise sfn._ExecutionError("States.Runtime", f"Unknown state type: {kind}")


def _run_parallel_branches(state_def, raw_input, execution, ctx):
    sfn = stepfunctions
    data = sfn._apply_parameters(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)
    branches = state_def.get("Branches", [])
    stop = threading.Event()
    outcomes = queue.Queue()

    def run(index, branch):
        try:
            states, start = branch.get("States", {}), branch.get("StartAt")
            outcomes.put((index, sfn._run_sub_machine(states, start, data, execution, ctx), None))
        except Exception as error:
            outcomes.put((index, None, error))

    waiting = _given_up.set((*_given_up.get(), stop))
    try:
        for index, branch in enumerate(branches):
            threading.Thread(
                target=contextvars.copy_context().run, args=(run, index, branch), daemon=True
            ).start()
    finally:
        _given_up.reset(waiting)

    results = [None] * len(branches)
    for _ in branches:
        index, result, error = outcomes.get()
        if isinstance(error, _GivenUpError):
            stop.set()
            raise error
        if error is not None:
            stop.set()
            known = isinstance(error, sfn._ExecutionError)
            raise error if known else sfn._ExecutionError("States.BranchFailed", str(error))
        results[index] = result
    result = sfn._apply_result_selector(state_def, results)
    output = sfn._apply_result_path(state_def, raw_input, result)
    return sfn._apply_output_path(state_def, output, ctx), sfn._next_or_end(state_def)


def _record(execution, kind, moment, name, **data):
    details = {"name": name} | {key: json.dumps(value) for key, value in data.items()}
    stepfunctions._add_event(
        execution, f"{kind}State{moment}", {f"state{moment}EventDetails": details}
    )
