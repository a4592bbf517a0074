"""What goes wrong around the pages: tokens that end, no connection, calls that fail, nothing there."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from local.stack import LocalStack
from tests.e2e_dashboard.operator import Operator, note_and_webhook

WHY = "The table of bookings does not answer. Try again in a minute."
RETRIED_AFTER_MS = 6_000
"""Longer than the editor waits before it saves again after a failure that may pass."""

PROBLEM = {
    "type": "about:blank",
    "title": "Failed",
    "detail": WHY,
    "errors": [],
    "problems": [],
    "request_id": "req-4711",
}


def test_token_is_renewed_before_it_ends(operator: Operator, stack: LocalStack) -> None:
    page = operator.page
    fresh = stack.issuer.user_token(stack.issuer.users[0])
    renewals: list[str] = []

    def grant(route: Route) -> None:
        form = route.request.post_data or ""
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        if "grant_type=refresh_token" in form:
            renewals.append(form)
            answer: dict[str, Any] = {"access_token": fresh, "expires_in": 3600}
        else:
            answer = {**route.fetch().json(), "refresh_token": "again", "expires_in": 30}
        route.fulfill(status=200, headers=headers, body=json.dumps(answer))

    page.route(f"{stack.issuer.url}/token", grant)
    operator.sign_in_by_hand()
    with page.expect_request(re.compile("/v1/.*/bookings")) as asked:
        operator.go("bookings")
    assert asked.value.headers["authorization"] == f"Bearer {fresh}"
    operator.go("tasks")
    assert len(renewals) == 1
    assert "refresh_token=again" in renewals[0]


@pytest.mark.noise("^401 ")
def test_unsaved_draft_outlives_the_session(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("StoredValue", note_and_webhook())
    operator.sign_in_by_hand()
    operator.open(workflow_id)
    expect(operator.node("Tell the CRM")).to_be_visible()
    refusing = re.compile(r"/v1/")
    page.route(refusing, lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    page.get_by_label("Name of the workflow").fill("Typed too late")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_visible()

    page.unroute(refusing)
    page.get_by_role("button", name="Sign in again").click()
    # The dashboard has a button of that name as well, the account's.
    expect(page.get_by_role("heading", name="Sign in to the local Bookflow")).to_be_visible()
    page.get_by_role("button", name="Demo admin").click()
    expect(page.get_by_label("Name of the workflow")).to_have_value("Typed too late")
    operator.expect_saved()
    assert operator.call("GET", f"/workflows/{workflow_id}")["name"] == "Typed too late"


@pytest.mark.noise("^failed .*INTERNET_DISCONNECTED$")
def test_lost_connection_is_reported_and_work_goes_on_when_it_is_back(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Offline", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    expect(operator.node("Tell the CRM")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.get_by_label("Name of the workflow").fill("Typed offline")
    expect(page.get_by_text("Not saved")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Publish version").click()
    expect(dialog.get_by_text("Bookflow cannot be reached")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="Executions").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()

    page.context.set_offline(False)
    expect(page.get_by_text("No executions yet")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    page.get_by_role("link", name="Editor").click()
    operator.expect_saved()
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert (saved["name"], saved["published_version"]) == ("Typed offline", None)


def test_switching_on_is_tried_again_without_another_version(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Published once", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    failing = re.compile(r"/enabled$")
    page.route(failing, lambda route: route.fulfill(status=500, json={**PROBLEM, "status": 500}))
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Publish version 1").click()
    expect(dialog.get_by_text("Version 1 is published, but it was not turned on")).to_be_visible()
    page.unroute(failing)
    dialog.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Published version 1.")).to_be_visible()
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert (saved["published_version"], saved["latest_version"], saved["enabled"]) == (1, 1, True)


@pytest.mark.noise("^403 PUT /v1/locations/[^/]+/workflows/")
def test_refused_draft_is_kept_for_its_drawer_and_not_sent_again_and_again(
    operator: Operator,
) -> None:
    page = operator.page
    workflow_id = operator.make("Refused", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    saving = re.compile(rf"/workflows/{workflow_id}$")
    tries: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        tries.append(route.request.url)
        route.fulfill(status=403, json={**PROBLEM, "status": 403})

    page.route(saving, refuse)
    page.get_by_label("Name of the workflow").fill("Not allowed")
    expect(page.get_by_text("Not saved")).to_be_visible()
    page.get_by_role("link", name="All workflows").click()
    page.wait_for_timeout(RETRIED_AFTER_MS)
    assert len(tries) == 1
    page.unroute(saving)
    operator.open(workflow_id)
    expect(page.get_by_label("Name of the workflow")).to_have_value("Not allowed")
    operator.expect_saved()
    assert operator.call("GET", f"/workflows/{workflow_id}")["name"] == "Not allowed"


@pytest.mark.noise("^failed GET /dashboard/assets/BookingsPage", "^console: .*dynamically imported")
def test_page_that_cannot_be_loaded_leaves_the_frame_standing(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.expect_shown()
    page.route(re.compile(r"/assets/BookingsPage"), lambda route: route.abort())
    page.get_by_role("link", name="Bookings").click()
    expect(page.get_by_role("heading", name="This page did not load")).to_be_visible()
    page.get_by_role("link", name="Tasks").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


@pytest.mark.noise("^403 GET /v1/locations/[^/]+/bookings$")
@pytest.mark.parametrize("status", [403, 500])
def test_failed_call_says_why_and_can_be_tried_again(operator: Operator, status: int) -> None:
    page = operator.page
    failing = re.compile(r"/v1/.*/bookings(\?|$)")
    calls = itertools.count(1)
    made: list[int] = []

    def fail(route: Route) -> None:
        made.append(next(calls))
        route.fulfill(status=status, json={**PROBLEM, "status": status})

    operator.sign_in()
    page.route(failing, fail)
    operator.go("bookings")
    expect(page.get_by_text(WHY)).to_be_visible()
    expect(page.get_by_text("Request req-4711")).to_be_visible()
    assert len(made) == (3 if status == 500 else 1)
    page.unroute(failing)
    # The table is there while it loads already.
    with page.expect_response(failing):
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table")).to_be_visible()


@pytest.mark.noise("^404 GET /v1/locations/[^/]+/(bookings/bk-unknown|workflows/unknown)")
def test_empty_pages_say_what_belongs_there(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Empty", {"schema_version": 1, "nodes": [], "edges": []})
    operator.sign_in()
    for place, words in (
        (f"workflows/{workflow_id}/editor", "What starts the workflow?"),
        (f"workflows/{workflow_id}/executions", "No executions yet"),
        (f"workflows/{workflow_id}/versions", "Not published yet"),
        ("bookings/bk-unknown", "There is nothing here"),
        ("workflows/unknown/editor", "There is nothing here"),
    ):
        operator.go(place)
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    operator.go("workflows")
    page.get_by_label("Search workflows").fill("no workflow is called that")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_dark_theme_is_chosen_and_kept(operator: Operator) -> None:
    page = operator.page
    operator.sign_in_by_hand()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Demo admin").click()
    page.get_by_role("menuitem", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    page.get_by_role("button", name="Demo admin").click()
    expect(page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()
    assert page.evaluate(ground) == dark
