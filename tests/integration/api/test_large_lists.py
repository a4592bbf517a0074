"""Lists of large records: an answer that Lambda hands over, and a cursor for the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.bootstrap import Services
from bookflow.domain.audit import AuditEntry
from tests.api import Client, TestIssuer
from tests.aws.refusals import answer_problem
from tests.integration.api.conftest import Handler

AUDIT = "/v1/locations/loc-1/audit"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CHANGES = 100
SIDE_BYTES = 64 * 1024


def text(seed: int) -> str:
    """Return a text that JSON makes longer within JSON.

    It compresses well, so that a hundred of them are one page of DynamoDB, which ends at 1 MB.
    """
    return f'{seed}<p class="ä">' * (SIDE_BYTES // 16)


@pytest.mark.parametrize(
    "query",
    [{}, {"kind": "templates"}, {"kind": "templates", "resource_id": "t-1"}],
    ids=["all", "of a kind", "of one"],
)
def test_an_audit_page_of_a_hundred_large_changes_answers(
    api: Handler, issuer: TestIssuer, services: Services, query: Mapping[str, str]
) -> None:
    for number in range(CHANGES):
        services.audit.append(
            AuditEntry(
                location_id="loc-1",
                id=f"a-{number}",
                at=NOW + timedelta(seconds=number),
                actor="user-1",
                actor_name="Ada",
                actor_kind="person",
                operation="save_template",
                kind="templates",
                resource_id="t-1",
                before={"html": text(number)},
                after={"html": text(number + 1)},
                request_id="request-1",
                expires_at=NOW + timedelta(days=400),
            )
        )
    answers: list[Any] = []

    def noted(event: Any, context: Any) -> Any:
        answers.append(api(event, context))
        return answers[-1]

    client = Client(noted, issuer.person(loc_1="admin"))
    found: list[str] = []
    cursor = None
    while cursor or not found:
        page = client.get(AUDIT, limit=100, cursor=cursor, **query)
        assert page.status == 200, page.text[:300]
        assert page.json["items"]
        found += [entry["id"] for entry in page.json["items"]]
        cursor = page.json["next_cursor"]
    assert found == [f"a-{number}" for number in reversed(range(CHANGES))]
    assert [answer_problem(answer) for answer in answers] == [None] * len(answers)
    assert sum(len(json.dumps(answer)) for answer in answers) > 2 * 6_291_556
