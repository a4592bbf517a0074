"""Gap: a JSONPath that finds nothing is read as null, where AWS fails with `States.Runtime`.

Also: `IsPresent` takes a null for absent, `ResultSelector` cannot read the context object, and a
result larger than 262,144 bytes passes, where AWS fails with `States.DataLimitExceeded`.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
import threading

from ministack.services import stepfunctions

_DATA_LIMIT_BYTES = 262_144


def apply() -> None:
    """Makes path lookups strict, as the JSONPath dialect of AWS is."""
    resolve = stepfunctions._resolve_path
    evaluate = stepfunctions._evaluate_rule
    call_lambda = stepfunctions._call_lambda

    def resolve_or_fail(path, data):
        if isinstance(path, str) and path.startswith("$") and not is_found(path, data):
            raise stepfunctions._ExecutionError(
                "States.Runtime",
                f"The JSONPath '{path}' could not be found in the input '{_short(data)}'",
            )
        return resolve(path, data)

    def evaluate_with_presence(rule, data, ctx=None):
        if "IsPresent" in rule and "Variable" in rule:
            variable = rule["Variable"]
            from_context = variable.startswith("$$")
            found = is_found(
                variable[1:] if from_context else variable, ctx if from_context else data
            )
            return found == rule["IsPresent"]
        return evaluate(rule, data, ctx)

    def select_result(state_def, data):
        selector = state_def.get("ResultSelector")
        return (
            stepfunctions._resolve_params_obj(selector, data, getattr(_state, "ctx", None))
            if selector
            else data
        )

    def call_within_limit(func_ref, event):
        _check_size("input", event)
        result = call_lambda(func_ref, event)
        _check_size("result", result)
        return result

    _remember_context(stepfunctions)
    stepfunctions._resolve_path = resolve_or_fail
    stepfunctions._evaluate_rule = evaluate_with_presence
    stepfunctions._apply_result_selector = select_result
    stepfunctions._call_lambda = call_within_limit


def is_found(path, data) -> bool:
    """Whether a reference path (fields and indexes; wildcards always) leads to a value."""
    tokens = stepfunctions._parse_jsonpath_tokens(path)
    if tokens is None:
        return False
    for kind, key in tokens:
        if kind == "wildcard":
            # It selects a list, which may be empty but is always there.
            return True
        fits = isinstance(data, dict if kind == "field" else list)
        if not fits or (key not in data if kind == "field" else key >= len(data)):
            return False
        data = data[key]
    return True


_state = threading.local()


def _remember_context(module) -> None:
    apply_parameters = module._apply_parameters

    def apply_parameters_and_remember(state_def, data, ctx=None):
        _state.ctx = ctx
        return apply_parameters(state_def, data, ctx)

    module._apply_parameters = apply_parameters_and_remember


def _check_size(what, value) -> None:
    size = len(json.dumps(value, ensure_ascii=False).encode())
    if size > _DATA_LIMIT_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"The task's {what} has {size} bytes; the limit is {_DATA_LIMIT_BYTES}.",
        )


def _short(data) -> str:
    text = json.dumps(data, default=str)
    return text if len(text) <= 500 else text[:500] + "..."
