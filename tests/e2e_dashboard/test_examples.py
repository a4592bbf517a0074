"""The examples of the product text, each built from a blank page, by counted presses of the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e_dashboard.operator import Operator

COUNT_PRESSES = """() => {
  window.presses = 0;
  addEventListener("pointerdown", (event) => { if (event.isTrusted) window.presses += 1; }, true);
}"""


class Builder:
    """Builds a workflow as a person does: each press is a click of the pointer, the rest is typed."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._page = operator.page

    def begin(self, trigger: str) -> None:
        """Open a blank workflow with this trigger."""
        self._page.get_by_role("button", name="Add Workflow").click()
        self._page.get_by_role("button", name="Blank workflow").click()
        self._page.locator(".first-step").get_by_text(trigger, exact=True).click()
        expect(self._operator.node(trigger)).to_be_visible()

    def add(self, step: str) -> None:
        """Add a step after the last one."""
        self._page.get_by_label("Steps to add").get_by_role("button", name=step, exact=True).click()

    def choose(self, field: str, option: str) -> None:
        """Choose an option: a press opens the list, its name is typed."""
        select = self._field(field)
        expect(select.locator("option").filter(has_text=option)).to_have_count(1)
        select.click()
        self._page.keyboard.type(option)
        self._page.keyboard.press("Enter")
        expect(select.locator("option:checked")).to_have_text(option)

    def write(self, field: str, text: str) -> None:
        """Write into a field that was pressed."""
        self._field(field).click()
        self._page.keyboard.press("Control+a")
        self._page.keyboard.insert_text(text)

    def publish(self) -> dict[str, Any]:
        """Publish, with the switch that turns it on as a decision of its own; return what is stored."""
        page = self._page
        expect(page.get_by_text("Checking …")).to_have_count(0)
        page.get_by_role("button", name="Publish", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("Turn on after publishing")).to_be_visible()
        dialog.get_by_role("button", name="Publish version").click()
        expect(page.get_by_text("Published version")).to_be_visible()
        workflow_id = page.url.split("/workflows/")[1].split("/")[0]
        workflow: dict[str, Any] = self._operator.call("GET", f"/workflows/{workflow_id}")
        assert workflow["published_version"] == 1
        assert workflow["enabled"]
        return workflow

    def _field(self, label: str) -> Locator:
        return self._page.get_by_label("Step", exact=True).get_by_label(label, exact=True)


def confirmation(build: Builder) -> None:
    build.begin("Booking Created")
    build.add("Send template")
    build.choose("Template", "Booking confirmation")


def reminder(build: Builder) -> None:
    build.begin("Booking Reminder")
    build.add("Send template")
    build.choose("Template", "Visit reminder")


def follow_up(build: Builder) -> None:
    build.begin("Booking Completed")
    build.add("Delay")
    build.write("Amount", "2")
    build.choose("Unit", "hours")
    build.add("Send survey e-mail")


def cancellation(build: Builder) -> None:
    build.begin("Booking Cancelled")
    build.add("Send template")
    build.choose("Template", "Booking cancellation")
    build.add("Webhook")
    build.write("Address", "https://crm.example.com/cancellations")
    build.write("Body · optional", '{"booking": "{{ booking.id }}", "data": {{ eventData }}}')


def rescheduled(build: Builder) -> None:
    build.begin("Booking Rescheduled")
    build.add("Add booking note")
    build.write("Note", "Moved from {{ event.old_start_time }} to {{ event.new_start_time }}")


@pytest.mark.parametrize(
    ("build", "most", "kinds"),
    [
        (confirmation, 10, ["trigger", "send_template"]),
        (reminder, 10, ["trigger", "send_template"]),
        (follow_up, 10, ["trigger", "delay", "send_survey_email"]),
        (cancellation, 14, ["trigger", "send_template", "webhook"]),
        (rescheduled, 10, ["trigger", "add_booking_note"]),
    ],
)
def test_an_example_is_built_from_blank_in_few_clicks(
    operator: Operator, build: Callable[[Builder], None], most: int, kinds: list[str]
) -> None:
    page = operator.page
    page.add_init_script(f"({COUNT_PRESSES})()")
    operator.sign_in()
    builder = Builder(operator)
    build(builder)
    workflow = builder.publish()
    presses = page.evaluate("window.presses")
    operator.start(workflow["id"], enabled=False)  # the other tests' events are not for it
    assert [node["type"] for node in workflow["draft"]["nodes"]] == kinds
    assert len(workflow["draft"]["edges"]) == len(kinds) - 1
    assert 5 <= presses <= most
