"""Which calls to AWS the code of a function can make, as IAM names them, read from the sources.

The tables are left out: their policies are shared, and say what the code does with any table.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import boto3

from tests.unit.template.checks import ROOT, Template, as_list, functions, resources

PACKAGES = ROOT / "layers" / "bookflow" / "python"
ROUTES = PACKAGES / "bookflow" / "api" / "routes"

# Where boto3's name of a service is not IAM's.
PREFIXES = {"stepfunctions": "states", "sesv2": "ses"}

# Where the API's name of an operation is not IAM's.
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}

# What a call asks for besides itself, given what our adapters put into it: a role, tags, raw content.
IMPLIED = {
    "ses:SendEmail": {"ses:SendRawEmail"},
    "states:CreateStateMachine": {"iam:PassRole", "states:TagResource"},
    "scheduler:CreateSchedule": {"iam:PassRole"},
    "scheduler:UpdateSchedule": {"iam:PassRole"},
}

# Powertools' name of a call, for the parameters of a folder.
FOLDER_OF_PARAMETERS = "get_multiple"

# What a handler gets from the edge besides what it imports itself.
EDGE_RUNS = {"step_handler": "bookflow.use_cases.runtime.run_step"}
EDGE_CALLS = {"queue_handler": ("dead_letters", "put")}

# Modules are read whole, so what a function has no use for is said here.
SCHEDULES = frozenset(f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update"))
NOT_CALLED: dict[str, frozenset[str]] = {
    # They ask for comparisons, which the function `reminders` makes; simulations run in memory.
    "reconciler": SCHEDULES | {"scheduler:ListSchedules", "iam:PassRole"},
    "api": frozenset(
        {"scheduler:GetSchedule", "scheduler:ListSchedules", "states:SendTaskSuccess"}
    ),
}

Call = tuple[str, str]
"""A port's name and the name of its method."""


def called(function: str) -> set[str]:
    """Return the actions that the code of `functions/<function>` needs."""
    adapters = _adapters()
    found = {
        action
        for port, method in _port_calls(ROOT / "functions" / function / "app.py")
        if port in adapters
        for action in adapters[port].get(method, ())
    }
    found = {ACTIONS.get(action, action) for action in found}
    for action in list(found):
        found |= IMPLIED.get(action, set())
    return found - NOT_CALLED.get(function, frozenset())


def granted(template: Template, function: str) -> set[str]:
    """Return the actions that the template allows the function, without those on tables."""
    (properties,) = (
        each
        for each in functions(template).values()
        if each["CodeUri"].rstrip("/").endswith(f"/{function}")
    )
    shared = resources(template, "AWS::IAM::ManagedPolicy")
    actions: set[str] = set()
    for policy in properties.get("Policies", []):
        document = shared[policy["Ref"]]["PolicyDocument"] if "Ref" in policy else policy
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                actions |= set(as_list(statement["Action"]))
    return {action for action in actions if not action.startswith("dynamodb:")}


def _port_calls(app: Path) -> set[Call]:
    """Return the calls to ports in all the modules that the handler imports, and in theirs."""
    calls: set[Call] = set()
    seen: set[Path] = set()
    waiting = [app]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls |= set(_calls_in(tree))
        for module, name in _imports(tree):
            if module.startswith("bookflow.edge."):
                calls |= {EDGE_CALLS[name]} if name in EDGE_CALLS else set()
                module, name = EDGE_RUNS.get(name, ""), ""
            waiting += _files(module, name)
        if path.parts[-3:] == ("bookflow", "api", "routing.py"):
            waiting += ROUTES.rglob("*.py")
    return calls


def _calls_in(tree: ast.AST) -> Iterator[Call]:
    """Yield `….port.method`, also where `name = ….port` came before `name.method`."""
    aliases = {
        target.id: node.value.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            if isinstance(owner, ast.Attribute):
                yield owner.attr, node.attr
            elif isinstance(owner, ast.Name) and owner.id in aliases:
                yield aliases[owner.id], node.attr


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield module and name of each import of ours that is made when the code runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        yield from _imports(node)


def _files(module: str, name: str) -> list[Path]:
    """Return the files of ours behind an import; what is behind ports has its own table."""
    if not module.startswith("bookflow") or module.startswith(
        ("bookflow.adapters", "bookflow.bootstrap", "bookflow.ports")
    ):
        return []
    places = [PACKAGES / Path(*module.split(".")), PACKAGES / Path(*module.split("."), name)]
    candidates = [path.with_suffix(".py") for path in places]
    candidates += [path / "__init__.py" for path in places]
    return [path for path in candidates if path.is_file()]


@cache
def _adapters() -> dict[str, dict[str, set[str]]]:
    """Return the actions of each method of each port that has a client of AWS to itself."""
    tree = ast.parse((PACKAGES / "bookflow" / "bootstrap.py").read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        services = [
            str(call.args[0].value)
            for call in ast.walk(node)
            if isinstance(call, ast.Call)
            and ast.unparse(call.func) == "self._client"
            and isinstance(call.args[0], ast.Constant)
        ]
        adapter = [module for module, _ in _imports(node) if module.startswith("bookflow.adapters")]
        if services and adapter:
            path = PACKAGES / Path(*adapter[0].split("."))
            found[node.name] = _actions_by_method(path.with_suffix(".py"), services[0])
    return found


def _actions_by_method(adapter: Path, service: str) -> dict[str, set[str]]:
    tree = ast.parse(adapter.read_text(encoding="utf-8"))
    methods = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    def operations(name: str, above: frozenset[str] = frozenset()) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(methods[name]):
            if isinstance(node, ast.Attribute):
                if ast.unparse(node.value) == "self._client":
                    found.add(node.attr)
                elif node.attr == FOLDER_OF_PARAMETERS:
                    found.add("get_parameters_by_path")
                elif ast.unparse(node.value) == "self" and node.attr in methods.keys() - above:
                    found |= operations(node.attr, above | {name})
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".get_paginator"):
                found.add(str(ast.literal_eval(node.args[0])))
        return found - {"get_paginator", "meta"}

    client = boto3.client(service, region_name="eu-west-1")
    names, prefix = client.meta.method_to_api_mapping, PREFIXES.get(service, service)
    return {
        method: {f"{prefix}:{names[operation]}" for operation in operations(method)}
        for method in methods
    }
