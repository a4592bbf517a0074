"""A change and its entry belong together: no kill leaves a change that the audit log does not name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bookflow.domain.shared.errors import TransientError
from tests.api import Answer, Client, TestIssuer, make_api
from tests.fakes import Crash, FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of, know_location, publish

TEMPLATE = {"name": "Hello", "subject": "Hi", "html": "<p>Hi</p>"}
SURVEY = {"name": "After", "questions": [{"id": "stars", "type": "stars", "text": "How was it?"}]}

Prepared = Callable[[Client], str]


def template(client: Client) -> str:
    client.post(f"{LOCATION}/templates", {**TEMPLATE, "id": "t"})
    return f"{LOCATION}/templates/t"


def survey(client: Client) -> str:
    client.post(f"{LOCATION}/surveys", {**SURVEY, "id": "s"})
    return f"{LOCATION}/surveys/s"


def task(client: Client) -> str:
    made = client.post(f"{LOCATION}/tasks", {"title": "Call"})
    return f"{LOCATION}/tasks/{made.json['id']}"


def workflow(client: Client) -> str:
    return create(client, graph_of(NOTE))


def published(client: Client) -> str:
    address = workflow(client)
    publish(client, address)
    return address


def nothing(_: Client) -> str:
    return LOCATION


DRAFT = {"name": "New", "draft": graph_of()}

SAVES: list[tuple[str, Prepared, str, str, Any, int | None]] = [
    ("create_template", nothing, "POST", "/templates", TEMPLATE, None),
    ("save_template", template, "PUT", "", {**TEMPLATE, "name": "New"}, 1),
    ("set_template_active", template, "PUT", "/active", {"active": False}, 1),
    ("duplicate_template", template, "POST", "/duplicate", {}, None),
    ("delete_template", template, "DELETE", "", None, 1),
    ("create_survey", nothing, "POST", "/surveys", SURVEY, None),
    ("save_survey", survey, "PUT", "", {**SURVEY, "name": "New"}, 1),
    ("delete_survey", survey, "DELETE", "", None, 1),
    ("create_task", nothing, "POST", "/tasks", {"title": "Call"}, None),
    ("assign_task", task, "PUT", "/assignee", {"assignee": "Grace"}, 1),
    ("complete_task", task, "POST", "/complete", None, 1),
    ("create_workflow", nothing, "POST", "/workflows", DRAFT, None),
    ("save_workflow", workflow, "PUT", "", DRAFT, 1),
    ("publish_workflow", workflow, "POST", "/publish", None, 1),
    ("enable_workflow", published, "PUT", "/enabled", {"enabled": True}, None),
    ("duplicate_workflow", workflow, "POST", "/duplicate", {}, None),
    ("delete_workflow", workflow, "DELETE", "", None, 1),
    ("save_settings", nothing, "PUT", "/settings", {"name": "New"}, 0),
    ("add_suppression", nothing, "POST", "/suppressions", {"address": "a@example.com"}, None),
]


class World:
    """A fresh location with what the save changes."""

    def __init__(self, issuer: TestIssuer, prepare: Prepared) -> None:
        self.ports = FakePorts()
        know_location(self.ports)
        self.client = Client(make_api(self.ports, issuer), issuer.person(loc_1="admin"))
        self.address = prepare(self.client)
        self.ports.audit.stored.clear()
        self.ports.calls.made.clear()

    def save(self, method: str, path: str, body: Any, based_on: int | None) -> Answer:
        address = f"{self.address}{path}"
        if based_on is None and method == "PUT":
            based_on = self.client.get(self.address).json["revision"]
            self.ports.calls.made.clear()
        headers = {} if based_on is None else {"if-match": f'"{based_on}"'}
        return self.client.call(method, address, body, headers=headers)

    @property
    def stored(self) -> str:
        """What the ports hold besides the audit log."""
        ports = self.ports
        return repr(
            [
                vars(each)
                for each in (
                    ports.templates,
                    ports.surveys,
                    ports.tasks,
                    ports.workflows,
                    ports.bookings,
                    ports.suppressions,
                )
            ]
        )


@pytest.mark.parametrize(("operation", "prepare", "method", "path", "body", "based_on"), SAVES)
def test_a_kill_after_any_call_leaves_no_change_without_an_entry(
    issuer: TestIssuer,
    operation: str,
    prepare: Prepared,
    method: str,
    path: str,
    body: Any,
    based_on: int | None,
) -> None:
    straight = World(issuer, prepare)
    answer = straight.save(method, path, body, based_on)
    assert answer.status < 300, answer.text
    (entry,) = straight.ports.audit.stored.values()
    assert entry.outcome == "made"
    calls = len(straight.ports.calls.made)
    changed = 0
    for number in range(1, calls + 1):
        world = World(issuer, prepare)
        before = world.stored
        if based_on is None and method == "PUT":
            # The revision is read first, outside of the call that is killed.
            revision = world.client.get(world.address).json["revision"]
        else:
            revision = based_on
        world.ports.calls.crash_after(number)
        # A call that raises, such as a read of what is deleted, ends in no crash.
        with suppress(Crash):
            world.save(method, path, body, revision)
        if world.stored != before:
            changed += 1
            kept = list(world.ports.audit.stored.values())
            assert len(kept) == 1, (number, world.ports.calls.made)
            assert kept[0].kind == entry.kind
            assert kept[0].operation == entry.operation
            assert kept[0].actor == "user-1"
    assert changed > 0, (operation, straight.ports.calls.made)


def test_a_call_that_breaks_off_halfway_stays_in_the_log(issuer: TestIssuer) -> None:
    world = World(issuer, workflow)
    world.ports.fail_next("workflows.save", TransientError("busy"))
    assert world.save("PUT", "", DRAFT, 1).status >= 500
    (entry,) = world.client.get(f"{LOCATION}/audit").json["items"]
    assert (entry["operation"], entry["outcome"], entry["after"]) == (
        "save_workflow",
        "unknown",
        None,
    )


def test_nothing_changes_while_the_log_cannot_be_written(issuer: TestIssuer) -> None:
    world = World(issuer, workflow)
    before = world.stored
    world.ports.fail_next("audit.append", TransientError("busy"))
    assert world.save("PUT", "", DRAFT, 1).status >= 500
    assert world.stored == before
