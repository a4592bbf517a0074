"""The contract of `WorkflowStore`, for the fake and for DynamoDB."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from bookflow.adapters.dynamodb.base import subscriptions as base_subscriptions
from bookflow.adapters.dynamodb.base.table import Table
from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.workflows.graph import Graph
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import NOW, created, graph, subscription, version, workflow


def test_a_saved_workflow_is_read_as_it_was(ports: Any) -> None:
    saved = workflow(name="Grüße 👋", description="x")
    ports.workflows.save(saved)
    assert ports.workflows.get("loc-1", "wf-1") == saved


def test_an_unknown_workflow_and_version_are_not_found(ports: Any) -> None:
    with pytest.raises(NotFoundError):
        ports.workflows.get("loc-1", "wf-1")
    with pytest.raises(NotFoundError):
        ports.workflows.version("loc-1", "wf-1", 1)


def test_a_save_must_follow_the_stored_revision(ports: Any) -> None:
    first = workflow()
    ports.workflows.save(first)
    second = first.saved(1, updated_at=NOW, name="Second")
    ports.workflows.save(second)
    with pytest.raises(ConflictError):
        ports.workflows.save(first.saved(1, updated_at=NOW, name="Late"))
    with pytest.raises(ConflictError):
        ports.workflows.save(workflow(name="New again"))
    assert ports.workflows.get("loc-1", "wf-1") == second


def test_a_save_of_a_workflow_that_is_gone_is_a_conflict(ports: Any) -> None:
    with pytest.raises(ConflictError):
        ports.workflows.save(workflow(revision=5))


def test_the_very_same_save_may_be_repeated(ports: Any) -> None:
    ports.workflows.save(workflow())
    ports.workflows.save(workflow())
    assert ports.workflows.get("loc-1", "wf-1") == workflow()


def test_workflows_are_listed_by_name_without_those_of_others(ports: Any) -> None:
    for number, name in enumerate(["beta", "Alpha", "ΐ" * 200, "alpha"]):
        ports.workflows.save(workflow(id=f"wf-{number}", name=name))
    ports.workflows.save(workflow(location_id="loc-2", name="Other"))
    names = [found.name for found in ports.workflows.list("loc-1")]
    assert names == ["Alpha", "alpha", "beta", "ΐ" * 200]


def test_publishing_stores_the_version_and_what_starts_it(ports: Any) -> None:
    first = workflow()
    ports.workflows.save(first)
    published = first.saved(1, updated_at=NOW, enabled=True, published_version=1, latest_version=1)
    ports.workflows.publish(published, version=version(1), subscription=subscription(1))
    assert ports.workflows.get("loc-1", "wf-1") == published
    assert ports.workflows.version("loc-1", "wf-1", 1) == version(1)
    assert list(ports.workflows.subscriptions("loc-1")) == [subscription(1)]
    assert list(ports.workflows.subscriptions("loc-2")) == []


def test_a_workflow_has_one_subscription_whatever_starts_it(ports: Any) -> None:
    ports.workflows.publish(workflow(), version=version(1), subscription=subscription(1))
    moved = subscription(2, trigger_type="Booking Cancelled")
    ports.workflows.publish(workflow(revision=2), version=version(2), subscription=moved)
    assert list(ports.workflows.subscriptions("loc-1")) == [moved]
    ports.workflows.publish(workflow(revision=3), subscription=None)
    assert list(ports.workflows.subscriptions("loc-1")) == []


def test_a_publish_that_comes_second_changes_nothing(ports: Any) -> None:
    ports.workflows.publish(workflow(), version=version(1), subscription=subscription(1))
    with pytest.raises(ConflictError):
        ports.workflows.publish(
            workflow(name="Late"), version=version(2), subscription=subscription(2)
        )
    with pytest.raises(ConflictError):
        ports.workflows.publish(
            workflow(revision=2), version=version(1, name="Rewritten"), subscription=None
        )
    assert ports.workflows.get("loc-1", "wf-1") == workflow()
    assert ports.workflows.versions("loc-1", "wf-1").items == [version(1)]
    assert list(ports.workflows.subscriptions("loc-1")) == [subscription(1)]


def test_workflows_that_are_published_at_once_are_all_subscribed(
    aws: AwsPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [f"wf-other-{number}" for number in range(3)]
    transact = Table.transact

    def overtaken(table: Table, writes: Any) -> None:
        if others:
            other = others.pop()
            mine = subscription(1, workflow_id=other)
            aws.workflows.publish(workflow(id=other), subscription=mine)
        transact(table, writes)

    monkeypatch.setattr(Table, "transact", overtaken)
    aws.workflows.publish(workflow(), version=version(1), subscription=subscription(1))
    names = [each.workflow_id for each in aws.workflows.subscriptions("loc-1")]
    assert names == ["wf-1", "wf-other-0", "wf-other-1", "wf-other-2"]


def test_a_list_of_subscriptions_that_grows_too_large_is_split_and_read_whole(
    aws: AwsPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_subscriptions, "PART_BYTES", 400)
    for number in range(5):
        mine = subscription(1, workflow_id=f"wf-{number}")
        aws.workflows.publish(workflow(id=f"wf-{number}"), subscription=mine)
    listed = aws.workflows.subscriptions("loc-1")
    assert [each.workflow_id for each in listed] == [f"wf-{number}" for number in range(5)]
    recorded = aws.bookings.record(created())
    assert recorded is not None
    assert list(recorded.subscriptions) == list(listed)
    aws.operations.clear()
    aws.workflows.subscriptions("loc-1")
    assert aws.operations == ["GetItem", "BatchGetItem"]
    for number in range(4):
        aws.workflows.publish(workflow(id=f"wf-{number}", revision=2), subscription=None)
    aws.operations.clear()
    (left,) = aws.workflows.subscriptions("loc-1")
    assert (left.workflow_id, aws.operations) == ("wf-4", ["GetItem"])


def test_a_machine_is_used_while_an_enabled_workflow_of_any_location_runs_on_it(
    ports: Any,
) -> None:
    other = workflow(location_id="loc-2")
    shared = subscription(1, location_id="loc-2")
    ports.workflows.publish(workflow(), version=version(1), subscription=subscription(1))
    ports.workflows.publish(other, subscription=shared)
    assert ports.workflows.uses_machine("arn:machine:1")
    ports.workflows.publish(workflow(revision=2), version=version(2), subscription=subscription(2))
    assert ports.workflows.uses_machine("arn:machine:1")
    ports.workflows.publish(other.changed(revision=2), subscription=None)
    assert not ports.workflows.uses_machine("arn:machine:1")
    assert ports.workflows.uses_machine("arn:machine:2")


def test_versions_come_newest_first(ports: Any) -> None:
    for number in range(1, 13):
        ports.workflows.publish(
            workflow(revision=number), version=version(number), subscription=None
        )
    first = ports.workflows.versions("loc-1", "wf-1", PageRequest(10))
    second = ports.workflows.versions("loc-1", "wf-1", PageRequest(10, first.position))
    found = [found.version for found in [*first.items, *second.items]]
    assert (found, second.position) == (list(range(12, 0, -1)), None)


def test_the_largest_graph_fits_an_item(ports: Any) -> None:
    # Digests hardly shrink, unlike the texts of real graphs.
    text = "".join(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(3900))
    large = workflow(draft=graph(text=text))
    assert len(json.dumps(large.draft.model_dump(mode="json"), ensure_ascii=False)) > 249_000
    ports.workflows.save(large)
    found = ports.workflows.get("loc-1", "wf-1")
    assert isinstance(found.draft, Graph)
    assert found == large


def test_a_page_of_workflows_is_two_calls(aws: AwsPorts) -> None:
    for number in range(30):
        aws.workflows.save(workflow(id=f"wf-{number}"))
    aws.operations.clear()
    assert len(aws.workflows.list("loc-1")) == 30
    assert aws.operations == ["Query", "BatchGetItem"]
