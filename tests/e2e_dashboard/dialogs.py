"""Every dialog of the dashboard in one list, for what must hold on each of them."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, chain, poll, step

SOURCES = Path(__file__).parents[2] / "dashboard" / "src"
_OPENED = re.compile(r"<(?:Dialog|FormDialog|Confirm)\b(?!Trigger)")
_MADE_OF = "components/Dialog.tsx"
"""Where the others are made of; its own tags are no dialogs of the dashboard."""

EVENT = "Chat Message Created"


@dataclass(frozen=True)
class World:
    """What the dialogs are about.

    Attributes:
        noted: The name of a workflow of reminders that leave a note.
        booking: A booking whose confirmation was sent, with reminders planned.
        guest: Another one, whose guest is erased.
        failed: A workflow with an execution that a receiver refused, and the execution.
        unknown: The same, where it is not known whether the request arrived.
        waiting: A workflow of two versions with an execution that waits on the first one.
        reminder: A workflow of reminders that is off, some of whose moments have passed.
        draft: A workflow that was never published.
        template: A template of blocks.
        secret: A secret.
        task: The title of a task.
    """

    noted: str
    booking: str
    guest: str
    failed: tuple[str, str]
    unknown: tuple[str, str]
    waiting: tuple[str, str]
    reminder: tuple[str, str]
    draft: str
    template: str
    secret: str
    task: str


@dataclass(frozen=True)
class Opened:
    """One dialog.

    Attributes:
        source: The file that it is in, below `dashboard/src/`.
        reach: Opens it, from any page.
        ends_by: The button that closes it, where Escape does not.
    """

    source: str
    reach: Callable[[Operator, World], None]
    ends_by: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.source} {self.reach.__name__}"

    def open(self, operator: Operator, world: World) -> None:
        """Open it and wait until it shows its data."""
        self.reach(operator, world)
        dialog = operator.page.get_by_role("dialog").last
        expect(dialog).to_be_visible()
        expect(dialog.locator(".spinner")).to_have_count(0)

    def close(self, operator: Operator) -> None:
        """Close it again."""
        if self.ends_by:
            _press(operator, self.ends_by)
        else:
            operator.page.keyboard.press("Escape")
        expect(operator.page.get_by_role("dialog")).to_have_count(0)


def sources() -> Counter[str]:
    """Return how many dialogs each file of the dashboard opens."""
    found = Counter(
        {
            str(path.relative_to(SOURCES)): len(_OPENED.findall(path.read_text(encoding="utf-8")))
            for path in SOURCES.rglob("*.tsx")
        }
    )
    del found[_MADE_OF]
    return +found


def new_world(operator: Operator) -> World:
    """Make what the dialogs are about."""
    mark = secrets.token_hex(3)
    noted = chain("Booking Reminder", step("n", "add_booking_note", "Leave a note", 1, note="N"))
    noted["nodes"][0]["config"] |= {"offset_value": 1, "offset_unit": "days"}
    operator.start(operator.make(f"Notes {mark}", noted))
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    times = {"start_time": soon, "end_time": soon + timedelta(hours=2)}
    booked = [
        operator.put_event(
            "booking_created",
            customer={
                "id": f"cus-{mark}-{name}",
                "first_name": name,
                "email": f"{name}@example.com",
            },
            **{key: at.isoformat() for key, at in times.items()},
        )
        for name in ("ada", "eve")
    ]
    failed = _with_answer(operator, f"Refused {mark}", f"/refused/{mark}", 410)
    unknown = _with_answer(operator, f"Unknown {mark}", f"/unknown/{mark}", 500)
    waits = chain(
        EVENT,
        step("wait", "delay", "Wait a day", 1, value=30, unit="days"),
        step("note", "add_booking_note", "Leave a note", 2, note="Later"),
    )
    waiting = operator.make(f"Waits {mark}", waits)
    operator.start(waiting)
    chatted = operator.put_event("chat_message_created")
    (waits_on,) = poll(lambda: operator.runs(waiting, chatted, "waiting"), "the wait")
    operator.start(waiting)
    reminds = chain("Booking Reminder", step("n", "add_booking_note", "Leave a note", 1, note="N"))
    reminds["nodes"][0]["config"] |= {"offset_value": 5, "offset_unit": "days"}
    reminder = operator.make(f"Reminds {mark}", reminds)
    operator.start(reminder, enabled=False)
    note = step("note", "add_booking_note", "Leave a note", 1, note="Wrote")
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": "Hello"}]}]
    template = {
        "name": f"Dialogs {mark}",
        "subject": "Hello",
        "blocks": blocks,
        "translations": {"de": {"subject": "Hallo", "blocks": blocks}},
    }
    operator.call("POST", "/secrets", {"name": f"crm-{mark}", "value": "a-long-enough-value"})
    operator.call("POST", "/tasks", {"title": f"Call {mark}"})
    operator.call("POST", "/suppressions", {"address": f"{mark}@example.com"})
    for booking_id in booked:
        poll(
            lambda id=booking_id: operator.runs("booking-confirmation", id, "completed"), "the run"
        )
    return World(
        noted=f"Notes {mark}",
        booking=booked[0],
        guest=booked[1],
        failed=failed,
        unknown=unknown,
        waiting=(waiting, str(waits_on["id"])),
        reminder=(reminder, f"Reminds {mark}"),
        draft=operator.make(f"Draft {mark}", chain(EVENT, note)),
        template=str(operator.call("POST", "/templates", template)["id"]),
        secret=f"crm-{mark}",
        task=f"Call {mark}",
    )


def _with_answer(operator: Operator, name: str, path: str, status: int) -> tuple[str, str]:
    hook = step("crm", "webhook", "Tell the CRM", 1, url=operator.receiver_url + path)
    workflow_id = operator.make(name, chain(EVENT, hook))
    operator.start(workflow_id)
    operator.answer_next(path, status)
    booking_id = operator.put_event("chat_message_created")
    (run,) = poll(lambda: operator.runs(workflow_id, booking_id, "failed"), "the failure")
    return workflow_id, str(run["id"])


def dialogs() -> Iterator[Opened]:
    """Return every dialog; one that changes what others need comes last."""
    yield Opened("pages/workflows/AddWorkflow.tsx", workflow_is_added)
    yield Opened("pages/workflows/DeleteWorkflow.tsx", workflow_is_deleted)
    yield Opened("components/TurnOnDialog.tsx", reminders_are_turned_on)
    yield Opened("pages/workflows/BulkSwitch.tsx", workflows_are_turned_off)
    yield Opened("pages/workflows/BulkSwitch.tsx", workflows_were_turned_off)
    yield Opened("pages/workflow/editor/DryRunDialog.tsx", draft_is_tried_out)
    yield Opened("pages/workflow/editor/PublishDialog.tsx", draft_is_published)
    yield Opened("components/VariablePicker.tsx", variable_is_picked)
    yield Opened("pages/workflow/deliveries/SendTest.tsx", request_is_tried)
    yield Opened("pages/workflow/deliveries/Deliveries.tsx", deliveries_are_listed)
    yield Opened("pages/workflow/deliveries/Deliveries.tsx", delivery_is_repeated)
    yield Opened("pages/workflow/executions/DrainDialog.tsx", workflow_is_drained)
    yield Opened("pages/workflow/executions/MoveWaiting.tsx", waiting_is_moved)
    yield Opened("pages/workflow/executions/ResumeSameError.tsx", same_error_is_resumed)
    yield Opened("pages/workflow/executions/SettleOutcome.tsx", outcome_is_arrived)
    yield Opened("pages/workflow/executions/SettleOutcome.tsx", outcome_is_sent_again)
    yield Opened("pages/workflow/executions/ExecutionView.tsx", execution_is_cancelled)
    yield Opened("pages/workflow/executions/ExecutionView.tsx", event_is_replayed)
    yield Opened("pages/workflow/versions/VersionsTab.tsx", version_is_used_again)
    yield Opened(
        "pages/workflow/editor/StaleDialog.tsx", workflow_was_saved_by_another, "Take theirs"
    )
    yield Opened("pages/templates/AddTemplate.tsx", template_is_added)
    yield Opened("pages/records/RecordRow.tsx", template_is_deleted)
    yield Opened("pages/templates/Languages.tsx", language_is_added)
    yield Opened("pages/templates/Languages.tsx", language_is_removed)
    yield Opened("pages/templates/MailField.tsx", mail_is_written_in_html)
    yield Opened("pages/templates/blocks/BesideBox.tsx", block_is_added)
    yield Opened("pages/templates/blocks/ConditionDialog.tsx", block_has_a_condition)
    yield Opened("pages/templates/blocks/LinkDialog.tsx", text_is_linked)
    yield Opened("components/SendMessageTest.tsx", template_is_tried)
    yield Opened("components/StaleSave.tsx", template_was_saved_by_another, "Take theirs")
    yield Opened("pages/tasks/AddTask.tsx", task_is_added)
    yield Opened("pages/tasks/TasksPage.tsx", task_is_assigned)
    yield Opened("pages/settings/SecretDialog.tsx", secret_is_added)
    yield Opened("pages/settings/SecretDialog.tsx", hosts_are_named)
    yield Opened("pages/settings/SecretDialog.tsx", signing_secret_is_made, "I have stored it")
    yield Opened("pages/settings/Secrets.tsx", secret_is_deleted)
    yield Opened("pages/settings/Suppressions.tsx", recipient_is_blocked)
    yield Opened("pages/settings/Suppressions.tsx", recipient_is_unblocked)
    yield Opened("components/SentMessages.tsx", message_is_read)
    yield Opened("pages/bookings/InHand.tsx", reminder_is_sent_now)
    yield Opened("pages/bookings/EditOnce.tsx", reminder_without_a_message)
    yield Opened("pages/bookings/EditOnce.tsx", reminder_is_edited)
    yield Opened("pages/bookings/SendDialog.tsx", message_is_written)
    yield Opened("pages/bookings/SendDialog.tsx", message_is_previewed)
    yield Opened("pages/bookings/BatchProgress.tsx", message_is_sent)
    yield Opened("pages/bookings/EraseDialog.tsx", erasure_is_confirmed)
    yield Opened("pages/bookings/EraseDialog.tsx", guest_is_erased)


# --- Workflows -----------------------------------------------------------------------------


def workflow_is_added(operator: Operator, world: World) -> None:
    operator.go("workflows")
    _press(operator, "Add Workflow")


def workflow_is_deleted(operator: Operator, world: World) -> None:
    operator.go("workflows")
    operator.search(world.reminder[1])
    operator.more(world.reminder[1], "Delete")


def reminders_are_turned_on(operator: Operator, world: World) -> None:
    operator.go("workflows")
    operator.search(world.reminder[1])
    switch = operator.page.get_by_role("switch", name=f"{world.reminder[1]} is on")
    operator.page.locator("label.switch").filter(has=switch).click()


def workflows_are_turned_off(operator: Operator, world: World) -> None:
    operator.go("workflows")
    operator.search(world.reminder[1])
    operator.page.get_by_role("checkbox", name="Select").check()
    selected = operator.page.get_by_role("group", name="Selected workflows")
    selected.get_by_role("button", name="Turn off").click()


def workflows_were_turned_off(operator: Operator, world: World) -> None:
    workflows_are_turned_off(operator, world)
    dialog = operator.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Turn off").click()
    expect(dialog.get_by_text("Is off already.")).to_be_visible()


def draft_is_tried_out(operator: Operator, world: World) -> None:
    operator.open(world.draft)
    _press(operator, "Try out")


def draft_is_published(operator: Operator, world: World) -> None:
    operator.open(world.draft)
    _press(operator, "Publish")


def variable_is_picked(operator: Operator, world: World) -> None:
    _step(operator, world.draft, "Leave a note")
    operator.page.get_by_role("button", name=re.compile("^Insert a variable")).first.click()


def request_is_tried(operator: Operator, world: World) -> None:
    _step(operator, world.failed[0], "Tell the CRM")
    _press(operator, "Send test")


def deliveries_are_listed(operator: Operator, world: World) -> None:
    _step(operator, world.failed[0], "Tell the CRM")
    _press(operator, "Deliveries")
    expect(operator.page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()


def delivery_is_repeated(operator: Operator, world: World) -> None:
    _run_step(operator, world.failed)
    delivery = operator.page.get_by_role("listitem").filter(has_text="By the workflow")
    delivery.locator("summary").click()
    delivery.get_by_role("button", name="Resend").click()


def workflow_is_drained(operator: Operator, world: World) -> None:
    operator.open(world.waiting[0], "executions")
    _press(operator, "Turn off and cancel waiting executions")


def waiting_is_moved(operator: Operator, world: World) -> None:
    operator.open(world.waiting[0], "executions")
    _press(operator, "Move to version 2")


def same_error_is_resumed(operator: Operator, world: World) -> None:
    _run(operator, world.failed)
    _press(operator, "Resume all with this error")


def outcome_is_arrived(operator: Operator, world: World) -> None:
    _run_step(operator, world.unknown)
    _press(operator, "It arrived")


def outcome_is_sent_again(operator: Operator, world: World) -> None:
    _run_step(operator, world.unknown)
    _press(operator, "Send again")


def execution_is_cancelled(operator: Operator, world: World) -> None:
    _run(operator, world.waiting)
    _press(operator, "Cancel execution")


def event_is_replayed(operator: Operator, world: World) -> None:
    _run(operator, world.failed)
    _press(operator, "Replay event")


def version_is_used_again(operator: Operator, world: World) -> None:
    operator.open(world.waiting[0], "versions")
    operator.page.get_by_role("button", name=re.compile("^Version 1")).click()
    _press(operator, "Use version 1")


def workflow_was_saved_by_another(operator: Operator, world: World) -> None:
    operator.open(world.draft)
    expect(operator.node("Leave a note")).to_be_visible()
    stored = operator.call("GET", f"/workflows/{world.draft}")
    operator.save(world.draft, stored["revision"], "Theirs", stored["draft"])
    operator.page.get_by_label("Name of the workflow").fill("Mine")
    expect(operator.page.get_by_text("Name", exact=True).last).to_be_visible()


def _step(operator: Operator, workflow_id: str, name: str) -> None:
    operator.open(workflow_id)
    operator.node(name).click()
    expect(operator.page.get_by_label("Step", exact=True)).to_be_visible()


def _run(operator: Operator, run: tuple[str, str]) -> None:
    operator.go(f"workflows/{run[0]}/executions/{run[1]}")


def _run_step(operator: Operator, run: tuple[str, str]) -> None:
    _run(operator, run)
    operator.node("Tell the CRM").click()


# --- Templates, tasks, settings ------------------------------------------------------------


def template_is_added(operator: Operator, world: World) -> None:
    operator.go("templates")
    _press(operator, "Add Template")


def template_is_deleted(operator: Operator, world: World) -> None:
    operator.go("templates")
    operator.more("Booking confirmation", "Delete")


def language_is_added(operator: Operator, world: World) -> None:
    _template(operator, world)
    _press(operator, "Add language")


def language_is_removed(operator: Operator, world: World) -> None:
    _template(operator, world)
    operator.page.get_by_role("radiogroup", name="Language of the texts").get_by_text(
        "German"
    ).click()
    _press(operator, "Remove German")


def mail_is_written_in_html(operator: Operator, world: World) -> None:
    _mail(operator, world)
    operator.page.get_by_role("radiogroup", name="E-mail written in").get_by_text("HTML").click()


def block_is_added(operator: Operator, world: World) -> None:
    _mail(operator, world)
    _press(operator, "Add block")


def block_has_a_condition(operator: Operator, world: World) -> None:
    _mail(operator, world)
    _press(operator, "Actions for Text")
    operator.page.get_by_role("menuitem", name="Show only if").click()


def text_is_linked(operator: Operator, world: World) -> None:
    _mail(operator, world)
    operator.page.keyboard.press("Shift+Home")
    operator.page.keyboard.press("Shift+End")
    _press(operator, "Link")


def template_is_tried(operator: Operator, world: World) -> None:
    _template(operator, world)
    _press(operator, "Send test")


def template_was_saved_by_another(operator: Operator, world: World) -> None:
    _template(operator, world)
    subject = operator.page.get_by_label("Subject", exact=True)
    subject.fill("Mine")
    operator.save_template(world.template, subject="Theirs")
    _press(operator, "Save")
    expect(operator.page.get_by_text("Yours differs in: Subject.")).to_be_visible()


def task_is_added(operator: Operator, world: World) -> None:
    operator.go("tasks")
    _press(operator, "Add task")


def task_is_assigned(operator: Operator, world: World) -> None:
    operator.go("tasks")
    row = operator.page.get_by_role("row").filter(has_text=world.task)
    row.get_by_role("cell").nth(3).get_by_role("button").click()
    operator.page.get_by_role("menuitem", name="Somebody else").click()


def secret_is_added(operator: Operator, world: World) -> None:
    operator.go("settings/secrets")
    operator.page.get_by_role("button", name="Add secret").first.click()


def hosts_are_named(operator: Operator, world: World) -> None:
    operator.go("settings/secrets")
    row = operator.page.get_by_role("row").filter(has_text=world.secret)
    row.get_by_role("button", name="Hosts").click()


def secret_is_deleted(operator: Operator, world: World) -> None:
    operator.go("settings/secrets")
    _press(operator, f"Delete {world.secret}")


def signing_secret_is_made(operator: Operator, world: World) -> None:
    # It has one name, under which a look before this one may have made it.
    if "webhook-signing" in (each["name"] for each in operator.call("GET", "/secrets")["items"]):
        operator.call("DELETE", "/secrets/webhook-signing")
    operator.go("settings/secrets")
    operator.page.get_by_role("button", name="Add secret").first.click()
    dialog = operator.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("webhook-signing")
    dialog.get_by_role("button", name="Add secret").click()
    expect(dialog.get_by_role("button", name="I have stored it")).to_be_visible()


def recipient_is_blocked(operator: Operator, world: World) -> None:
    operator.go("settings/suppressions")
    _press(operator, "Block a recipient")


def recipient_is_unblocked(operator: Operator, world: World) -> None:
    operator.go("settings/suppressions")
    operator.page.get_by_role("button", name="Unblock").first.click()


# --- Bookings ------------------------------------------------------------------------------


def message_is_read(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.booking}")
    operator.page.get_by_role("button", name=re.compile("^E-mail “Booking confirm")).click()
    expect(operator.page.get_by_role("dialog").get_by_text("Subject")).to_be_visible()


def reminder_is_sent_now(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.booking}")
    operator.page.get_by_role("button", name=re.compile("^Send now")).first.click()


def reminder_without_a_message(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.booking}")
    _press(operator, f"Edit this once: {world.noted}")
    expect(operator.page.get_by_text("This entry sends no message")).to_be_visible()


def reminder_is_edited(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.booking}")
    _press(operator, "Edit this once: Pre-Visit Reminder")
    dialog = operator.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Save for this booking")).to_be_visible()


def message_is_written(operator: Operator, world: World) -> None:
    operator.go("bookings")
    _press(operator, "Send to guests")


def message_is_previewed(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.booking}")
    _press(operator, "Send")
    dialog = operator.page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("Storm tomorrow")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_role("button", name="Send to 1 booking")).to_be_enabled()


def message_is_sent(operator: Operator, world: World) -> None:
    message_is_previewed(operator, world)
    operator.page.get_by_role("button", name="Send to 1 booking").click()
    expect(operator.page.get_by_text("Started for 1 booking.")).to_be_visible()


def erasure_is_confirmed(operator: Operator, world: World) -> None:
    operator.go(f"bookings/{world.guest}")
    _press(operator, "Guest")
    operator.page.get_by_role("menuitem", name="Erase guest").click()


def guest_is_erased(operator: Operator, world: World) -> None:
    erasure_is_confirmed(operator, world)
    dialog = operator.page.get_by_role("dialog")
    code = dialog.get_by_label(re.compile("^To confirm"))
    code.fill("KAY-4711")
    dialog.get_by_role("button", name="Erase guest").click()
    expect(dialog.get_by_text("Where it cannot reach").first).to_be_visible()


def _mail(operator: Operator, world: World) -> None:
    _template(operator, world)
    mail = operator.page.get_by_role("textbox", name="E-mail", exact=True)
    mail.get_by_text("Hello").click()


def _template(operator: Operator, world: World) -> None:
    # From elsewhere, so that it is shown in its own language.
    operator.go("templates")
    operator.go(f"templates/{world.template}")


def _press(operator: Operator, name: str) -> None:
    operator.page.get_by_role("button", name=name, exact=True).click()
