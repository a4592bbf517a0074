"""Templates beside how they come out, and surveys from their questions to their results."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from local.seed import LOCATION_ID
from local.stack import LocalStack
from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step

LINK = re.compile(rf"/s/{LOCATION_ID}/[A-Za-z0-9_-]{{32}}")


def test_template_is_made_of_a_ready_made_one_and_previewed_for_a_booking(
    operator: Operator,
) -> None:
    page = operator.page
    name = f"Made in the gallery {time.time_ns()}"
    booking_id, code = a_booking(operator)
    operator.sign_in()
    begin_template(operator, "Booking confirmation")
    page.get_by_label("Name of the template").fill(name)
    subject = page.get_by_label("Subject", exact=True)
    subject.fill("Your code: ")
    page.get_by_role("button", name="Insert a variable into Subject").click()
    page.get_by_label("Search variables").fill("confirmation_code")
    page.get_by_role("button", name=re.compile(r"^Confirmation code")).click()
    expect(subject).to_have_text("Your code: Confirmation code")
    expect(subject).to_be_focused()
    page.keyboard.type("!")
    expect(subject).to_have_text("Your code: Confirmation code!")

    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("Your code: KAY-4711!")).to_be_visible()
    preview.get_by_label("For").select_option("by-id")
    preview.get_by_label("Booking", exact=True).press_sequentially(booking_id, delay=40)
    expect(preview.get_by_text(f"Your code: {code}!")).to_be_visible()
    for screen in ("On a desktop", "On a phone"):
        letter = page.frame_locator(f'iframe[title^="{screen}"]')
        expect(letter.get_by_text(code)).to_be_visible()
    expect(page.locator("iframe[sandbox='']")).to_have_count(2)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 saved")).to_be_visible()
    stored = next(each for each in templates(operator) if each["name"] == name)
    content = operator.call("GET", f"/templates/{stored['id']}")
    assert content["subject"].startswith("Your code: {{ booking.confirmation_code")


@pytest.mark.noise("^422 POST /v1/locations/[^/]+/templates$")
def test_problems_of_a_template_stand_at_their_field(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    begin_template(operator, "Blank template")
    page.get_by_role("radiogroup", name="E-mail written in").get_by_text("HTML").click()
    html = page.get_by_role("textbox", name="HTML", exact=True)
    subject = page.get_by_label("Subject", exact=True)
    expect(subject).to_have_attribute("aria-invalid", "false")
    subject.fill("Hello {{ customer.frist_name }}")
    expect(subject).to_have_attribute("aria-invalid", "true")
    expect(subject).to_have_accessible_description(re.compile("frist_name"))

    subject.fill("Hello {{ customer.first_name }}")
    html.fill("<p>On</p>\n<p>{{ booking.start_time | dote }}</p>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A template needs a name.")).to_be_visible()
    page.get_by_label("Name of the template").fill("With a wrong filter")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved. Fix the marked fields").first).to_be_visible()
    expect(html).to_have_accessible_description(re.compile(r"dote.*\(line 2\).*date"))
    expect(subject).to_have_attribute("aria-invalid", "false")
    assert not [each for each in templates(operator) if each["name"] == "With a wrong filter"]


def test_version_of_a_template_is_looked_at_and_taken_back(operator: Operator) -> None:
    page = operator.page
    template_id = make_template(operator, subject="The first words")
    operator.sign_in()
    operator.go(f"templates/{template_id}")
    page.get_by_label("Subject", exact=True).fill("Other words")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 2 saved")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    page.get_by_role("button", name=re.compile("^Version 1")).click()
    expect(page.get_by_text("Differs from the editor in: Subject.")).to_be_visible()
    expect(page.get_by_text("The first words")).to_be_visible()
    page.get_by_role("button", name="Copy to the editor").click()
    expect(page.get_by_label("Subject", exact=True)).to_have_text("The first words")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 3 saved")).to_be_visible()
    assert operator.call("GET", f"/templates/{template_id}")["subject"] == "The first words"


@pytest.mark.noise("^412 PUT /v1/locations/[^/]+/templates/")
def test_second_writer_of_a_template_is_reported_and_may_choose(operator: Operator) -> None:
    page = operator.page
    template_id = make_template(operator, subject="Once")
    operator.sign_in()
    operator.go(f"templates/{template_id}")
    subject = page.get_by_label("Subject", exact=True)
    subject.fill("Mine")
    other = page.context.new_page()
    other.goto(operator.url)
    other.get_by_role("button", name="Sign in").click()
    other.get_by_role("button", name="Demo editor").click()
    expect(other.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    other.evaluate("hash => { location.hash = hash }", f"/{LOCATION_ID}/templates/{template_id}")
    other.get_by_label("Subject", exact=True).fill("Theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Version 2 saved")).to_be_visible()

    page.get_by_role("link", name="Surveys", exact=True).click()
    page.get_by_role("link", name="Templates", exact=True).click()
    operator.go(f"templates/{template_id}")
    expect(subject).to_have_text("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Somebody else saved this template")
    expect(dialog.get_by_text("Yours differs in: Subject.")).to_be_visible()
    dialog.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text("Version 3 saved")).to_be_visible()
    assert operator.call("GET", f"/templates/{template_id}")["subject"] == "Mine"


@pytest.mark.noise("^409 DELETE /v1/locations/[^/]+/templates/booking-confirmation$")
def test_template_that_a_workflow_sends_is_not_deleted_and_says_why(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    page.get_by_role("link", name="Templates", exact=True).click()
    page.get_by_label("Search templates").fill("booking conf")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="More for Booking confirmation").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete “Booking confirmation”?")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Booking Confirmation")
    assert "booking-confirmation" in {each["id"] for each in templates(operator)}


@pytest.mark.noise("^409 DELETE /v1/locations/[^/]+/surveys/after-tour$")
def test_survey_is_copied_and_deleted_unless_it_is_the_default(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.go("surveys")
    page.get_by_role("button", name="More for After the tour", exact=True).click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.get_by_label("Name of the survey")).to_have_value("After the tour (copy)")

    operator.go("surveys")
    page.get_by_role("button", name="More for After the tour (copy)").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted “After the tour (copy)”.")).to_be_visible()
    page.get_by_role("button", name="More for After the tour", exact=True).click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete “After the tour”?")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert operator.call("GET", "/surveys/after-tour")["name"] == "After the tour"


def test_survey_is_made_answered_and_its_results_are_seen(
    operator: Operator, stack: LocalStack
) -> None:
    page = operator.page
    name = f"After the trip {time.time_ns()}"
    operator.sign_in()
    page.get_by_role("link", name="Surveys", exact=True).click()
    page.get_by_role("button", name="Add Survey").click()
    page.get_by_role("button", name="Multiple choice").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A survey needs a name.")).to_be_visible()
    expect(page.get_by_text("Enter the question.")).to_be_visible()
    page.get_by_label("Name of the survey").fill(name)
    page.get_by_label("Question 3", exact=True).fill("Would you come again?")
    page.get_by_label("Option 1", exact=True).fill("Yes")
    page.get_by_label("Option 2", exact=True).fill("No")
    page.get_by_label("Question 3", exact=True).press("Alt+ArrowUp")
    moved = page.get_by_label("Question 2", exact=True)
    expect(moved).to_have_value("Would you come again?")
    expect(moved).to_be_focused()
    phone = page.get_by_role("region", name="The survey's page")
    expect(phone.get_by_text("Would you come again?")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_text("Not saved. Fix the marked fields")).to_have_count(0)

    survey_id = next(
        each["id"]
        for each in operator.call("GET", "/surveys?limit=100")["items"]
        if each["name"] == name
    )
    questions = operator.call("GET", f"/surveys/{survey_id}")["questions"]
    assert [each["type"] for each in questions] == ["stars", "choice", "text"]
    again = questions[1]["id"]

    page.get_by_role("link", name="Results", exact=True).click()
    expect(page.get_by_text("No answers yet")).to_be_visible()
    ask = step("ask", "send_survey_email", "Ask", 1, survey=survey_id)
    operator.start(operator.make(f"Asks {name}", chain("Booking Rescheduled", ask)))
    before = stack.outbox.marker()
    booking_id = operator.put_event("booking_rescheduled")
    link = poll(lambda: survey_link(stack, before), "the survey's e-mail")
    answer = {"q.overall": "4", f"q.{again}": "Yes", "q.comment": "More <b>time</b> at the lock"}
    httpx.post(f"{stack.api_url}{link}", data=answer, timeout=60).raise_for_status()

    page.get_by_role("link", name="Surveys", exact=True).click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    row.get_by_role("link", name=name).click()
    expect(bar(page, "4 stars")).to_contain_text("1 · 100%")
    expect(bar(page, "5 stars")).to_contain_text("0 · 0%")
    expect(bar(page, "Yes")).to_contain_text("1 · 100%")
    comments = page.get_by_role("region", name="Comments")
    expect(comments.get_by_text("More <b>time</b> at the lock")).to_be_visible()
    expect(comments.get_by_role("link", name=booking_id)).to_be_visible()
    assert accessibility_problems(page) == []


def test_viewer_reads_templates_and_surveys_and_has_no_dead_button(operator: Operator) -> None:
    page = operator.page
    operator.sign_in("viewer")
    for area, add in (("Templates", "Add Template"), ("Surveys", "Add Survey")):
        page.get_by_role("link", name=area, exact=True).click()
        expect(page.get_by_role("table").get_by_role("link").first).to_be_visible()
        expect(page.get_by_role("button", name=add)).to_have_count(0)
        expect(page.get_by_role("switch")).to_have_count(0)
    for address in ("templates/booking-confirmation", "surveys/after-tour/editor"):
        operator.go(address)
        expect(page.get_by_text("View only")).to_be_visible()
        for absent in ("Save", "Discard changes", "Make it the default", "Remove question 1"):
            expect(page.get_by_role("button", name=absent)).to_have_count(0)
        expect(page.locator("form, .editing__form").locator(WRITABLE)).to_have_count(0)


def test_gallery_picker_and_sms_have_no_serious_accessibility_problem(operator: Operator) -> None:
    page = operator.page
    problems: dict[str, list[str]] = {}
    operator.sign_in()
    begin_template(operator, None)
    expect(page.locator(".sample__picture iframe").first).to_be_attached()
    problems["gallery"] = accessibility_problems(page)
    page.keyboard.press("Escape")
    operator.go("templates/guide-notice")
    expect(page.get_by_text("Sent and billed as", exact=True)).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        problems[f"SMS {scheme}"] = accessibility_problems(page)
    page.get_by_role("button", name="Insert a variable into SMS").click()
    expect(page.get_by_label("Search variables")).to_be_focused()
    problems["picker"] = accessibility_problems(page)
    assert {name: each for name, each in problems.items() if each} == {}


WRITABLE = ":is(input, textarea, select):not([readonly]):not([disabled])"


def begin_template(operator: Operator, name: str | None) -> None:
    """Open the gallery and choose one of its templates; None leaves it open."""
    operator.page.get_by_role("link", name="Templates", exact=True).click()
    operator.page.get_by_role("button", name="Add Template").click()
    dialog = operator.page.get_by_role("dialog", name="Add Template")
    if name is not None:
        dialog.get_by_role("button", name=name).click()


def make_template(operator: Operator, **content: Any) -> str:
    """Store a template and return its id."""
    body = {"name": f"Template {time.time_ns()}", "html": "<p>Hello</p>", **content}
    return str(operator.call("POST", "/templates", body)["id"])


def templates(operator: Operator) -> list[dict[str, Any]]:
    """Return the stored templates."""
    found: list[dict[str, Any]] = operator.call("GET", "/templates?limit=100")["items"]
    return found


def a_booking(operator: Operator) -> tuple[str, str]:
    """State a booking, as the booking system does; return its id and code."""
    number = time.time_ns()
    booking_id, code = f"bk-e2e-{number}", f"E2E-{number % 100_000:05}"
    item = {
        "booking": {
            "id": booking_id,
            "status": "confirmed",
            "confirmation_code": code,
            "start_time": "2027-06-12T18:30:00+02:00",
        },
        "customer": {"id": f"cus-{number}", "first_name": "Grace", "last_name": "Hopper"},
        "activity": {"id": "act-sunset", "name": "Sunset Kayak Tour"},
    }
    stored = operator.call("POST", "/bookings", {"items": [item]})
    assert stored["stored"] == 1
    return booking_id, code


def survey_link(stack: LocalStack, before: Any) -> str | None:
    """Return the path of the survey's link in what was mailed since."""
    found = (LINK.search(mail.text) for mail in stack.outbox.emails(before))
    return next((each.group() for each in found if each), None)


def bar(page: Page, answer: str) -> Locator:
    """Return the row of a chart."""
    return page.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name=answer, exact=True)
    )
