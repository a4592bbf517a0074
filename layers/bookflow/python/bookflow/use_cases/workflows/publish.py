"""Turns drafts into published versions, and decides which version events run."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.reminders.anchors import begins_anew
from bookflow.domain.shared.errors import ConflictError, PermanentError
from bookflow.domain.shared.input_problems import counted
from bookflow.domain.validation.problems import Problem
from bookflow.domain.workflows.diff import has_changes
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion, trigger_type_of
from bookflow.ports import Ports
from bookflow.use_cases.reminders.plan_reminders import reminder_offset
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs
from bookflow.use_cases.workflows.check_graph import check_graph
from bookflow.use_cases.workflows.make_machine import (
    Machine,
    MachineTarget,
    machine_or_problems,
    on_machine,
)
from bookflow.use_cases.workflows.republish import publish_again, published_version, subscription_of


class InvalidWorkflowError(PermanentError):
    """A draft has problems that forbid publishing; `problems` lists all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        first = errors[0]
        super().__init__(
            f"the workflow has {counted(len(errors), 'problem')}, the first: {first.reason}",
            field=".".join(filter(None, ["nodes", first.node_id, first.field])),
            remedy=first.remedy,
        )
        self.problems = tuple(problems)


class Publisher:
    """Publishing, enabling and rolling back; running executions stay on their version."""

    def __init__(self, ports: Ports, target: MachineTarget) -> None:
        self._ports = ports
        self._target = target

    def check(self, workflow: Workflow) -> Sequence[Problem]:
        """Return every problem of the draft; whether its machine can be made comes last."""
        return self._checked(workflow, workflow.draft)[0]

    def publish(
        self,
        location_id: str,
        workflow_id: str,
        *,
        based_on: int,
        published_by: str = "",
        send_missed: bool = False,
    ) -> tuple[Workflow, WorkflowVersion]:
        """Publish the draft as the next version; events run it from now on if it is enabled.

        Args:
            location_id: The workflow's location.
            workflow_id: The workflow.
            based_on: Its stored revision.
            published_by: Who publishes.
            send_missed: Where the reminder's offset changes: whether reminders that would have been
                due already are sent now; else they are skipped.

        Returns:
            The workflow as it was published, and its version: a save may follow at any moment.

        Raises:
            InvalidWorkflowError: The draft has problems.
            StaleRevisionError: `based_on` is not the stored revision, or another save came
                in between.
            NotFoundError: There is no such workflow.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        now = self._ports.clock.now()
        number = workflow.latest_version + 1
        published = workflow.saved(
            based_on,
            updated_at=now,
            published_version=number,
            latest_version=number,
            has_changes=False,
        )
        problems, machine = self._checked(workflow, workflow.draft)
        if machine is None:
            raise InvalidWorkflowError(problems)
        version = self._version(published, machine, number, published_by)
        published = self._plan_reminders(workflow, published, version, send_missed)
        self._ports.workflows.publish(
            published, version=version, subscription=subscription_of(published, version)
        )
        return published, version

    def set_enabled(
        self,
        location_id: str,
        workflow_id: str,
        enabled: bool,
        *,
        based_on: int,
        send_missed: bool = False,
    ) -> Workflow:
        """Turn the workflow on or off; executions in progress continue.

        Args:
            location_id: The workflow's location.
            workflow_id: The workflow.
            enabled: On or off.
            based_on: Its stored revision.
            send_missed: Whether reminders that would have been due already are sent now; else they
                are skipped.

        Raises:
            InvalidWorkflowError: The published version has problems by now.
            ConflictError: It has no published version yet.
            StaleRevisionError: `based_on` is not the stored revision, or another save came
                in between.
            NotFoundError: There is no such workflow.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        if enabled and workflow.published_version is None:
            raise ConflictError(
                "the workflow has no published version",
                field="enabled",
                remedy="Publish it, then enable it.",
            )
        return self._point(workflow, based_on, send_missed, enabled=enabled)

    def roll_back(
        self,
        location_id: str,
        workflow_id: str,
        version: int,
        *,
        based_on: int,
        send_missed: bool = False,
    ) -> Workflow:
        """Let events run an earlier version again; the draft stays as it is.

        While the workflow is off it may be any version: enabling checks it. `send_missed` is as in
        `publish`.

        Raises:
            InvalidWorkflowError: The version has problems by now, and events would run it.
            StaleRevisionError: `based_on` is not the stored revision, or another save came
                in between.
            NotFoundError: There is no such workflow or version.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        return self._point(workflow, based_on, send_missed, published_version=version)

    def _point(
        self, workflow: Workflow, based_on: int, send_missed: bool, **changes: object
    ) -> Workflow:
        changed = workflow.saved(based_on, updated_at=self._ports.clock.now(), **changes)
        version = published_version(self._ports, changed)
        changed = changed.changed(has_changes=has_changes(changed, version))
        if version is None or not changed.enabled:
            changed = self._plan_reminders(workflow, changed, None, send_missed)
            self._ports.workflows.publish(changed, subscription=None)
            return changed
        # What the version names, such as a template, may be deleted since it was published.
        problems, machine = self._checked(workflow, version.graph)
        if machine is None:
            raise InvalidWorkflowError(problems)
        current = on_machine(version, machine, self._ports, self._target)
        changed = self._plan_reminders(workflow, changed, version, send_missed)
        if current.machine_arn == version.machine_arn:
            self._ports.workflows.publish(changed, subscription=subscription_of(changed, version))
            return changed
        return publish_again(self._ports, changed, current)

    def _plan_reminders(
        self,
        before: Workflow,
        after: Workflow,
        version: WorkflowVersion | None,
        send_missed: bool,
    ) -> Workflow:
        """Let the reminders of all bookings follow, if the change concerns any.

        Returns the workflow with the moment since which its reminders have their offset.
        """
        was = reminder_offset(published_version(self._ports, before)) if before.enabled else None
        wanted = reminder_offset(version) if after.enabled else None
        if was == wanted:
            return after
        if wanted is None or begins_anew(wanted, was):
            since = after.updated_at if wanted else None
            after = after.changed(reminding_since=since)
        ReminderJobs(self._ports).request(
            after.location_id,
            after.id,
            was,
            wanted,
            workflow_revision=after.revision,
            send_missed_of=after.reminding_since if send_missed else None,
        )
        return after

    def _checked(
        self, workflow: Workflow, graph: Graph
    ) -> tuple[Sequence[Problem], Machine | None]:
        """Return a graph's problems, and its machine unless one of them forbids it."""
        problems = check_graph(workflow.changed(draft=graph), self._ports)
        return machine_or_problems(graph, problems, self._target.function_arn_prefix)

    def _version(
        self, workflow: Workflow, machine: Machine, number: int, published_by: str
    ) -> WorkflowVersion:
        """Return the draft as a version whose machine exists."""
        version = WorkflowVersion(
            location_id=workflow.location_id,
            workflow_id=workflow.id,
            version=number,
            name=workflow.name,
            description=workflow.description,
            trigger_type=trigger_type_of(workflow.draft),
            graph=workflow.draft,
            machine_arn="",
            published_at=workflow.updated_at,
            published_by=published_by,
        )
        return on_machine(version, machine, self._ports, self._target)
