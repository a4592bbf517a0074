"""Joins that wait for branches, in DynamoDB: the port `JoinStore`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from bookflow.adapters.dynamodb.base.keys import Key, execution_key
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Expression,
    Item,
    Table,
    time_to_live,
)
from bookflow.domain.workflows.joins import Decision, JoinState

if TYPE_CHECKING:
    from bookflow.ports import Clock

KEPT_FOR = timedelta(days=400)
"""Life of a join's record: longer than a Standard execution may run, which is a year."""

EDGES_AT_ONCE = 50
"""Edges of one write: an expression holds 4 KB (AWS, "Quotas in Amazon DynamoDB")."""

_EDGE = "edge:"


class DynamoDBJoins:
    """Keeps each join as one item with an attribute an edge, so that arrivals never collide."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def arrive(
        self, location_id: str, execution_id: str, join: str, decided: Mapping[str, Decision]
    ) -> JoinState:
        """Record decided edges and return the join's state after it.

        Raises:
            ConflictError: An edge was decided otherwise before. The first decision stands.
        """
        key = _key(location_id, execution_id, join)
        edges = iter(decided.items())
        state = JoinState()
        while some := dict(islice(edges, EDGES_AT_ONCE)):
            state = self._decide(key, some)
        return state if decided else _state(self._table.get(key) or {})

    def wait(
        self, location_id: str, execution_id: str, join: str, expected: int, token: str
    ) -> JoinState:
        """Record who waits (the latest try counts) and return the join's state after it."""
        change = Expression(
            "SET #expected = :expected, #token = :token,"
            " #expires_at = if_not_exists(#expires_at, :expires_at)",
            {":expected": expected, ":token": token, ":expires_at": self._expires_at()},
        )
        return _state(self._table.update(_key(location_id, execution_id, join), change))

    def _decide(self, key: Key, decided: Mapping[str, Decision]) -> JoinState:
        names = {f"#e{number}": f"{_EDGE}{edge}" for number, edge in enumerate(decided)}
        values: dict[str, Any] = {
            f":e{number}": decision.value for number, decision in enumerate(decided.values())
        }
        numbers = range(len(decided))
        change = Expression(
            "SET #expires_at = if_not_exists(#expires_at, :expires_at), "
            + ", ".join(f"#e{number} = :e{number}" for number in numbers),
            {**values, ":expires_at": self._expires_at()},
            names,
        )
        condition = Expression(
            " AND ".join(
                f"(attribute_not_exists(#e{number}) OR #e{number} = :e{number})"
                for number in numbers
            ),
            values,
            names,
        )
        try:
            return _state(self._table.update(key, change, condition))
        except ConditionFailedError as error:
            if error.found is None:
                raise
            return _state(error.found).arrive(decided)

    def _expires_at(self) -> int | None:
        return time_to_live(self._clock.now() + KEPT_FOR)


def _key(location_id: str, execution_id: str, join: str) -> Key:
    return Key(execution_key(location_id, execution_id).pk, f"JOIN#{join}")


def _state(item: Item) -> JoinState:
    return JoinState(
        expected=int(item["expected"]) if "expected" in item else None,
        decided={
            name.removeprefix(_EDGE): Decision(value)
            for name, value in item.items()
            if name.startswith(_EDGE)
        },
        token=item.get("token"),
    )
