"""Workflows, their drafts and their published versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion


class WorkflowStore(Protocol):
    """Workflows, their versions, and which of them events start."""

    def get(self, location_id: str, workflow_id: str) -> Workflow:
        """Return the workflow.

        Raises:
            NotFoundError: The location has no such workflow.
        """

    def list(self, location_id: str) -> Sequence[Workflow]:
        """Return the location's workflows by name."""

    def page(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Workflow]:
        """Return a page of the location's workflows by name."""

    def save(self, workflow: Workflow) -> None:
        """Store the workflow if the stored revision is the one before it.

        A workflow with revision 1 must be new.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def publish(
        self,
        workflow: Workflow,
        *,
        version: WorkflowVersion | None = None,
        subscription: Subscription | None,
    ) -> None:
        """Store the workflow, a new version if given, and what starts it, all or nothing.

        `subscription` replaces the one that the workflow had; None means that no event starts
        it any more.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def delete(self, workflow: Workflow, *, expires_at: datetime) -> None:
        """Remove the workflow if this is the stored revision; no event starts it any more.

        Its versions stay until `expires_at`, for the executions that name them.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        """Return a published version; versions never change, so an answer may be kept.

        Raises:
            NotFoundError: There is no such version.
        """

    def versions_of(
        self, location_id: str, numbers: Mapping[str, int]
    ) -> Mapping[str, WorkflowVersion]:
        """Return one version of each of several workflows; what does not exist is left out.

        Args:
            location_id: The location of all of them.
            numbers: The version by the workflow's id, as is the answer.
        """

    def versions(
        self, location_id: str, workflow_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[WorkflowVersion]:
        """Return a page of the versions, newest first."""

    def subscriptions(self, location_id: str) -> Sequence[Subscription]:
        """Return the enabled workflows of the location (consistent)."""

    def subscriptions_on(self, machine_arn: str) -> Sequence[Subscription]:
        """Return the enabled workflows of all locations that run on the machine.

        The answer may be seconds old.
        """

    def uses_machine(self, machine_arn: str) -> bool:
        """Say whether an enabled workflow of any location runs on the machine.

        The answer may be seconds old.
        """
