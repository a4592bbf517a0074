"""Workflows and their immutable published versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from bookflow.domain.events import event_types
from bookflow.domain.events.base import TriggerConfig
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import SavedRecord, StoredModel
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.tags import Tags


class Workflow(SavedRecord):
    """A workflow's settings and its draft.

    Attributes:
        revision: Count of saves, the optimistic lock: a save names the revision it was based on.
        published_version: The version that events run, when there is one.
        has_changes: Whether publishing the draft would change what events run, or what it is called.
        reminding_since: When it was turned on with the offset that its reminders have now; None
            while it sends none.
    """

    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=4000)
    tags: Tags = ()
    enabled: bool = False
    draft: Graph = Graph.model_construct()
    revision: int = 1
    published_version: int | None = None
    latest_version: int = 0
    has_changes: bool = False
    reminding_since: datetime | None = None
    created_at: datetime
    updated_at: datetime


class WorkflowVersion(StoredModel):
    """A published graph with the machine that runs it; never changed after it is written.

    Attributes:
        description: The workflow's description of then; None for versions that did not keep it.
        machine_arn: The Step Functions state machine, shared by all versions of its shape.
        decided_at_start: Condition and switch nodes that read only the event.
        input_nodes: The `nodes` part of an execution's input, as the compiler made it.
    """

    location_id: Identifier
    workflow_id: Identifier
    version: int = Field(ge=1)
    name: str
    description: str | None = None
    trigger_type: str
    graph: Graph
    machine_arn: str
    decided_at_start: frozenset[str] = frozenset()
    input_nodes: Mapping[str, Any] = Field(default_factory=dict)
    published_at: datetime
    published_by: str = ""

    @property
    def trigger_config(self) -> TriggerConfig:
        """Return the trigger node's settings by their own model."""
        return trigger_config_of(self.graph)


class Subscription(StoredModel):
    """What the dispatcher needs to know of an enabled workflow: one small record per workflow.

    Attributes:
        reminding_since: As in the workflow.
    """

    location_id: Identifier
    trigger_type: str
    workflow_id: Identifier
    version: int
    machine_arn: str
    reminding_since: datetime | None = None


def trigger_type_of(graph: Graph) -> str:
    """Return the event type that the graph's trigger names.

    Raises:
        PermanentError: There is no trigger or its event is unknown.
    """
    try:
        event = graph.trigger.config.get("event")
    except KeyError:
        event = None
    if not isinstance(event, str) or event not in event_types():
        raise PermanentError(
            "the workflow has no trigger event",
            field="nodes.trigger.config.event",
            remedy=f"Choose one of: {', '.join(sorted(event_types()))}.",
        )
    return event


def trigger_config_of(graph: Graph) -> TriggerConfig:
    """Return the settings of the graph's trigger node by their own model.

    Raises:
        PermanentError: There is no trigger or its event is unknown.
    """
    model = event_types()[trigger_type_of(graph)].config
    return model.model_validate(dict(graph.trigger.config))
