"""The file form of a workflow: what is exported, imported, and read by the command line."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.tags import Tags

EXPORT_FORMAT = "bookflow.workflow"
EXPORT_FORMAT_VERSION = 1


class WorkflowExport(BaseModel):
    """A workflow as a file: no location, no ids of its own, no history."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format: Literal["bookflow.workflow"] = "bookflow.workflow"
    format_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=4000)
    tags: Tags = ()
    graph: Graph
