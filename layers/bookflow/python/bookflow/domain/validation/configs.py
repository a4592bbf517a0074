"""The rules of what the nodes say: their configs, variables and templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from bookflow.domain.events import event_types
from bookflow.domain.executions.execution import StepStatus
from bookflow.domain.flow import FLOW_CONFIGS
from bookflow.domain.flow.conditions.checking import rule_problems
from bookflow.domain.flow.conditions.config import RULE_ERROR
from bookflow.domain.flow.conditions.evaluation import asked_for_presence, variables
from bookflow.domain.flow.variables import is_extra, is_of_other_triggers, kind_of, suggestion
from bookflow.domain.shared.input_problems import field_path, problems_of, shown, visible
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.structure import arrows_of
from bookflow.domain.validation.walks import topological
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    ERROR_HANDLE,
    FALSE_HANDLE,
    SUCCESS_HANDLE,
    TRIGGER_NODE,
    TRUE_HANDLE,
    Graph,
    Node,
)

STEP_FIELDS = frozenset({"output", "status"})
"""What later steps read of a step: `steps.<node id>.output...` and `steps.<node id>.status`."""

STEP_STATUSES = tuple(status.value for status in StepStatus if status.is_final)
"""What a later step can read as the status of a step."""

_BRANCHING = frozenset({"condition", "switch"})
"""Types of the nodes that take only some of their handles."""


@dataclass(frozen=True)
class TextReference:
    """One variable that a text of an action reads.

    Attributes:
        field: Path of the text's field in the config.
        path: The variable; `*` stands for any item of a list.
        guarded: The text says itself what happens when there is no such value.
        is_message: The text is part of a message, which nobody gets if it fails.
        where: Where in the text the variable stands, as an operator sees it; empty: anywhere.
    """

    field: str
    path: str
    guarded: bool
    is_message: bool = False
    where: str = ""


class NodeCatalogue(Protocol):
    """What validation has to know of the action types, of what nodes supply, and of templates.

    `config` is always the node's config as it was saved. Other methods than `config_model` and
    `handles` are called only with a config that the node's model accepts. Flow nodes are never
    asked about; the trigger only for `variable_types`, as its model comes with its event.
    """

    def config_model(self, node_type: str) -> type[BaseModel] | None:
        """Return the model of an action type's config, None for an unknown type."""

    def references(self, node_type: str, config: Mapping[str, Any]) -> Iterable[TextReference]:
        """Return the variables that the texts of a config read."""

    def templates(self, node_type: str, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Return the ids of the templates that a config names, each after its field path."""

    def template_exists(self, template_id: str) -> bool:
        """Return whether the location has an active template of that id."""

    def variable_types(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the type of each variable that a node supplies, by path.

        For the trigger these are the paths of the whole scope (`booking.status`); for an action
        the paths below its step (`output.sent_at`), or nothing if it does not say. Types are
        those of `bookflow.domain.flow.variables`.
        """

    def choices(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        """Return the only texts that a variable can be, of those of the same paths that are so limited."""

    def optional_variables(self, node_type: str, config: Mapping[str, Any]) -> Set[str]:
        """Return those of the same paths that can be without a value."""

    def causes(self, node_type: str, config: Mapping[str, Any]) -> Iterable[str]:
        """Return the event types (EventBridge `detail-type`) that an action can cause."""


@dataclass(frozen=True)
class _Lineage:
    """What has surely happened before a node runs.

    Attributes:
        before: All nodes that lead to it.
        completed: Those of them that have an output in every execution that comes to the node.
    """

    before: frozenset[str]
    completed: frozenset[str]


class _Ancestry:
    """Answers which steps lie before a node; sets of nodes are stored as the bits of a number."""

    def __init__(self, graph: Graph) -> None:
        arrows = arrows_of(graph)
        self.order = topological(arrows)
        self._bits = {node_id: 1 << place for place, node_id in enumerate(self.order)}
        self._before: dict[str, int] = {}
        self._completed: dict[str, int] = {}
        self._walk(graph)

    def of(self, node_id: str) -> _Lineage | None:
        """Return what lies before the node; None if that is open because of a cycle."""
        if node_id not in self._bits:
            return None
        before = self._before[node_id]
        return _Lineage(self._names(before), self._names(self._completed[node_id] & before))

    def _names(self, bits: int) -> frozenset[str]:
        return frozenset(node_id for node_id in self.order if self._bits[node_id] & bits)

    def _walk(self, graph: Graph) -> None:
        nodes = {node.id: node for node in reversed(graph.nodes)}
        incoming: dict[str, list[tuple[str, str]]] = {node_id: [] for node_id in self.order}
        catching: set[str] = set()
        for edge in graph.edges:
            is_known = edge.source in self._bits and edge.target in self._bits
            if is_known and edge.source != edge.target:
                incoming[edge.target].append((edge.source, edge.source_handle))
                if edge.source_handle == ERROR_HANDLE:
                    catching.add(edge.source)
        # Nodes that surely have an output once a handle is taken and something joins them: those
        # that it leads to, and on from there. A failure among them ends the execution before the
        # join.
        certain: dict[tuple[str, str], int] = {}
        for node_id in reversed(self.order):
            if node_id in catching:
                continue
            sure = 0 if nodes[node_id].on_failure == "continue" else self._bits[node_id]
            if nodes[node_id].type not in _BRANCHING:
                sure |= certain.get((node_id, SUCCESS_HANDLE), 0)
            for edge_key in incoming[node_id]:
                certain[edge_key] = certain.get(edge_key, 0) | sure
        for node_id in self.order:
            before, completed = 0, -1
            for source, handle in incoming[node_id]:
                before |= self._before[source] | self._bits[source]
                known = self._completed[source] | certain.get((source, handle), 0)
                may_have_failed = nodes[source].on_failure == "continue" and source not in catching
                if handle != ERROR_HANDLE and not may_have_failed:
                    known |= self._bits[source]
                completed &= known
            self._before[node_id] = before
            self._completed[node_id] = completed if incoming[node_id] else 0


class _Steps:
    """What the actions of a graph supply to later steps; each is asked for once."""

    def __init__(self, sound: Mapping[str, Node], catalogue: NodeCatalogue) -> None:
        self._actions = {node_id: node for node_id, node in sound.items() if node.is_action}
        self._catalogue = catalogue
        self._types: dict[str, Mapping[str, str]] = {}

    def types(self, step: str) -> Mapping[str, str]:
        """Return the type of each variable below a step; nothing where that is not known."""
        node = self._actions.get(step)
        if node is None:
            return {}
        if step not in self._types:
            self._types[step] = self._catalogue.variable_types(node.type, node.config)
        return self._types[step]

    def optional(self, step: str) -> Set[str]:
        """Return those of them that can be without a value."""
        node = self._actions.get(step)
        return self._catalogue.optional_variables(node.type, node.config) if node else set()

    def scope(
        self,
        types: Mapping[str, str] | None,
        choices: Mapping[str, Sequence[str]],
        rules: Iterable[tuple[str, Any]],
    ) -> tuple[Mapping[str, str] | None, Mapping[str, Sequence[str]]]:
        """Return the types and choices of the trigger's variables, and of the steps that rules name."""
        names = {
            path.split(".")[1] for _, raw in rules for path in variables(raw) if _is_step(path)
        }
        if types is None or not names:
            return types, choices
        all_types, all_choices = {**types}, {**choices}
        for step in names & self._actions.keys():
            node = self._actions[step]
            all_types |= {f"steps.{step}.{path}": kind for path, kind in self.types(step).items()}
            own = self._catalogue.choices(node.type, node.config)
            all_choices |= {f"steps.{step}.{path}": each for path, each in own.items()}
        all_types |= {f"steps.{step}.status": "string" for step in names}
        all_choices |= {f"steps.{step}.status": STEP_STATUSES for step in names}
        return all_types, all_choices


def _is_step(path: str) -> bool:
    return path.startswith("steps.")


def config_problems(graph: Graph, catalogue: NodeCatalogue) -> list[Problem]:
    """Return every problem of the nodes' configs, in the order of the nodes."""
    by_node = [list(_model_problems(node, catalogue)) for node in graph.nodes]
    sound = {
        node.id: node
        for node, found in reversed(list(zip(graph.nodes, by_node, strict=True)))
        if not found
    }
    trigger = _sound_trigger(graph, sound)
    types = catalogue.variable_types(trigger.type, trigger.config) if trigger else None
    choices = catalogue.choices(trigger.type, trigger.config) if trigger else {}
    optional = catalogue.optional_variables(trigger.type, trigger.config) if trigger else set()
    ancestry = _Ancestry(graph)
    steps = _Steps(sound, catalogue)
    problems: list[Problem] = []
    for node, found in zip(graph.nodes, by_node, strict=True):
        problems += found
        rules = list(_rules(node))
        scope = steps.scope(types, choices, rules)
        for field, raw in rules:
            problems += [
                Problem(
                    node_id=node.id,
                    field=f"{field}.{problem.path}" if problem.path else field,
                    reason=problem.reason,
                    remedy=problem.remedy,
                    severity=problem.severity,
                )
                for problem in rule_problems(raw, *scope)
            ]
        if node.id in sound and node.is_action:
            problems += _template_problems(node, catalogue)
            references = [
                replace(reference, field=f"config.{reference.field}")
                for reference in catalogue.references(node.type, node.config)
            ]
        else:
            references = [
                TextReference(field, path, guarded=True)
                for field, raw in rules
                for path in sorted(variables(raw))
            ]
            if node.id in sound:
                problems += _open_branches(node, rules, graph, optional)
        lineage: _Lineage | None = None
        for reference in references:
            if reference.path == "steps" or _is_step(reference.path):
                if lineage is None:
                    lineage = ancestry.of(node.id)
                if lineage is not None:
                    problems += _step_problems(node.id, reference, lineage, steps)
            elif node.is_action and types is not None:
                problems += _variable_problems(node.id, reference, types, optional)
    return problems


def _model_problems(node: Node, catalogue: NodeCatalogue) -> Iterator[Problem]:
    if node.type == TRIGGER_NODE:
        model = _trigger_model(node)
        if model is None:
            yield Problem(
                node_id=node.id,
                field="config.event",
                reason="Choose the event that starts the workflow.",
                remedy=f"It is one of: {', '.join(sorted(event_types()))}.",
            )
            return
    else:
        model = FLOW_CONFIGS.get(node.type) or catalogue.config_model(node.type)
    if model is None:
        yield Problem(
            node_id=node.id,
            field="type",
            reason=f"There is no node type {shown(node.type)}.",
            remedy="Delete the node and add one from the list.",
        )
        return
    try:
        model.model_validate(dict(node.config))
    except ValidationError as error:
        for location, kind, reason, remedy in problems_of(error, model):
            if kind != RULE_ERROR:  # rule_problems reports these place by place
                field = field_path(("config", *location))
                yield Problem(node_id=node.id, field=field, reason=reason, remedy=remedy)


def _trigger_model(node: Node) -> type[BaseModel] | None:
    event = node.config.get("event")
    known = event_types().get(event) if isinstance(event, str) else None
    return known.config if known else None


def _sound_trigger(graph: Graph, sound: Mapping[str, Node]) -> Node | None:
    return next(
        (node for node in graph.nodes if node.type == TRIGGER_NODE and node.id in sound), None
    )


def _rules(node: Node) -> Iterator[tuple[str, Any]]:
    """Return the rules of a node with their field paths, of broken configs too."""
    if node.type == TRIGGER_NODE and node.config.get("filter") is not None:
        yield "config.filter", node.config["filter"]
    if node.type == "condition" and "rule" in node.config:
        yield "config.rule", node.config["rule"]
    elif node.type == "switch":
        cases = node.config.get("cases")
        if isinstance(cases, (list, tuple)):
            for place, case in enumerate(cases):
                if isinstance(case, Mapping) and "rule" in case:
                    yield f"config.cases[{place}].rule", case["rule"]


def _template_problems(node: Node, catalogue: NodeCatalogue) -> Iterator[Problem]:
    for field, template_id in catalogue.templates(node.type, node.config):
        if not catalogue.template_exists(template_id):
            yield Problem(
                node_id=node.id,
                field=f"config.{field}",
                reason=f"The template {shown(template_id)} does not exist in this location, or is off.",
                remedy="Choose another template, or turn it on.",
            )


def _open_branches(
    node: Node, rules: Iterable[tuple[str, Any]], graph: Graph, optional: Set[str]
) -> Iterator[Problem]:
    """Warn where a value may be missing and an output that may then be taken leads nowhere."""
    if node.type == TRIGGER_NODE:
        return
    connected = {edge.source_handle for edge in graph.edges if edge.source == node.id}
    outputs = {TRUE_HANDLE: "yes", FALSE_HANDLE: "no"}
    if node.type == "switch":
        outputs = {DEFAULT_HANDLE: "default"}
    open_outputs = [name for handle, name in outputs.items() if handle not in connected]
    if not open_outputs:
        return
    for field, raw in rules:
        for path in sorted(variables(raw) - asked_for_presence(raw)):
            if path in optional:
                yield Problem(
                    node_id=node.id,
                    field=field,
                    reason=f"{visible(path)} can be without a value, and nothing is connected to "
                    f'"{open_outputs[0]}".',
                    remedy='Connect that output, or add a comparison with "is empty" or "is not '
                    'empty" for the variable.',
                    severity="warning",
                )


def _variable_problems(
    node_id: str, reference: TextReference, types: Mapping[str, str], optional: Set[str]
) -> Iterator[Problem]:
    """Return what is wrong with a variable of the trigger in a text."""
    path = reference.path.replace(".*", "")
    problem = partial(_text_problem, node_id, reference)
    listed = _list_above(path, types)
    if kind_of(path, types) is None:
        is_of_others = reference.guarded and is_of_other_triggers(path, types)
        if is_of_others and reference.is_message:
            return  # workflows of several triggers may send one template
        yield problem(
            f"Unknown variable {visible(path)}.",
            suggestion(path, types) or "Choose a variable of this trigger.",
            is_error=not is_of_others,
        )
    elif reference.guarded:
        return
    elif is_extra(path, types):
        yield problem(
            f"Unknown variable {visible(path)}.",
            suggestion(path, types)
            or f"It has a value only if the booking system sends it. {_FALLBACK}",
            is_error=reference.is_message,
        )
    elif listed and f"{listed}.*" not in reference.path:
        yield _needs_loop(node_id, reference, listed)
    elif path in optional:
        yield problem(
            f"{visible(path)} can be without a value. Then this text fails.",
            _FALLBACK,
            is_error=reference.is_message,
        )


_FALLBACK = "Add a fallback with the filter default, or show this part only if there is a value."


def _list_above(path: str, types: Mapping[str, str]) -> str | None:
    """Return the declared list that a path goes through."""
    above = path.rpartition(".")[0]
    while above:
        if types.get(above) == "list":
            return above
        above = above.rpartition(".")[0]
    return None


def _step_problems(
    node_id: str,
    reference: TextReference,
    lineage: _Lineage,
    steps: _Steps,
) -> Iterator[Problem]:
    problem = partial(_text_problem, node_id, reference)
    path = reference.path.replace(".*", "")
    names = path.split(".")
    step = names[1] if len(names) > 1 else ""
    if step not in lineage.before:
        yield problem(
            f"{visible(reference.path)} belongs to a step that does not run before this one.",
            "Choose an earlier step, or connect that step to this one.",
        )
        return
    if len(names) < 3 or names[2] not in STEP_FIELDS:
        yield problem(
            f"{visible(reference.path)} does not name a field of the step.",
            f"Use steps.{step}.output with a field's name, or steps.{step}.status.",
        )
        return
    types = steps.types(step)
    below = ".".join(names[2:])
    if types and names[2] == "output" and (kind_of(below, types) is None or is_extra(below, types)):
        yield problem(
            f"The step {shown(step)} has no {visible(below)}.",
            f"Use one of: {', '.join(sorted(types)[:20])}.",
        )
        return
    if reference.guarded:
        return
    listed = _list_above(below, types)
    if listed and f"{listed}.*" not in reference.path:
        yield _needs_loop(node_id, reference, f"steps.{step}.{listed}")
    elif step not in lineage.completed:
        yield problem(
            f"The step {shown(step)} does not complete in every execution that comes here. "
            "Then this text fails.",
            _FALLBACK,
            is_error=reference.is_message,
        )
    elif below in steps.optional(step):
        yield problem(
            f"{visible(reference.path)} can be without a value. Then this text fails.",
            _FALLBACK,
            is_error=reference.is_message,
        )


def _needs_loop(node_id: str, reference: TextReference, listed: str) -> Problem:
    return _text_problem(
        node_id,
        reference,
        f"{visible(reference.path)} is a part of each item of a list.",
        f"Write a loop over {visible(listed)}, or choose one item: {visible(listed)}[0].",
        is_error=reference.is_message,
    )


def _text_problem(
    node_id: str, reference: TextReference, reason: str, remedy: str, *, is_error: bool = True
) -> Problem:
    return Problem(
        node_id=node_id,
        field=reference.field,
        reason=f"{reference.where}: {reason}" if reference.where else reason,
        remedy=remedy,
        severity="error" if is_error else "warning",
    )
