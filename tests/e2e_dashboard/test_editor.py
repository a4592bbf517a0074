"""The editor under one and two pairs of hands: changes, their undoing, rules, problems, other saves."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Route, expect

from tests.e2e_dashboard.operator import (
    Operator,
    accessibility_problems,
    chain,
    note_and_webhook,
    poll,
    step,
)

VIEW = """each => {
  const { e, f, a } = new DOMMatrix(getComputedStyle(each).transform);
  return [e, f, a];
}"""


def test_every_change_is_undone_and_done_again(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Undone", note_and_webhook())
    before = draft_of(operator, workflow_id)
    operator.sign_in()
    operator.open(workflow_id)
    operator.node("Leave a note").click()
    page.get_by_label("Name", exact=True).fill("Leave a long note")
    page.get_by_role("button", name="Duplicate step").click()
    expect(page.locator(".react-flow__node")).to_have_count(4)
    page.get_by_role("button", name="Delete step").click()
    page.get_by_role("button", name="Tidy up").click()
    operator.expect_saved()
    after = draft_of(operator, workflow_id)
    assert after != before

    undo = page.get_by_role("button", name="Undo")
    while undo.is_enabled():
        undo.click()
    operator.expect_saved()
    assert draft_of(operator, workflow_id) == before
    redo = page.get_by_role("button", name="Redo")
    while redo.is_enabled():
        redo.click()
    operator.expect_saved()
    assert draft_of(operator, workflow_id) == after


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_steps_made_without_places_are_shown_apart_and_nothing_is_saved(
    operator: Operator, role: str
) -> None:
    page = operator.page
    graph = note_and_webhook()
    for node in graph["nodes"]:
        del node["position"]
    workflow_id = operator.make(f"Without places, for a {role}", graph)
    operator.start(workflow_id, enabled=False)
    stored = operator.call("GET", f"/workflows/{workflow_id}")
    operator.sign_in(role)
    for tab in ("versions", "statistics", "editor"):
        operator.open(workflow_id, tab)
        tops = [box["y"] for box in boxes_of(page.locator(".react-flow__node"), 3)]
        assert all(below - above > 50 for above, below in itertools.pairwise(tops)), tab
    operator.expect_shown()
    assert operator.call("GET", f"/workflows/{workflow_id}") == stored
    if role == "viewer":
        return
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    operator.node("Leave a note").click()
    page.get_by_label("Name", exact=True).fill("Leave a long note")
    operator.expect_saved()
    saved = draft_of(operator, workflow_id)
    assert len({node["position"]["y"] for node in saved["nodes"]}) == len(saved["nodes"])
    page.get_by_role("button", name="Undo").click()
    operator.expect_saved()
    assert draft_of(operator, workflow_id) == stored["draft"]
    assert [box["y"] for box in boxes_of(page.locator(".react-flow__node"), 3)] == tops


def boxes_of(nodes: Locator, count: int) -> list[FloatRect]:
    """Return where so many elements are, in their order."""
    expect(nodes).to_have_count(count)
    boxes = [node.bounding_box() for node in nodes.all()]
    return [box for box in boxes if box is not None]


def test_steps_are_copied_moved_and_deleted_together(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Copied", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    operator.node("Leave a note").click()
    operator.node("Tell the CRM").click(modifiers=["Control"])
    expect(page.get_by_text("2 steps selected")).to_be_visible()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".react-flow__node")).to_have_count(5)
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    expect(page.locator(".react-flow__node.selected")).to_have_count(2)
    operator.expect_saved()
    copied = draft_of(operator, workflow_id)["nodes"][3:]
    assert [node["name"] for node in copied] == ["Leave a note", "Tell the CRM"]
    assert copied[0]["config"] == {"note": "Cancelled"}

    box = page.locator(".react-flow__node.selected").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 36)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 76, steps=8)
    page.mouse.up()
    operator.expect_saved()
    moved = draft_of(operator, workflow_id)["nodes"][3:]
    ways = {
        (new["position"]["x"] - old["position"]["x"], new["position"]["y"] - old["position"]["y"])
        for old, new in zip(copied, moved, strict=True)
    }
    assert len(ways) == 1
    assert ways != {(0, 0)}

    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__node")).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(page.locator(".react-flow__node")).to_have_count(5)
    expect(page.locator(".react-flow__edge")).to_have_count(3)


def test_step_is_put_into_an_edge(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Inserted", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    between = "Insert a step between Leave a note and Tell the CRM"
    page.get_by_role("button", name=between).click()
    page.get_by_label("Step to insert").get_by_role("button", name="Delay").click()
    expect(page.locator(".react-flow__node")).to_have_count(4)
    expect(operator.node("Delay")).to_have_class(re.compile("selected"))

    edge = page.locator(".react-flow__edge-interaction").first.bounding_box()
    canvas = page.locator(".editor__canvas").bounding_box()
    assert edge is not None
    assert canvas is not None
    operator.drag_from_palette(
        "Create task",
        edge["x"] + edge["width"] / 2 - canvas["x"],
        edge["y"] + edge["height"] / 2 - canvas["y"],
    )
    expect(page.locator(".react-flow__edge")).to_have_count(4)
    operator.expect_saved()
    draft = draft_of(operator, workflow_id)
    names = {node["id"]: node["name"] for node in draft["nodes"]}
    follows = {names[each["source"]]: names[each["target"]] for each in draft["edges"]}
    assert follows == {
        "Booking Cancelled": "Create task",
        "Create task": "Leave a note",
        "Leave a note": "Delay",
        "Delay": "Tell the CRM",
    }


def test_nested_rules_and_cases_are_built_and_followed(operator: Operator) -> None:
    page = operator.page
    graph = chain("Booking Cancelled", step("ask", "condition", "Ask", 1, rule={"all": []}))
    graph["nodes"].append(step("sort", "switch", "Sort", 2, cases=[]))
    for number, name in enumerate(("By the guest", "By the desk", "By others")):
        node = step(f"note{number}", "add_booking_note", name, 4, note=name)
        graph["nodes"].append({**node, "position": {"x": (number - 1) * 300, "y": 460}})
    workflow_id = operator.make("With rules", graph)
    operator.sign_in()
    operator.open(workflow_id)

    operator.node("Ask").click()
    rule = page.get_by_role("group", name="Rule", exact=True)
    rule.get_by_role("button", name="Add rule").click()
    compare(operator, rule, "event.reason", "is not empty")
    rule.get_by_role("button", name="Add group").click()
    inner = rule.locator(".rule__group--inner")
    inner.get_by_label("How the rules combine").select_option("none")
    compare(operator, inner, "event.cancelled_by", "equals", "weather")
    inner.get_by_role("button", name="Add rule").click()
    compare(operator, inner, "booking.party_size", "is at least", "40")
    operator.connect("Ask", "Sort", "true")

    operator.node("Sort").click()
    for number, who in enumerate(("customer", "operator")):
        page.get_by_role("button", name="Add", exact=True).click()
        case = page.locator(".form__item").nth(number)
        case.get_by_label("Name", exact=True).fill(who)
        compare(operator, case, "event.cancelled_by", "equals", who)
    handles = [("case_1", "By the guest"), ("case_2", "By the desk"), ("default", "By others")]
    for handle, name in handles:
        operator.connect("Sort", name, handle)
    expect(page.locator(".react-flow__edge")).to_have_count(5)
    page.locator(".form__item").nth(1).get_by_role("button", name="Remove").first.click()
    page.locator(".form__item").nth(0).get_by_role("button", name="Remove").first.click()
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".react-flow__edge")).to_have_count(5)

    page.locator(".react-flow__pane").click(position={"x": 20, "y": 300})
    expect(page.get_by_role("heading", name="1 warning")).to_be_visible()
    operator.expect_saved()
    config = {node["id"]: node["config"] for node in draft_of(operator, workflow_id)["nodes"]}
    assert config["ask"]["rule"] == {
        "all": [
            {"variable": "event.reason", "operator": "is_not_empty"},
            {
                "not": {
                    "any": [
                        {
                            "variable": "event.cancelled_by",
                            "operator": "equals",
                            "value": "weather",
                        },
                        {
                            "variable": "booking.party_size",
                            "operator": "greater_or_equal",
                            "value": 40,
                        },
                    ]
                }
            },
        ]
    }
    operator.publish()
    booking_id = operator.put_event("booking_cancelled", cancelled_by="operator")
    run = operator.open_run(booking_id)
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(operator.standing("By the desk", "completed")).to_be_visible()
    expect(operator.standing("By the guest", "not_reached")).to_be_visible()
    expect(operator.standing("By others", "not_reached")).to_be_visible()


def test_refused_connection_says_why(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.open(operator.make("Refused", note_and_webhook()))
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    operator.connect("Tell the CRM", "Leave a note")
    expect(page.get_by_text("That would make a loop.")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(2)


def test_draft_is_tried_out_and_nothing_is_sent(operator: Operator) -> None:
    page = operator.page
    path = f"/hooks/tried-{time.time_ns()}"
    visit = operator.call("GET", "/bookings")["items"][0]
    booking_id = visit["booking"]["id"]
    workflow_id = operator.make("Tried", note_and_webhook(f"{operator.receiver_url}{path}"))
    operator.sign_in()
    operator.open(workflow_id)
    operator.node("Leave a note").click()
    page.get_by_label("Note", exact=True).fill("Tried for {{ booking.id }}")
    page.get_by_role("button", name="Try out").click()
    dialog = page.get_by_role("dialog", name="Try out on a booking")
    dialog.get_by_label("Booking", exact=True).fill(visit["customer"]["last_name"].lower())
    code = visit["booking"]["confirmation_code"]
    expect(dialog.locator(f"datalist option[value='{code}']")).to_be_attached()
    with page.expect_response(lambda answer: f"text={code.lower()}" in answer.url):
        dialog.get_by_label("Booking", exact=True).fill(code.lower())
    dialog.get_by_role("button", name="Try out").click()
    expect(dialog.get_by_text("Would happen")).to_have_count(2)
    expect(dialog.get_by_text(f"Tried for {booking_id}")).to_be_visible()
    expect(dialog.get_by_text(path)).to_be_visible()
    assert accessibility_problems(page) == []
    assert operator.requests(path) == []
    notes = operator.call("GET", f"/bookings/{booking_id}/notes")["items"]
    assert not [note for note in notes if "Tried" in note["text"]]


def test_large_graph_is_seen_by_zoom_and_map(operator: Operator) -> None:
    page = operator.page
    notes = [
        step(f"n{row}", "add_booking_note", f"Note {row}", row, note="x") for row in range(1, 9)
    ]
    operator.sign_in()
    operator.open(operator.make("Large", chain("Booking Cancelled", *notes)))
    viewport = page.locator(".react-flow__viewport")

    def view() -> list[float]:
        """Return how far the canvas is moved, and its scale."""
        seen: list[float] = viewport.evaluate(VIEW)
        return seen

    expect(operator.node("Note 8")).to_be_visible()
    fitted = view()
    page.get_by_role("button", name="Zoom In").click()
    poll(lambda: view()[2] > fitted[2] * 1.1, "the canvas grows")
    page.get_by_role("button", name="Fit View").click()
    poll(lambda: abs(view()[2] - fitted[2]) < 0.02, "the canvas shows all")
    box = page.get_by_label("Map of the workflow").bounding_box()
    assert box is not None
    before = view()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 30, steps=6)
    page.mouse.up()
    poll(lambda: view()[1] < before[1] - 20, "the map moves the canvas")


def test_switch_beside_an_unsaved_change_is_nobody_elses_save(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Switched", note_and_webhook())
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id)
    switch = page.get_by_role("switch", name=re.compile("^On"))
    expect(switch).to_be_checked()
    page.get_by_label("Name of the workflow").fill("Switched off")
    page.locator("label.switch").filter(has=switch).click()
    page.get_by_label("Name of the workflow").fill("Switched off and named")
    expect(page.get_by_role("switch", name=re.compile("^Off"))).not_to_be_checked()
    operator.expect_saved()
    expect(page.get_by_role("dialog")).to_have_count(0)
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert (saved["name"], saved["enabled"]) == ("Switched off and named", False)


@pytest.mark.noise(
    "^403 GET /v1/locations/[^/]+/workflows/", "^412 PUT /v1/locations/[^/]+/workflows/"
)
def test_what_they_saved_is_read_again_when_it_did_not_load(operator: Operator) -> None:
    page = operator.page
    reading = re.compile(r"/v1/locations/[^/]+/workflows/[^/?]+$")

    def fail(route: Route) -> None:
        failed = {"detail": "The table is busy.", "status": 403, "problems": [], "errors": []}
        if route.request.method == "GET":
            route.fulfill(status=403, json=failed)
        else:
            route.continue_()

    workflow_id = operator.make("Unread", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    expect(operator.node("Tell the CRM")).to_be_visible()
    theirs = operator.call("GET", f"/workflows/{workflow_id}")
    operator.save(workflow_id, theirs["revision"], "Theirs", theirs["draft"])
    page.route(reading, fail)
    page.get_by_label("Name of the workflow").fill("Mine")
    dialog = page.get_by_role("dialog", name="Somebody else saved this workflow")
    expect(dialog.get_by_text("The table is busy.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep mine")).to_be_disabled()
    page.unroute(reading)
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_role("listitem").filter(has_text="Name")).to_contain_text("Theirs")
    dialog.get_by_role("button", name="Keep mine").click()
    operator.expect_saved()
    assert operator.call("GET", f"/workflows/{workflow_id}")["name"] == "Mine"


def test_problem_in_the_list_leads_to_its_step(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("With a problem", note_and_webhook(""))
    operator.sign_in()
    operator.open(workflow_id)
    page.get_by_role("button", name="Tell the CRM:").first.click()
    expect(operator.node("Tell the CRM")).to_have_class(re.compile("selected"))
    expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Address").fill("https://example.com/hook")
    expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "false")


@pytest.mark.noise("^412 PUT /v1/locations/[^/]+/workflows/")
def test_second_pair_of_hands_is_reported_and_mine_is_kept(operator: Operator) -> None:
    workflow_id, dialog = saved_by_two(operator)
    expect(dialog.get_by_text("Leave a note: ")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Name")).to_contain_text("Theirs Mine")
    assert accessibility_problems(operator.page) == []
    dialog.get_by_role("button", name="Keep mine").click()
    expect(dialog).to_have_count(0)
    operator.expect_saved()
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert saved["name"] == "Mine"
    assert saved["draft"]["nodes"][1]["config"] == {"note": "Cancelled"}


@pytest.mark.noise("^412 PUT /v1/locations/[^/]+/workflows/")
def test_second_pair_of_hands_is_reported_and_theirs_is_taken(operator: Operator) -> None:
    workflow_id, dialog = saved_by_two(operator)
    dialog.get_by_role("button", name="Take theirs").click()
    expect(dialog).to_have_count(0)
    expect(operator.page.get_by_label("Name of the workflow")).to_have_value("Theirs")
    operator.node("Leave a note").click()
    expect(operator.page.get_by_label("Note", exact=True)).to_have_value("Theirs")
    operator.page.get_by_label("Note", exact=True).fill("Mine, after theirs")
    operator.expect_saved()
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert saved["draft"]["nodes"][1]["config"] == {"note": "Mine, after theirs"}


def saved_by_two(operator: Operator) -> tuple[str, Locator]:
    """Let somebody else save a workflow while it is being changed; return the dialog about it."""
    workflow_id = operator.make("Two hands", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    expect(operator.node("Tell the CRM")).to_be_visible()
    theirs = operator.call("GET", f"/workflows/{workflow_id}")
    theirs["draft"]["nodes"][1]["config"]["note"] = "Theirs"
    operator.save(workflow_id, theirs["revision"], "Theirs", theirs["draft"])
    operator.page.get_by_label("Name of the workflow").fill("Mine")
    dialog = operator.page.get_by_role("dialog", name="Somebody else saved this workflow")
    expect(dialog).to_be_visible()
    return workflow_id, dialog


def compare(
    operator: Operator, group: Locator, variable: str, how: str, value: str | None = None
) -> None:
    """Fill in the last comparison of a group."""
    page = operator.page
    group.locator(".rule__comparison").last.get_by_role("button").click()
    page.get_by_label("Search variables").fill(variable)
    page.get_by_role("dialog", name="Variables").get_by_role("button", name=variable).first.click()
    comparison = group.locator(".rule__comparison").last
    comparison.get_by_label("Comparison").select_option(label=how)
    if value is not None:
        comparison.get_by_label("Value", exact=True).fill(value)


def draft_of(operator: Operator, workflow_id: str) -> dict[str, Any]:
    """Return the stored draft."""
    draft: dict[str, Any] = operator.call("GET", f"/workflows/{workflow_id}")["draft"]
    return draft
