"""The contract of `JoinStore`, for the fake and for DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.workflows.joins import Decision, JoinState
from tests.integration.adapters.conftest import TABLE, AwsPorts

JOIN = ("loc-1", "ex-1", "j-1")


def test_arrivals_and_the_waiting_task_may_come_in_any_order(ports: Any) -> None:
    first = ports.joins.arrive(*JOIN, {"e-1": Decision.ACTIVE})
    assert first == JoinState(None, {"e-1": Decision.ACTIVE}, None)
    waiting = ports.joins.wait(*JOIN, 2, "token-1")
    assert waiting == JoinState(2, {"e-1": Decision.ACTIVE}, "token-1")
    assert waiting.outcome() is None
    last = ports.joins.arrive(*JOIN, {"e-2 #ä": Decision.INACTIVE})
    assert last.decided == {"e-1": Decision.ACTIVE, "e-2 #ä": Decision.INACTIVE}
    assert (last.outcome(), last.token) == (Decision.ACTIVE, "token-1")


def test_repeats_change_nothing_and_a_later_token_counts(ports: Any) -> None:
    for _ in range(2):
        ports.joins.arrive(*JOIN, {"e-1": Decision.STOPPED})
    ports.joins.wait(*JOIN, 2, "token-1")
    state = ports.joins.wait(*JOIN, 2, "token-2")
    assert state == JoinState(2, {"e-1": Decision.STOPPED}, "token-2")


def test_an_edge_is_decided_once(ports: Any) -> None:
    ports.joins.arrive(*JOIN, {"e-1": Decision.ACTIVE})
    with pytest.raises(ConflictError):
        ports.joins.arrive(*JOIN, {"e-1": Decision.INACTIVE, "e-2": Decision.ACTIVE})
    assert ports.joins.arrive(*JOIN, {}) == JoinState(None, {"e-1": Decision.ACTIVE}, None)


def test_a_join_nobody_has_reached_is_empty(ports: Any) -> None:
    assert ports.joins.arrive(*JOIN, {}) == JoinState()


def test_hundreds_of_edges_are_decided_at_once(ports: Any) -> None:
    decided = {f"edge-{number}": Decision.ACTIVE for number in range(230)}
    assert ports.joins.arrive(*JOIN, decided).decided == decided
    assert ports.joins.wait(*JOIN, 230, "token").outcome() is Decision.ACTIVE


def test_joins_do_not_mix(ports: Any) -> None:
    ports.joins.arrive(*JOIN, {"e-1": Decision.ACTIVE})
    assert ports.joins.wait("loc-1", "ex-1", "j-2", 1, "t").decided == {}
    assert ports.joins.wait("loc-1", "ex-2", "j-1", 1, "t").decided == {}
    assert ports.joins.wait("loc-2", "ex-1", "j-1", 1, "t").decided == {}


def test_a_join_costs_one_call_and_vanishes_in_time(aws: AwsPorts) -> None:
    aws.operations.clear()
    aws.joins.arrive(*JOIN, {"e-1": Decision.ACTIVE})
    aws.joins.wait(*JOIN, 2, "token")
    assert aws.operations == ["UpdateItem", "UpdateItem"]
    item = aws.dynamodb.get_item(
        TableName=TABLE, Key={"PK": {"S": "L#loc-1#EXECUTION#ex-1"}, "SK": {"S": "JOIN#j-1"}}
    )["Item"]
    days = (int(item["expires_at"]["N"]) - aws.clock.now().timestamp()) / 86_400
    assert days == pytest.approx(400)
