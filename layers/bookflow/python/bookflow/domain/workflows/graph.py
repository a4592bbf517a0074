"""The graph of a workflow as an operator draws it: nodes, edges and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

GRAPH_SCHEMA_VERSION: Final = 1

TRIGGER_NODE = "trigger"
"""Type of the one node that starts a graph."""

FLOW_NODES = frozenset({"delay", "condition", "switch"})
"""Types of the nodes that steer an execution and have no effect of their own."""

DELAY_UNTIL = "delay_until"
"""Operation of a delay that waits until a time around the booking, and so follows the booking."""

MAX_TIMEOUT_SECONDS = 30
"""The longest time that a node can be given: every function of a step has as much."""

SUCCESS_HANDLE = "out"
"""Source handle of the ordinary edge from a trigger, an action or a delay."""

ERROR_HANDLE = "on_error"
"""Source handle that a failed step follows."""

TRUE_HANDLE = "true"
FALSE_HANDLE = "false"
"""Source handles of a condition."""

DEFAULT_HANDLE = "default"
"""Source handle of a switch that is followed when no case matches."""

NO_HANDLE = "none"
"""What an execution calls the outcome of a node that follows none of its edges."""


class GraphModel(BaseModel):
    """Base of the graph's own records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


FARTHEST_PIXELS: Final = 1e6


def _on_canvas(value: float) -> float:
    return min(FARTHEST_PIXELS, max(-FARTHEST_PIXELS, value)) if value == value else 0.0


OnCanvas = Annotated[float, AfterValidator(_on_canvas)]
"""A coordinate; one beyond the canvas becomes its edge, so that a stored graph stays readable."""


class Position(GraphModel):
    """Where the editor draws a node, in canvas pixels; no meaning for an execution."""

    x: OnCanvas = 0.0
    y: OnCanvas = 0.0


class RetryPolicy(GraphModel):
    """How often a step is retried after a transient error.

    Waits grow exponentially with full jitter (AWS Architecture Blog, "Exponential Backoff And
    Jitter"); permanent errors are never retried.
    """

    max_attempts: int = Field(default=4, ge=1, le=10, description="Tries in all, the first one too")
    interval_seconds: int = Field(default=2, ge=1, le=3600, description="First wait, in seconds")
    backoff_rate: float = Field(default=2.0, ge=1.0, le=10.0, description="Growth of each wait")


class Node(GraphModel):
    """One step of the graph.

    `config` stays as it was saved; the model of the node's type checks it at publish.
    `on_failure` is the policy of a failed step without an `on_error` edge (design, "Graph").
    `timeout_seconds` bounds one try of the step; without it the function's own time does.
    """

    id: str = Field(min_length=1, max_length=64)
    type: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=200)
    config: Mapping[str, Any] = Field(default_factory=dict)
    # Made without checks, which would build the model at each start of a function.
    position: Position = Position.model_construct()
    on_failure: Literal["stop", "continue"] = "stop"
    retry: RetryPolicy = RetryPolicy.model_construct()
    timeout_seconds: int | None = Field(default=None, ge=1, le=MAX_TIMEOUT_SECONDS)

    @property
    def is_action(self) -> bool:
        """Whether the node has an effect, rather than starting or steering the execution."""
        return self.type != TRIGGER_NODE and self.type not in FLOW_NODES

    @property
    def cases(self) -> Sequence[Mapping[str, Any]]:
        """The cases of a switch, as far as they can be read: a draft may hold anything."""
        cases = self.config.get("cases") if self.type == "switch" else None
        if not isinstance(cases, (list, tuple)):
            return ()
        return [case for case in cases if isinstance(case, Mapping)]

    @property
    def operation(self) -> str:
        """What a function is asked to do for the node: its type, or the kind of a delay."""
        is_until = self.type == "delay" and self.config.get("kind") == "until"
        return DELAY_UNTIL if is_until else self.type


class Edge(GraphModel):
    """A connection from one node's handle to another node."""

    id: str = Field(min_length=1, max_length=64)
    source: str = Field(min_length=1, max_length=64)
    source_handle: str = Field(default=SUCCESS_HANDLE, min_length=1, max_length=64)
    target: str = Field(min_length=1, max_length=64)


MAX_NOTES: Final = 100


class CanvasNote(GraphModel):
    """A text on the canvas, for the people who edit the workflow; no meaning for an execution.

    Position and size are in canvas pixels.
    """

    id: str = Field(min_length=1, max_length=64)
    text: str = Field(default="", max_length=2000)
    color: Literal["yellow", "blue", "green", "red"] = "yellow"
    position: Position = Position.model_construct()
    width: int = Field(default=240, ge=120, le=1200)
    height: int = Field(default=120, ge=60, le=1200)


class Graph(GraphModel):
    """A workflow's graph, stored as it was drawn and checked again on the server."""

    schema_version: Literal[1] = GRAPH_SCHEMA_VERSION
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[CanvasNote, ...] = Field(default=(), max_length=MAX_NOTES)

    @field_validator("notes")
    @classmethod
    def _each_note_has_an_id_of_its_own(
        cls, notes: tuple[CanvasNote, ...], info: ValidationInfo
    ) -> tuple[CanvasNote, ...]:
        taken = {node.id for node in info.data.get("nodes", ())}
        for note in notes:
            if note.id in taken:
                raise ValueError(f"The id {note.id} of a note is taken. Give it another one.")
            taken.add(note.id)
        return notes

    def node(self, node_id: str) -> Node:
        """Return the node of that id.

        Raises:
            KeyError: No node has the id.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def dealing_with_failure(self) -> frozenset[str]:
        """Return the nodes whose failure does not fail the execution, as an edge handles it."""
        handled = {edge.source for edge in self.edges if edge.source_handle == ERROR_HANDLE}
        passed_over = {node.id for node in self.nodes if node.on_failure == "continue"}
        return frozenset(handled | passed_over)

    @property
    def trigger(self) -> Node:
        """Return the trigger node.

        Raises:
            KeyError: The trigger is missing.
        """
        for node in self.nodes:
            if node.type == TRIGGER_NODE:
                return node
        raise KeyError(TRIGGER_NODE)
