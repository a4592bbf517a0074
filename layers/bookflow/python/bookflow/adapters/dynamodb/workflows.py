"""Workflows, versions and subscriptions in DynamoDB: the port `WorkflowStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition, workflow_key
from bookflow.adapters.dynamodb.base.subscriptions import (
    SubscriptionList,
    read_subscriptions,
    subscriptions_key,
)
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    ContendedError,
    Delete,
    Expression,
    Item,
    Put,
    Table,
    TableStore,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.shared.errors import NotFoundError, TransientError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""

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
        self._write([Delete(key, unchanged_since(workflow.revision))], workflow, None)
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
        self._write(writes, workflow, subscription, based_on=workflow.revision - 1)

    def _write(
        self,
        writes: Sequence[Put | Delete],
        workflow: Workflow,
        subscription: Subscription | None,
        *,
        based_on: int | None = None,
    ) -> None:
        """Do writes of a workflow together with what starts it from now on.

        Publishing another workflow of the location changes the same list of subscriptions: then it
        is read again.
        """
        based_on = workflow.revision if based_on is None else based_on
        use = _machine_use_key(workflow.location_id, workflow.id)
        used = Put(_machine_use(use, subscription)) if subscription else Delete(use)
        for _ in range(TRIES):
            listed = self._listed(workflow.location_id)
            changed = listed.with_workflow(workflow.id, subscription)
            try:
                return self.table.transact([*writes, used, *changed])
            except ContendedError:
                continue
            except ConditionFailedError:
                if not changed or self._listed(workflow.location_id).revision == listed.revision:
                    stored = self.table.get(workflow_key(workflow.location_id, workflow.id))
                    raise records.overtaken(Workflow, based_on, stored) from None
        raise TransientError(
            "Other workflows of the location were published at the same moment, several times.",
            remedy="Nothing was changed. Publish again.",
        )

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
        """Return the enabled workflows of the location (consistent, one call)."""
        return self._listed(location_id).subscriptions

    def _listed(self, location_id: str) -> SubscriptionList:
        first = self.table.get(subscriptions_key(location_id))
        return read_subscriptions(self.table, location_id, first)

    def subscriptions_on(self, machine_arn: str) -> Sequence[Subscription]:
        """Return the enabled workflows of all locations that run on the machine."""
        items = self.table.query_index("GSI1", _machine_partition(machine_arn))
        return [decode_model(Subscription, item["data"]) for item in items]

    def uses_machine(self, machine_arn: str) -> bool:
        """Say whether an enabled workflow of any location runs on the machine."""
        found = self.table.query_index("GSI1", _machine_partition(machine_arn), limit=1)
        return bool(list(found))


def _machine_use_key(location_id: str, workflow_id: str) -> Key:
    return Key(workflow_key(location_id, workflow_id).pk, "MACHINE")


def _machine_use(key: Key, subscription: Subscription) -> Item:
    """Return the item by which an enabled workflow is found from its machine."""
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
