"""What operators do with workflows: list, draw, copy, compare and remove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bookflow.domain.executions.statistics import ExecutionStatistics
from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.shared.records import new_id
from bookflow.domain.workflows.diff import GraphDifference, difference, has_changes
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.ports import Ports
from bookflow.use_cases.workflows.open_executions import open_executions
from bookflow.use_cases.workflows.publish import Publisher
from bookflow.use_cases.workflows.references import Reference, ReferenceKind, mapped, unresolved
from bookflow.use_cases.workflows.republish import published_version

VERSIONS_KEPT = timedelta(days=3650)
"""Life of a deleted workflow's versions where the location, and so its retention, is unknown."""

COUNTED_EXECUTIONS = 100
"""Executions in progress that an error counts, one page."""


@dataclass(frozen=True)
class WorkflowFilter:
    """Which workflows a list holds; None or empty means any.

    Attributes:
        tag: One of its tags, in any case of letters.
        text: Part of the name, the description or a tag, in any case of letters.
    """

    trigger: str | None = None
    enabled: bool | None = None
    tag: str = ""
    text: str = ""

    def holds(self, workflow: Workflow) -> bool:
        """Whether the workflow belongs to the list."""
        wanted = self.text.casefold()
        tags = [tag.casefold() for tag in workflow.tags]
        texts = (workflow.name.casefold(), workflow.description.casefold(), *tags)
        return (
            (self.trigger is None or trigger_of(workflow.draft) == self.trigger)
            and (self.enabled is None or workflow.enabled == self.enabled)
            and (not self.tag or self.tag.casefold() in tags)
            and any(wanted in text for text in texts)
        )


@dataclass(frozen=True)
class ListedWorkflow:
    """A workflow as a list shows it.

    Attributes:
        statistics: Those of its executions; None if none has ended.
    """

    workflow: Workflow
    statistics: ExecutionStatistics | None


@dataclass(frozen=True)
class Copied:
    """A new workflow with what has to be chosen anew in its location."""

    workflow: Workflow
    to_map: tuple[Reference, ...]


def trigger_of(graph: Graph) -> str | None:
    """Return the event that a graph's trigger names, None while it is missing."""
    try:
        event = graph.trigger.config.get("event")
    except KeyError:
        return None
    return event if isinstance(event, str) else None


class WorkflowManager:
    """The use cases of workflows beside publishing, each in one location."""

    def __init__(self, ports: Ports, publisher: Publisher) -> None:
        self._ports = ports
        self._publisher = publisher

    def page(
        self, location_id: str, wanted: WorkflowFilter, request: PageRequest
    ) -> Page[ListedWorkflow]:
        """Return a page of workflows by name; a page may hold fewer than there are."""
        found = self._ports.workflows.page(location_id, request)
        held = [workflow for workflow in found.items if wanted.holds(workflow)]
        statistics = self._ports.executions.statistics(location_id, [each.id for each in held])
        return found.holding([ListedWorkflow(each, statistics.get(each.id)) for each in held])

    def create(
        self,
        location_id: str,
        *,
        name: str,
        description: str = "",
        tags: Sequence[str] = (),
        graph: Graph | None = None,
        key: str | None = None,
    ) -> Workflow:
        """Store a new workflow, off and not published; return it.

        `key` names this creation: a repeated one returns the workflow as it is now.
        """
        now = self._ports.clock.now()
        workflow = Workflow(
            location_id=location_id,
            id=new_id("wf", location_id, key),
            name=name,
            description=description,
            tags=tuple(tags),
            draft=graph or Graph(),
            created_at=now,
            updated_at=now,
        )
        try:
            self._ports.workflows.save(workflow)
        except ConflictError:
            return self._ports.workflows.get(location_id, workflow.id)
        return workflow

    def save(
        self,
        location_id: str,
        workflow_id: str,
        *,
        based_on: int,
        name: str,
        description: str,
        tags: Sequence[str] | None = None,
        graph: Graph,
    ) -> Workflow:
        """Store name, description, tags and draft; what is published stays, and tags that are None.

        Raises:
            StaleRevisionError: `based_on` is not the stored revision.
            NotFoundError: There is no such workflow.
        """
        stored = self._ports.workflows.get(location_id, workflow_id)
        content: dict[str, Any] = {
            "name": name,
            "description": description,
            "tags": stored.tags if tags is None else tuple(tags),
            "draft": graph,
        }
        if stored.has_saved(based_on, **content):
            return stored
        saved = stored.saved(based_on, **content, updated_at=self._ports.clock.now())
        published = published_version(self._ports, saved)
        saved = saved.changed(has_changes=has_changes(saved, published))
        self._ports.workflows.save(saved)
        return saved

    def versions(
        self, location_id: str, workflow_id: str, request: PageRequest
    ) -> Page[WorkflowVersion]:
        """Return a page of the published versions, newest first.

        Raises:
            NotFoundError: There is no such workflow.
        """
        self._ports.workflows.get(location_id, workflow_id)
        return self._ports.workflows.versions(location_id, workflow_id, request)

    def difference(
        self, location_id: str, workflow_id: str, before: int | None, after: int | None
    ) -> GraphDifference:
        """Return how one version becomes another; None means the draft.

        Raises:
            NotFoundError: There is no such workflow or version.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        return difference(self._graph(workflow, before), self._graph(workflow, after))

    def export(
        self, location_id: str, workflow_id: str, version: int | None = None
    ) -> WorkflowExport:
        """Return the draft, or a version, as a file.

        Raises:
            NotFoundError: There is no such workflow or version.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        graph = self._graph(workflow, version)
        return WorkflowExport(
            name=workflow.name,
            description=workflow.description,
            tags=workflow.tags,
            graph=graph,
        )

    def import_workflow(
        self,
        location_id: str,
        export: WorkflowExport,
        *,
        name: str | None = None,
        ids: Mapping[ReferenceKind, Mapping[str, str]] | None = None,
        key: str | None = None,
    ) -> Copied:
        """Store an exported workflow as a new one, and say what it names that is not here.

        Args:
            location_id: Where it goes.
            export: The file.
            name: Its new name, if another is wanted.
            ids: Ids of the file's templates and surveys with those to name instead.
            key: Names this creation; see `create`.
        """
        graph = mapped(export.graph, ids or {})
        workflow = self.create(
            location_id,
            name=name or export.name,
            description=export.description,
            tags=export.tags,
            graph=graph,
            key=key,
        )
        return Copied(workflow, unresolved(workflow.draft, location_id, self._ports))

    def duplicate(
        self,
        location_id: str,
        workflow_id: str,
        *,
        to_location: str,
        name: str | None,
        key: str | None = None,
    ) -> Copied:
        """Copy the draft, here or to another location; see `create` for `key`.

        Raises:
            NotFoundError: There is no such workflow.
        """
        export = self.export(location_id, workflow_id)
        chosen = name or (f"{export.name[:190]} (copy)" if to_location == location_id else None)
        return self.import_workflow(to_location, export, name=chosen, key=key)

    def delete(self, location_id: str, workflow_id: str, *, based_on: int) -> None:
        """Remove the workflow; the record of its executions stays for the location's retention.

        Raises:
            ConflictError: Executions of it are in progress.
            StaleRevisionError: `based_on` is not the stored revision.
            NotFoundError: There is no such workflow.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        workflow.saved(based_on, updated_at=self._ports.clock.now())
        self._require_no_open_executions(location_id, workflow_id)
        if workflow.enabled:
            # Its reminders' schedules go as for any workflow that is turned off.
            workflow = self._publisher.set_enabled(
                location_id, workflow_id, False, based_on=based_on
            )
        self._ports.workflows.delete(workflow, expires_at=self._end_of_versions(location_id))

    def _require_no_open_executions(self, location_id: str, workflow_id: str) -> None:
        found = islice(open_executions(self._ports, location_id, workflow_id), COUNTED_EXECUTIONS)
        count = len(list(found))
        if count:
            many = f"at least {count}" if count == COUNTED_EXECUTIONS else str(count)
            raise ConflictError(
                f"the workflow still has executions in progress: {many}",
                field="workflow_id",
                remedy="Wait for their end, or drain the workflow first, which cancels them.",
            )

    def _end_of_versions(self, location_id: str) -> datetime:
        now = self._ports.clock.now()
        context = self._ports.bookings.context(location_id, None)
        retention = timedelta(days=context.location.retention_days) if context else VERSIONS_KEPT
        return now + retention

    def _graph(self, workflow: Workflow, version: int | None) -> Graph:
        if version is None:
            return workflow.draft
        return self._ports.workflows.version(workflow.location_id, workflow.id, version).graph
