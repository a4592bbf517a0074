"""What anybody can store or type: drafts that are wrong, and addresses that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, edge, step

STRANGE = {"toString": 1, "valueOf": None}

DRAFTS: list[tuple[str, dict[str, Any]]] = [
    ("condition", {"rule": {"all": "x"}}),
    ("condition", {"rule": {"not": None}}),
    ("condition", {"rule": {"any": [None, 5, STRANGE]}}),
    ("condition", {"rule": {"variable": 5, "operator": "equals", "value": 1}}),
    ("condition", {"rule": {"variable": "booking.status", "operator": 5, "value": STRANGE}}),
    (
        "condition",
        {"rule": {"variable": "booking.start_time", "operator": "before", "value": "jazz"}},
    ),
    (
        "condition",
        {"rule": {"variable": "booking.start_time", "operator": "within_next", "value": STRANGE}},
    ),
    ("switch", {"cases": [None]}),
    ("switch", {"cases": [{"id": "a"}, {"id": "a"}, {"id": STRANGE, "name": 5}]}),
    ("switch", {"cases": {"length": 3}}),
    ("delay", {"kind": "until", "value": STRANGE, "unit": [], "at": 5}),
    ("webhook", {"url": STRANGE, "headers": {"X-A": STRANGE}, "body": [STRANGE]}),
    ("webhook", {"headers": [["a"]], "success_codes": "x"}),
    ("send_template", {"template": STRANGE, "languages": [STRANGE], "send_window": [1]}),
    ("send_survey_email", {"survey": 5}),
    ("constructor", {"a": None}),
    ("__proto__", {"rule": {"all": []}}),
]

FAR = {"x": 1e19, "y": -1e19}

ADDRESSES = [
    "/%E0%A4%A",
    "/__proto__/workflows",
    "/constructor/x",
    "/toString",
    "/LOCATION/%",
    "/elsewhere/workflows",
    "/LOCATION/nothing/here",
    "/LOCATION/workflows/%E0%A4%A/editor",
    "/LOCATION/templates/%E0%A4%A",
    "/LOCATION/surveys/%/editor",
    "/LOCATION/bookings/%ZZ",
    "/LOCATION/workflows/__proto__/editor",
    "/LOCATION/templates/constructor",
]


@pytest.fixture
def hostile(operator: Operator) -> str:
    """Store one draft with every wrong step in it; return its id."""
    steps = [
        {**step(f"s{row}", kind, f"Step {row:02}", row), "config": config}
        for row, (kind, config) in enumerate(DRAFTS, start=1)
    ]
    trigger = step("trigger", "trigger", "Starts", event="Booking Created")
    far = {**step("far", "webhook", "Far"), "position": FAR}
    edges = [edge("trigger", each["id"]) for each in steps]
    graph = {"schema_version": 1, "nodes": [trigger, *steps, far], "edges": edges}
    return operator.make("Hostile", graph)


def test_every_wrong_step_opens_with_its_form(operator: Operator, hostile: str) -> None:
    page = operator.page
    operator.sign_in()
    operator.open(hostile)
    page.get_by_role("button", name="Tidy up").click()
    for row in range(1, len(DRAFTS) + 1):
        operator.node(f"Step {row:02}").locator(".step__name").dispatch_event("click")
        panel = page.get_by_label("Step", exact=True)
        expect(panel.get_by_label("Name", exact=True).first).to_have_value(f"Step {row:02}")
    page.get_by_label("Steps to add").get_by_role("button", name="Delay", exact=True).click()
    operator.expect_saved()
    stored = operator.call("GET", f"/workflows/{hostile}")["draft"]["nodes"]
    assert len(stored) == len(DRAFTS) + 3
    assert all(abs(each["position"]["x"]) <= 1e6 for each in stored)


@pytest.mark.noise(
    "^422 GET /v1/locations/[^/]+/workflows/__proto__",
    "^404 GET /v1/locations/[^/]+/templates/constructor",
)
def test_wrong_addresses_say_that_nothing_is_there(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    location = page.evaluate("location.hash").split("/")[1]
    for address in ADDRESSES:
        page.evaluate("hash => { location.hash = hash }", address.replace("LOCATION", location))
        found = page.get_by_role("heading", name="Not found").or_(
            page.get_by_role("heading", name="There is nothing here")
        )
        expect(found).to_be_visible()
    page.evaluate("hash => { location.hash = hash }", f"/{location}/tasks")
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
