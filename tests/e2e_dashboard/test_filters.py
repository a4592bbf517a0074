"""What does not go out: by a trigger's filter, built in the editor, and by the limits of marketing."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step
from tests.e2e_dashboard.test_editor import compare


def test_filter_of_a_trigger_is_built_shown_on_its_node_and_followed(operator: Operator) -> None:
    page = operator.page
    note = step("note", "add_booking_note", "Leave a note", 1, note="A group")
    workflow = operator.make(f"Groups {time.time_ns()}", chain("Booking Created", note))
    operator.sign_in()
    operator.open(workflow)
    operator.node("Booking Created").click()
    page.get_by_role("button", name="Add rule").click()
    rule = page.get_by_role("group", name="Only if")
    compare(operator, rule, "booking.party_size", "is at least", "8")
    expect(operator.node("Booking Created")).to_contain_text("Only if party size is at least 8")
    operator.expect_saved()
    assert accessibility_problems(page) == []
    operator.publish()

    small = operator.put_event("booking_created", booking={"party_size": 7})
    group = operator.put_event("booking_created", booking={"party_size": 8})
    poll(lambda: operator.runs(workflow, group, "completed"), "the group's execution")
    assert operator.runs(workflow, small) == []

    page.get_by_role("button", name="Try out").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Booking", exact=True).fill(small)
    dialog.get_by_role("button", name="Try out").click()
    expect(dialog.get_by_text("filter leaves this booking out")).to_be_visible()


@pytest.mark.noise("^422 PUT /v1/locations/[^/]+/settings$")
def test_limits_of_marketing_are_saved_and_skip_what_is_too_much(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.go("settings")
    page.get_by_label("Most messages for a guest and day").fill("3")
    page.get_by_role("button", name="Add dates").click()
    page.get_by_label("From", exact=True).last.fill("2031-12-24")
    page.get_by_label("Until and including").last.fill("2031-12-20")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("ends before it begins").first).to_be_visible()
    page.get_by_label("Until and including").last.fill("2032-01-01")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Saved the settings.")).to_be_visible()
    kept = operator.call("GET", "/settings")["settings"]
    assert kept["marketing_per_day"] == 3
    assert kept["marketing_pauses"][-1] == {"first": "2031-12-24", "last": "2032-01-01"}
    page.get_by_role("button", name="Remove the dates from 2031-12-24").last.click()
    page.get_by_label("Most messages for a guest and day").fill("")
    page.get_by_role("button", name="Save settings").click()
    poll(
        lambda: operator.call("GET", "/settings")["settings"]["marketing_per_day"] is None,
        "the saved settings",
    )
