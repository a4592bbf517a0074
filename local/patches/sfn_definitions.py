"""Gap: CreateStateMachine accepts any text, where AWS answers `InvalidDefinition`.

This catches what breaks every execution: no JSON, no StartAt, a Next that leads nowhere, a state
that nothing reaches, an unknown type. The full check of a definition is statelint's, in the tests.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json

from ministack.services import stepfunctions

_TYPES = ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_DEFINITION_LIMIT_BYTES = 1_048_576
_NAME_LIMIT = 80


def apply() -> None:
    """Rejects a definition that no execution could run."""
    create = stepfunctions._create_state_machine
    update = stepfunctions._update_state_machine

    def create_valid(data):
        return _error_of(data) or create(data)

    def update_valid(data):
        return (_error_of(data) if "definition" in data else None) or update(data)

    stepfunctions._create_state_machine = create_valid
    stepfunctions._update_state_machine = update_valid


def _error_of(data):
    name = data.get("name", "")
    if len(name) > _NAME_LIMIT:
        return stepfunctions.error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    text = data.get("definition") or ""
    if len(text.encode()) > _DEFINITION_LIMIT_BYTES:
        return _invalid("the definition is larger than 1 MiB")
    try:
        definition = json.loads(text)
    except ValueError:
        return _invalid("the definition is not JSON")
    problem = problem_of(definition)
    return _invalid(problem) if problem else None


def problem_of(machine, where="/") -> str:
    """The first problem of a machine or branch, in words; empty if there is none."""
    states = machine.get("States") if isinstance(machine, dict) else None
    if not isinstance(states, dict) or not states:
        return f"{where}States is missing or empty"
    start = machine.get("StartAt")
    reached = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        if name not in states:
            return f"{where}States has no state '{name}', which is a target"
        reached.add(name)
        pending += _targets(states[name])
    unreached = sorted(set(states) - reached)
    if unreached:
        return f"{where}States/{unreached[0]} is not reachable"
    for name, state in states.items():
        if state.get("Type") not in _TYPES:
            return f"{where}States/{name}/Type is {state.get('Type')!r}"
        for index, branch in enumerate(state.get("Branches", [])):
            problem = problem_of(branch, f"{where}States/{name}/Branches/{index}/")
            if problem:
                return problem
    return ""


def _targets(state):
    targets = [state[key] for key in ("Next", "Default") if key in state]
    targets += [choice["Next"] for choice in state.get("Choices", []) if "Next" in choice]
    return targets + [catcher["Next"] for catcher in state.get("Catch", []) if "Next" in catcher]


def _invalid(problem):
    return stepfunctions.error_response_json(
        "InvalidDefinition",
        f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {problem}'",
        400,
    )
