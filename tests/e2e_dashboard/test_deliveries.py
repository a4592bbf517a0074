"""An editor tests a webhook, looks at what it delivered and sends it again; secrets that wait."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step

EVENT = "Chat Message Created"


def test_a_test_shows_the_request_that_went_out_and_what_came_back(operator: Operator) -> None:
    page, path = operator.page, f"/tried-{uuid4().hex[:8]}"
    hook = step("crm", "webhook", "Tell the CRM", 1, url=f"{operator.receiver_url}{path}")
    workflow_id = operator.make("Tried out", chain(EVENT, hook))
    operator.sign_in()
    operator.open(workflow_id)
    operator.node("Tell the CRM").click()
    page.get_by_role("button", name="Send test").click()
    dialog = page.get_by_role("dialog", name="Send test: Tell the CRM")
    expect(dialog.get_by_text("Sends a real POST request")).to_be_visible()
    assert operator.requests(path) == []
    dialog.get_by_role("button", name="Send test").click()
    expect(dialog.get_by_text("Status 200", exact=True)).to_be_visible()
    (request,) = operator.requests(path)
    assert request["headers"]["bookflow-test"] == "true"
    shown = dialog.get_by_role("group", name="Request")
    expect(shown).to_contain_text(request["headers"]["webhook-id"])
    expect(shown).to_contain_text('"test": true')
    expect(dialog.get_by_role("group", name="Answer")).to_contain_text('"received": true')
    assert accessibility_problems(page) == []

    operator.answer_next(path, 404)
    dialog.get_by_role("button", name="Send another").click()
    expect(dialog.get_by_text("Status 404", exact=True)).to_be_visible()
    expect(dialog.get_by_role("alert")).to_contain_text("Check the path of the URL.")


def test_a_delivery_is_opened_and_sent_again_with_its_id(operator: Operator) -> None:
    page, path = operator.page, f"/sent-{uuid4().hex[:8]}"
    hook = step("crm", "webhook", "Tell the CRM", 1, url=f"{operator.receiver_url}{path}")
    workflow_id = operator.make("Delivered", chain(EVENT, hook))
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id)
    run = operator.open_run(operator.put_event("chat_message_created"))
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()
    operator.node("Tell the CRM").click()
    panel = page.get_by_label("Execution", exact=True)
    delivery = panel.get_by_role("listitem").filter(has_text="By the workflow")
    delivery.locator("summary").click()
    expect(delivery.get_by_role("group", name="Request")).to_contain_text("webhook-id: msg_")
    delivery.get_by_role("button", name="Resend").click()
    page.get_by_role("dialog").get_by_role("button", name="Resend").click()
    expect(page.get_by_text("Sent again: Status 200.")).to_be_visible()
    expect(panel.get_by_text("Sent again by Demo admin")).to_be_visible()
    first, again = poll(lambda: operator.requests(path)[:2], "both requests")
    assert first["headers"]["webhook-id"] == again["headers"]["webhook-id"]
    assert first["body"] == again["body"]
    assert accessibility_problems(page) == []

    operator.open(workflow_id)
    operator.node("Tell the CRM").click()
    page.get_by_role("button", name="Deliveries").click()
    dialog = page.get_by_role("dialog", name="Deliveries: Tell the CRM")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    assert accessibility_problems(page) == []


def test_who_may_only_view_sends_nothing(operator: Operator) -> None:
    page = operator.page
    hook = step("crm", "webhook", "Tell the CRM", 1, url=f"{operator.receiver_url}/none")
    workflow_id = operator.make("Viewed", chain(EVENT, hook))
    operator.sign_in("viewer")
    operator.open(workflow_id)
    operator.node("Tell the CRM").click()
    expect(page.get_by_role("button", name="Deliveries")).to_be_visible()
    expect(page.get_by_role("button", name="Send test")).to_have_count(0)


def test_home_and_the_list_say_which_workflows_wait_for_the_hosts_of_a_secret(
    operator: Operator,
) -> None:
    page, name = operator.page, f"crm-{uuid4().hex[:8]}"
    operator.call("POST", "/secrets", {"name": name, "value": "a-long-enough-value"})
    headers = {"X-Crm": f"{{{{ secret.{name} }}}}"}
    hook = step("crm", "webhook", "Tell", 1, url="https://crm.example.com/", headers=headers)
    workflow = f"Waits for {name}"
    operator.make(workflow, chain(EVENT, hook))
    operator.sign_in()
    notice = page.get_by_text(f"The secret {name} has no hosts")
    expect(notice).to_contain_text(workflow)
    operator.go("home")
    expect(notice).to_contain_text(workflow)
    assert accessibility_problems(page) == []
    notice.get_by_role("link", name="Name its hosts").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text(f"needed by {workflow}")
    row.get_by_role("button", name="Hosts").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("crm.example.com")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("crm.example.com")
    page.get_by_role("button", name=f"Delete {name}", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Used by {workflow}.")
    page.keyboard.press("Escape")
    for place in ("workflows", "home"):
        operator.go(place)
        expect(page.get_by_text(f"The secret {name} has no hosts")).to_have_count(0)
