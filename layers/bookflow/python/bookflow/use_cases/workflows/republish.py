"""Publishes a version again, on a machine as the stack makes it today."""

from __future__ import annotations

from bookflow.domain.workflows.diff import has_changes
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion
from bookflow.ports import Ports
from bookflow.use_cases.workflows.make_machine import MachineTarget, make_machine, on_machine


def publish_again(ports: Ports, workflow: Workflow, version: WorkflowVersion) -> Workflow:
    """Publish an old version as the next one; return the workflow.

    The compiler, the role or the logging changed since: the old machine may be swept, and a version
    never changes.
    """
    number = workflow.latest_version + 1
    version = version.changed(
        version=number,
        name=workflow.name,
        description=workflow.description,
        published_at=workflow.updated_at,
    )
    renewed = workflow.changed(
        published_version=number,
        latest_version=number,
        has_changes=has_changes(workflow, version),
    )
    ports.workflows.publish(
        renewed, version=version, subscription=subscription_of(renewed, version)
    )
    return renewed


def renew(ports: Ports, target: MachineTarget, location_id: str, workflow_id: str) -> bool:
    """Let an enabled workflow run on a machine as it is made today; say whether it did not.

    Its published graph becomes the next version. Executions in progress finish on theirs.

    Raises:
        ConflictError: Somebody saved the workflow meanwhile.
        GraphNotCompilableError: Its graph gives no machine any more.
        NotFoundError: There is no such workflow.
    """
    workflow = ports.workflows.get(location_id, workflow_id)
    version = published_version(ports, workflow)
    if version is None or not workflow.enabled:
        return False
    machine = make_machine(version.graph, target.function_arn_prefix)
    current = on_machine(version, machine, ports, target)
    if current.machine_arn == version.machine_arn:
        return False
    publish_again(ports, workflow.saved(workflow.revision, updated_at=ports.clock.now()), current)
    return True


def published_version(ports: Ports, workflow: Workflow) -> WorkflowVersion | None:
    """Return the version that new events use; None before the first."""
    number = workflow.published_version
    if number is None:
        return None
    return ports.workflows.version(workflow.location_id, workflow.id, number)


def subscription_of(workflow: Workflow, version: WorkflowVersion) -> Subscription | None:
    """Return what starts a version of a workflow; None for one that is off."""
    if not workflow.enabled:
        return None
    return Subscription(
        location_id=workflow.location_id,
        trigger_type=version.trigger_type,
        workflow_id=workflow.id,
        version=version.version,
        machine_arn=version.machine_arn,
        reminding_since=workflow.reminding_since,
    )
