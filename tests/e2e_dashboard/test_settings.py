"""Settings of the location, its secrets and suppressions; and what is done to many runs at once."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step


def test_quiet_hours_are_saved_and_read_again(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.go("settings")
    switch = page.locator("label.switch").filter(has_text="Keep quiet hours")
    if not page.get_by_role("switch", name="Keep quiet hours").is_checked():
        switch.click()
    # Of this run only, so that there is something to save whatever earlier tests left.
    start = f"{20 + time.time_ns() % 3}:{10 + time.time_ns() % 49}"
    page.get_by_label("From", exact=True).fill(start)
    page.get_by_label("Until", exact=True).fill("07:45")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Saved the settings.")).to_be_visible()

    operator.go("tasks")
    operator.go("settings")
    expect(page.get_by_label("From", exact=True)).to_have_value(start)
    kept = operator.call("GET", "/settings")["settings"]["quiet_hours"]
    assert kept == {"start": start, "end": "07:45"}


@pytest.mark.noise("^422 PUT /v1/locations/[^/]+/settings$")
def test_problem_of_a_setting_is_reported_at_its_field(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.go("settings")
    page.get_by_label("Time zone", exact=True).fill("Mars/Olympus")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_label("Time zone", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Must be an IANA time zone such as Europe/Berlin.")).to_be_visible()
    page.get_by_role("button", name="Undo changes").click()
    expect(page.get_by_role("button", name="Save settings")).to_be_disabled()


@pytest.mark.noise("^422 PUT /v1/locations/[^/]+/settings$")
def test_words_of_bookflow_are_replaced_previewed_and_taken_back(operator: Operator) -> None:
    page = operator.page
    mark = f"Weg damit {time.time_ns()}"
    operator.sign_in()
    operator.go("settings/words")
    page.get_by_role("combobox", name="Language", exact=True).select_option("de")
    page.get_by_role("combobox", name="Part", exact=True).select_option("Unsubscribe page")
    button = page.get_by_label("Button", exact=True)
    expect(button).to_have_attribute("placeholder", "Abbestellen")
    button.fill(mark)
    preview = page.get_by_role("region", name="Preview").frame_locator("iframe")
    expect(preview.get_by_role("button", name=mark)).to_be_visible()
    text = page.get_by_label("What unsubscribing means", exact=True)
    page.get_by_role("button", name="Begin with these words: What unsubscribing means").click()
    expect(text).to_have_value(re.compile(r"^\{address\} .*\{location\}"))
    text.fill("Adieu {adresse}")
    expect(page.get_by_text("Use {address}, {location}.")).to_be_visible()
    expect(text).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save words").click()
    expect(page.get_by_text("Not saved. Fix the marked fields")).to_be_visible()
    text.fill("Adieu ")
    page.get_by_role("button", name="Insert address into “What unsubscribing means”").click()
    expect(text).to_have_value("Adieu {address}")
    expect(preview.get_by_text("Adieu a…@example.com")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert accessibility_problems(page) == []
    page.get_by_role("button", name="Save words").click()
    expect(page.get_by_text("Saved the words.")).to_be_visible()
    own = {"unsubscribe_button": mark, "unsubscribe_text": "Adieu {address}"}
    assert operator.call("GET", "/settings")["settings"]["wordings"]["de"] == own

    page.get_by_role("button", name="Reset “Button” to Bookflow").click()
    expect(button).to_have_value("")
    page.get_by_role("button", name="Reset “What unsubscribing means” to Bookflow").click()
    # The button is disabled while it saves, too.
    with page.expect_response(re.compile(r"/settings$")):
        page.get_by_role("button", name="Save words").click()
    expect(page.get_by_role("button", name="Save words")).to_be_disabled()
    assert "de" not in operator.call("GET", "/settings")["settings"]["wordings"]


def test_viewer_reads_the_settings_and_sees_no_dead_buttons(operator: Operator) -> None:
    page = operator.page
    operator.sign_in("viewer")
    operator.go("settings")
    expect(page.get_by_text("View only.")).to_be_visible()
    expect(page.get_by_label("Time zone", exact=True)).to_have_attribute("readonly", "")
    for absent in ("Save settings", "Add a person"):
        expect(page.get_by_role("button", name=absent)).to_have_count(0)
    expect(page.get_by_role("link", name="Webhook secrets")).to_have_count(0)
    operator.go("settings/words")
    expect(page.get_by_text("View only.")).to_be_visible()
    expect(page.get_by_role("textbox").first).to_have_attribute("readonly", "")
    expect(page.get_by_role("button", name="Save words")).to_have_count(0)


@pytest.mark.noise("^422 POST /v1/locations/[^/]+/secrets$")
def test_secret_is_added_rotated_and_deleted_and_its_value_never_shown(operator: Operator) -> None:
    page = operator.page
    name = f"crm-{time.time_ns()}"
    values = ("first-value-4711", "second-value-4712")
    operator.sign_in()
    operator.go("settings/secrets")
    page.get_by_role("button", name="Add secret").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Value").fill(values[0])
    dialog.get_by_label("Hosts").fill("user@crm.example.com")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Add secret").click()
    expect(dialog).to_contain_text("Hosts 1: A host has no user name or password")
    dialog.get_by_label("Hosts").fill("")
    dialog.get_by_role("button", name="Add secret").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("never")
    expect(row).to_contain_text("No hosts, not sent")

    row.get_by_role("button", name="Hosts").click()
    dialog.get_by_label("Hosts").fill("CRM.example.com\n*.example.org")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Save hosts").click()
    expect(row).to_contain_text("crm.example.com, *.example.org")

    row.get_by_role("button", name="Rotate").click()
    dialog.get_by_label("Value", exact=True).fill(values[1])
    dialog.get_by_label("Old value stays valid for").fill("48")
    dialog.get_by_role("button", name="Rotate").click()
    expect(page.get_by_text(f"Rotated {name}. The old value stays valid for 48")).to_be_visible()
    expect(row).to_contain_text("2 times")
    shown = page.content()
    assert not [value for value in values if value in shown]

    page.get_by_role("button", name=f"Delete {name}").click()
    dialog = page.get_by_role("dialog", name=f"Delete the secret {name}?")
    expect(dialog).to_contain_text("then fail")
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_address_is_suppressed_found_and_lifted(operator: Operator) -> None:
    page = operator.page
    address = f"guest-{time.time_ns()}@example.com"
    operator.sign_in()
    operator.go("settings/suppressions")
    page.get_by_role("button", name="Block a recipient").click()
    page.get_by_label("E-mail address or phone number", exact=True).fill(address)
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("Blocked g")).to_be_visible()
    assert operator.call("POST", "/suppressions/find", {"address": address})["suppression"]

    page.get_by_label("Find a recipient").fill(address)
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Unblock").click()
    expect(page.get_by_text("Unblocked g")).to_be_visible()
    assert operator.call("POST", "/suppressions/find", {"address": address})["suppression"] is None


def upcoming(operator: Operator) -> list[object]:
    """Return all bookings of the location that are still to come, page by page."""
    found: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        page = operator.call("GET", f"/bookings?cursor={cursor}" if cursor else "/bookings")
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def test_publish_dialog_tells_what_happens_to_reminders(operator: Operator) -> None:
    page = operator.page
    graph = chain(
        "Booking Reminder", step("note", "add_booking_note", "Leave a note", 1, note="Soon")
    )
    graph["nodes"][0]["config"] |= {"offset_value": 3, "offset_unit": "hours"}
    workflow_id = operator.make("Reminder with impact", graph)
    coming = upcoming(operator)
    operator.sign_in()
    operator.open(workflow_id)
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    impact = page.get_by_role("region", name="Reminders")
    expect(impact.get_by_text("upcoming booking")).to_be_visible()
    gained = int(impact.get_by_role("listitem").first.locator("strong").inner_text())
    assert 0 < gained <= len(coming)

    page.get_by_role("dialog").get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("Published version 1.")).to_be_visible()
    expect(page.get_by_text(f"{gained} planned")).to_be_visible()


def test_failures_of_one_cause_are_resumed_together(operator: Operator) -> None:
    page = operator.page
    path = f"/hooks/same-{time.time_ns()}"
    graph = chain(
        "Booking Cancelled",
        step("crm", "webhook", "Tell the CRM", 1, url=f"{operator.receiver_url}{path}"),
    )
    workflow_id = operator.make("Failing the same way", graph)
    operator.start(workflow_id)
    bookings = []
    for _ in range(2):
        operator.answer_next(path, 410)
        bookings.append(operator.put_event("booking_cancelled"))
    for booking in bookings:
        expect_run(operator, workflow_id, booking, "failed")

    operator.sign_in()
    operator.open(workflow_id, "executions")
    page.get_by_label("Status", exact=True).select_option("failed")
    expect(page.get_by_text("2 executions in this list failed with this error")).to_be_visible()
    page.get_by_role("button", name="Resume all with this error").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("status 410")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Resume 2 executions").click()
    expect(dialog.get_by_text("Resumed 2 of 2 executions.")).to_be_visible()
    for booking in bookings:
        expect_run(operator, workflow_id, booking, "completed")
    assert len(operator.requests(path)) == 4


def test_workflow_is_stopped_and_its_pending_runs_are_cancelled(operator: Operator) -> None:
    page = operator.page
    graph = chain(
        "Booking Cancelled",
        step("wait", "delay", "Wait", 1, value=2, unit="days"),
        step("note", "add_booking_note", "Leave a note", 2, note="Later"),
    )
    workflow_id = operator.make("To be stopped", graph)
    operator.start(workflow_id)
    booking_id = operator.put_event("booking_cancelled")
    expect_run(operator, workflow_id, booking_id)
    operator.sign_in()
    operator.open(workflow_id, "executions")
    page.get_by_role("button", name="Turn off and cancel waiting executions").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 execution is in progress or waiting")).to_be_visible()
    dialog.get_by_role("button", name="Turn off and cancel").click()
    expect(dialog.get_by_text("1 execution was cancelled")).to_be_visible()
    assert operator.call("GET", f"/workflows/{workflow_id}")["enabled"] is False
    assert operator.runs(workflow_id, booking_id, "cancelled")


def test_stopping_a_workflow_tells_how_many_reminders_were_cancelled(operator: Operator) -> None:
    page = operator.page
    graph = chain(
        "Booking Reminder", step("note", "add_booking_note", "Leave a note", 1, note="Soon")
    )
    graph["nodes"][0]["config"] |= {"offset_value": 1, "offset_unit": "hours"}
    workflow_id = operator.make("Reminders to be taken back", graph)
    operator.start(workflow_id)
    poll(
        lambda: (
            operator.call("GET", f"/workflows/{workflow_id}/reminder-job")["job"]["state"]
            == "completed"
        ),
        "the planning",
    )
    operator.sign_in()
    operator.open(workflow_id, "executions")
    page.get_by_role("button", name="Turn off and cancel waiting executions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Turn off and cancel").click()
    cancelled = re.compile(r"^\d+ planned reminders? (was|were) cancelled\.$")
    expect(dialog.get_by_text(cancelled)).to_be_visible(timeout=60_000)


def test_simulator_shows_the_draft_beside_the_published_version(operator: Operator) -> None:
    page = operator.page
    name = f"To be simulated {time.time_ns()}"
    graph = chain(
        "Booking Created", step("note", "add_booking_note", "Leave a note", 1, note="Old")
    )
    workflow_id = operator.make(name, graph)
    operator.start(workflow_id)
    stored = operator.call("GET", f"/workflows/{workflow_id}")
    graph["nodes"][1]["config"]["note"] = "New"
    operator.save(workflow_id, stored["revision"], name, graph)
    booking_id = operator.call("GET", "/bookings")["items"][0]["booking"]["id"]
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    page.get_by_role("button", name="Simulate a workflow").click()
    page.get_by_role("menuitem", name=name).click()
    expect(page.get_by_text("differs from the published version in 1 entry")).to_be_visible()
    draft = page.get_by_role("region", name="Draft (revision")
    expect(draft.get_by_text("Different")).to_be_visible()
    draft.get_by_text("What differs from the published version").click()
    expect(draft.locator("ins", has_text="New")).to_be_visible()
    expect(page.get_by_role("region", name="Published (version 1)")).to_contain_text("Different")
    assert accessibility_problems(page) == []


def test_variables_show_their_values_for_a_chosen_booking(operator: Operator) -> None:
    page = operator.page
    found = operator.call("GET", "/bookings")["items"][0]
    graph = chain(
        "Booking Created",
        step("note", "add_booking_note", "Leave a note", 1, note="For {{ booking.id }}"),
    )
    workflow_id = operator.make("With values", graph)
    operator.sign_in()
    operator.open(workflow_id)
    operator.node("Leave a note").click()
    page.get_by_label("Preview with booking").fill(found["booking"]["id"])
    named = found["booking"]["confirmation_code"] or found["booking"]["id"]
    preview = page.get_by_role("region", name=f"Preview for {named}", exact=True)
    expect(preview).to_have_text(f"For {found['booking']['id']}")
    page.get_by_role("button", name="Insert a variable").click()
    page.get_by_label("Search variables").fill("customer.first_name")
    expect(page.get_by_label("Variables", exact=True)).to_contain_text(
        found["customer"]["first_name"]
    )


def expect_run(operator: Operator, workflow_id: str, booking_id: str, status: str = "") -> None:
    """Wait for a run of a booking, in a status if one is given."""
    poll(lambda: operator.runs(workflow_id, booking_id, status), f"a run {status}")
