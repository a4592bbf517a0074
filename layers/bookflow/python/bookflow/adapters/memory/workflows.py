"""Workflows and their versions in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bookflow.adapters.memory.records import InMemoryRecords, page_of, stored_at
from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion


class InMemoryWorkflows(InMemoryRecords[Workflow]):
    model = Workflow

    def __init__(self) -> None:
        super().__init__()
        self.published: dict[tuple[str, str, int], WorkflowVersion] = {}
        self.subscribed: dict[tuple[str, str], Subscription] = {}

    def list(self, location_id: str) -> Sequence[Workflow]:
        return sorted(
            (workflow for workflow in self.stored.values() if workflow.location_id == location_id),
            key=lambda workflow: (workflow.name.casefold(), workflow.id),
        )

    def publish(
        self,
        workflow: Workflow,
        *,
        version: WorkflowVersion | None = None,
        subscription: Subscription | None,
    ) -> None:
        key = (workflow.location_id, workflow.id)
        self.check_follows(workflow)
        if version is not None:
            if (*key, version.version) in self.published:
                raise ConflictError("another save of the workflow came first", field="revision")
            self.published[*key, version.version] = version
        self.stored[key] = workflow
        self.subscribed.pop(key, None)
        if subscription is not None:
            self.subscribed[key] = subscription

    def page(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Workflow]:
        return page_of(self.list(location_id), request)

    def delete(self, workflow: Workflow, *, expires_at: datetime) -> None:
        key = (workflow.location_id, workflow.id)
        if self.stored.get(key) != workflow:
            self.check_follows(workflow.saved(workflow.revision))
        del self.stored[key]
        self.subscribed.pop(key, None)

    def version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        key = (location_id, workflow_id, version)
        return stored_at(self.published, key, "version of the workflow", "version")

    def versions_of(
        self, location_id: str, numbers: Mapping[str, int]
    ) -> Mapping[str, WorkflowVersion]:
        known = {each: self.published.get((location_id, *each)) for each in numbers.items()}
        return {workflow_id: version for (workflow_id, _), version in known.items() if version}

    def versions(
        self, location_id: str, workflow_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[WorkflowVersion]:
        newest = [
            self.published[key]
            for key in sorted(self.published, reverse=True)
            if key[:2] == (location_id, workflow_id)
        ]
        return page_of(newest, request)

    def subscriptions(self, location_id: str) -> Sequence[Subscription]:
        return [self.subscribed[key] for key in sorted(self.subscribed) if key[0] == location_id]

    def subscriptions_on(self, machine_arn: str) -> Sequence[Subscription]:
        return [used for used in self.subscribed.values() if used.machine_arn == machine_arn]

    def uses_machine(self, machine_arn: str) -> bool:
        return any(used.machine_arn == machine_arn for used in self.subscribed.values())
