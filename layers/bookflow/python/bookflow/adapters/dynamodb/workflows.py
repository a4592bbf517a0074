"""Workflows, versions and subscriptions in DynamoDB: the port `WorkflowStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition, workflow_key
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Expression,
    Item,
    Put,
    Table,
    TableStore,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion

_VERSION = "VERSION#"

VERSIONS_KEPT = 100
"""Versions that a process remembers, 60 KB of JSON at most."""


class DynamoDBWorkflows(TableStore):
    """Keeps workflows; a save names the revision before it, and versions are never rewritten.

    So a process reads each version once. Those of a deleted workflow stay for the executions that
    name them; nothing names one that has expired.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._version = lru_cache(maxsize=VERSIONS_KEPT)(self._read_version)

    def get(self, location_id: str, workflow_id: str) -> Workflow:
        """Return the workflow.

        Raises:
            NotFoundError: The location has no such workflow.
        """
        return records.read(self.table, workflow_key(location_id, workflow_id), Workflow)

    def list(self, location_id: str) -> Sequence[Workflow]:
        """Return the location's workflows by name; one made a moment ago may be missing."""
        items = self.table.query_index("GSI1", partition(location_id, "WORKFLOWS"))
        workflows = [decode_model(Workflow, item["data"]) for item in items]
        return sorted(workflows, key=lambda workflow: (workflow.name.casefold(), workflow.id))

    def page(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Workflow]:
        """Return a page of the location's workflows by name (two calls)."""
        page = self.table.query_page(partition(location_id, "WORKFLOWS"), request, index="GSI1")
        return records.decoded(Workflow, page)

    def delete(self, workflow: Workflow, *, expires_at: datetime) -> None:
        """Remove workflow and subscription, then let the versions expire.

        Raises:
            ConflictError: Another save came first.
        """
        key = workflow_key(workflow.location_id, workflow.id)
        subscription = Key(partition(workflow.location_id, "SUBSCRIPTIONS"), workflow.id)
        try:
            self.table.transact(
                [Delete(key, unchanged_since(workflow.revision)), Delete(subscription)]
            )
        except ConditionFailedError:
            raise self._overtaken(workflow, workflow.revision) from None
        change = Expression(
            "SET #expires_at = :expires_at", {":expires_at": time_to_live(expires_at)}
        )
        # Keys alone would do, but the versions of a workflow are few and this is rare.
        for version in self.table.query(key.pk, begins_with=_VERSION):
            self.table.update(Key(version["PK"], version["SK"]), change)

    def save(self, workflow: Workflow) -> None:
        """Store the workflow if the stored revision is the one before it.

        Raises:
            ConflictError: Another save came first.
        """
        records.save(self.table, _workflow_item(workflow), workflow)

    def publish(
        self,
        workflow: Workflow,
        *,
        version: WorkflowVersion | None = None,
        subscription: Subscription | None,
    ) -> None:
        """Store the workflow, a new version if given, and what starts it, all or nothing.

        Raises:
            ConflictError: Another save came first.
        """
        writes: list[Put | Delete] = [records.put_of(_workflow_item(workflow), workflow)]
        if version:
            writes.append(_put_version(version))
        # The key holds no trigger, so that a workflow has one subscription whatever starts it.
        key = Key(partition(workflow.location_id, "SUBSCRIPTIONS"), workflow.id)
        if subscription:
            writes.append(Put(_subscription_item(key, subscription)))
        else:
            writes.append(Delete(key))
        try:
            self.table.transact(writes)
        except ConditionFailedError:
            raise self._overtaken(workflow, workflow.revision - 1) from None

    def _overtaken(self, workflow: Workflow, based_on: int) -> StaleRevisionError:
        stored = self.table.get(workflow_key(workflow.location_id, workflow.id))
        return records.overtaken(Workflow, based_on, stored)

    def version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        """Return a published version (one call, the first time).

        Raises:
            NotFoundError: There is no such version.
        """
        return self._version(location_id, workflow_id, version)

    def _read_version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        item = self.table.get(_version_key(location_id, workflow_id, version))
        if item is None:
            raise NotFoundError("there is no such version of the workflow", field="version")
        return decode_model(WorkflowVersion, item["data"])

    def versions_of(
        self, location_id: str, numbers: Mapping[str, int]
    ) -> Mapping[str, WorkflowVersion]:
        """Return one version of each of several workflows (one call per 100)."""
        keys = {each: _version_key(location_id, each, number) for each, number in numbers.items()}
        found = self.table.get_many(keys.values())
        return {
            workflow_id: decode_model(WorkflowVersion, found[key]["data"])
            for workflow_id, key in keys.items()
            if key in found
        }

    def versions(
        self, location_id: str, workflow_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[WorkflowVersion]:
        """Return a page of the versions, newest first."""
        pk = workflow_key(location_id, workflow_id).pk
        page = self.table.query_page(pk, request, begins_with=_VERSION, newest_first=True)
        return records.decoded(WorkflowVersion, page)

    def subscriptions(self, location_id: str) -> Sequence[Subscription]:
        """Return the enabled workflows of the location (consistent)."""
        items = self.table.query(partition(location_id, "SUBSCRIPTIONS"))
        return [decode_model(Subscription, item["data"]) for item in items]

    def subscriptions_on(self, machine_arn: str) -> Sequence[Subscription]:
        """Return the enabled workflows of all locations that run on the machine."""
        items = self.table.query_index("GSI1", _machine_partition(machine_arn))
        return [decode_model(Subscription, item["data"]) for item in items]

    def uses_machine(self, machine_arn: str) -> bool:
        """Say whether an enabled workflow of any location runs on the machine."""
        found = self.table.query_index("GSI1", _machine_partition(machine_arn), limit=1)
        return bool(list(found))


def _subscription_item(key: Key, subscription: Subscription) -> Item:
    return {
        **key.attributes,
        "GSI1PK": _machine_partition(subscription.machine_arn),
        "GSI1SK": f"{subscription.location_id}#{subscription.workflow_id}",
        "data": encode_model(subscription),
    }


def _machine_partition(machine_arn: str) -> str:
    """Machines are shared by locations: the one partition of the index that is of none."""
    return f"MACHINE#{machine_arn.rpartition(':')[2]}"


def _workflow_item(workflow: Workflow) -> Item:
    return {
        **records.item_of(workflow_key(workflow.location_id, workflow.id), workflow),
        "GSI1PK": partition(workflow.location_id, "WORKFLOWS"),
        # Folding may lengthen a name threefold, and an index key holds 1024 bytes.
        "GSI1SK": f"{workflow.name.casefold()[:100]}#{workflow.id}",
    }


def _put_version(version: WorkflowVersion) -> Put:
    key = _version_key(version.location_id, version.workflow_id, version.version)
    return Put({**key.attributes, "data": encode_model(version)}, NEW)


def _version_key(location_id: str, workflow_id: str, version: int) -> Key:
    return Key(workflow_key(location_id, workflow_id).pk, f"{_VERSION}{version:06d}")
