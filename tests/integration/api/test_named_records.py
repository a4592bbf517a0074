"""A draft may name a template or a survey by any text: one that no id can be is not looked up."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.bootstrap import Services
from tests.api import Client
from tests.unit.api.graphs import create, graph_of, know_location

NO_IDS = ("x" * 1100, "x" * 3000, "é" * 700, "a\nb", "#", " ", "{{ booking.id }}", "\u0000")
"""A sort key has at most 1,024 bytes, a partition's key 2,048."""


@pytest.mark.parametrize("name", NO_IDS, ids=lambda each: f"{each[:3]!r}x{len(each)}")
@pytest.mark.parametrize(
    ("step", "field"),
    [
        ("send_template", "template"),
        ("send_survey_email", "template"),
        ("send_survey_email", "survey"),
    ],
)
def test_a_record_that_no_id_can_name_is_a_problem_of_the_graph(
    services: Services, admin: Client, step: str, field: str, name: str
) -> None:
    know_location(services)
    draft: dict[str, Any] = graph_of({"id": "step", "type": step, "config": {field: name}})
    address = create(admin, draft)
    checked = admin.post(f"{address}/check", {"draft": draft})
    assert checked.status == 200, checked.text
    problems = [each for each in checked.json["problems"] if each["severity"] == "error"]
    assert [(each["node_id"], each["field"]) for each in problems] == [("step", f"config.{field}")]
    etag = admin.get(address).etag
    answers = {
        "publish": admin.post(f"{address}/publish", None, if_match=etag),
        "duplicate": admin.post(f"{address}/duplicate", {}),
        "export": admin.get(f"{address}/export"),
        "dry-run": admin.post(f"{address}/dry-run", {"booking_id": "b-1"}),
        "simulation": admin.post(f"{address}/simulation", {"booking_id": "b-1"}),
        "test": admin.post(f"{address}/steps/step/test", {}),
    }
    failed = {call: each.text for call, each in answers.items() if each.status >= 500}
    assert failed == {}
    file = {"name": "Copy", "description": "", "graph": draft}
    assert admin.post("/v1/locations/loc-1/workflows/import", {"workflow": file}).status < 500
