"""Checking graphs: every problem at once, each with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.domain.validation.circles import WorkflowLink, circle_problems, link_of
from bookflow.domain.validation.configs import NodeCatalogue, config_problems
from bookflow.domain.validation.problems import Problem, has_errors
from bookflow.domain.validation.reading import parse_graph, skeleton, unfit
from bookflow.domain.validation.structure import MAX_EDGES, MAX_NODES, structure_problems
from bookflow.domain.workflows.graph import Graph


@dataclass(frozen=True)
class ValidationContext:
    """What a graph is checked against.

    Attributes:
        catalogue: The node types and templates that there are.
        workflow_id: The workflow that the graph belongs to, for circles.
        workflow_name: Its name, for circles.
        others: The location's other enabled workflows.
    """

    catalogue: NodeCatalogue
    workflow_id: str = ""
    workflow_name: str = ""
    others: Sequence[WorkflowLink] = ()


def validate(graph: Graph, context: ValidationContext) -> list[Problem]:
    """Return every problem of a graph: its shape, its nodes' configs, and circles of workflows.

    A graph beyond the limits of size is checked in its shape only.
    """
    catalogue = context.catalogue
    problems = structure_problems(graph)
    if len(graph.nodes) > MAX_NODES or len(graph.edges) > MAX_EDGES:
        return problems
    found = config_problems(graph, catalogue)
    if not has_errors(found):
        link = link_of(
            graph, catalogue, workflow_id=context.workflow_id, name=context.workflow_name
        )
        if link is not None:
            found += circle_problems(link, context.others)
    return problems + found


def check(
    data: Mapping[str, Any], context: ValidationContext
) -> tuple[Graph | None, list[Problem]]:
    """Return the graph, if the JSON is one, and every problem of form, shape and content.

    Where the form is broken, the shape and content of what can be read are checked all the same.
    """
    graph, problems = parse_graph(data)
    if graph is not None:
        return graph, validate(graph, context)
    if not unfit(data):
        reported = {(problem.node_id, problem.edge_id, problem.field) for problem in problems}
        problems += [
            problem
            for problem in validate(skeleton(data), context)
            if not reported
            & {
                (problem.node_id, problem.edge_id, field)
                for field in (problem.field, problem.field.partition(".")[0])
            }
        ]
    return None, problems
