"""Bookings are imported by the real handlers, with their rights, over a wire that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bookflow.domain.events.sender import Sender
from bookflow.domain.imports.booking_import import ImportState
from bookflow.domain.shared.errors import BookflowError
from bookflow.use_cases.imports import manage_imports
from bookflow.use_cases.imports.manage_imports import Imports, import_message
from bookflow.use_cases.jobs.run_job import JobRunner
from tests.api import Client, TestIssuer, make_api
from tests.fakes import Crash
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.integration.handlers.wire import Mode, Wire, breakable_wire
from tests.unit.runtime.samples import NOTE, graph

SENDER = Sender(kind="person", id="user-1")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_imports, "SETTLING_SECONDS", 0)


@pytest.fixture
def admin(stack: Stack, place: OwnLocation) -> Client:
    issuer = TestIssuer()
    api = stack.rights.acted("api", make_api(stack.ports, issuer))
    return Client(api, issuer.person(**{place.id.replace("-", "_"): "editor"}))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with breakable_wire(monkeypatch) as made:
        yield made


def row(stack: Stack, number: int, **changes: Any) -> dict[str, Any]:
    start = stack.ports.clock.now() + timedelta(days=40)
    return {
        "row": number,
        "booking_id": f"b-{number}",
        "confirmation_code": f"C{number}",
        "status": "confirmed",
        "start_time": start.isoformat(),
        "activity_name": "Sunset tour",
        "first_name": "Ada",
        "email": f"a{number}@example.com",
        **changes,
    }


def test_a_file_comes_in_starts_nothing_and_plans_reminders(
    stack: Stack, place: OwnLocation, admin: Client
) -> None:
    place.publish("wf-created", graph(NOTE))
    offset = {"offset_value": 24, "offset_unit": "hours", "relative_to": "before_start"}
    place.publish("wf-reminder", graph(NOTE, trigger="Booking Reminder", **offset))
    address = f"/v1/locations/{place.id}/imports"
    made = f"{address}/{admin.post(address, {}).json['id']}"
    rows = [row(stack, number) for number in range(1, 121)]
    rows[4]["status"] = "?"
    sent = admin.put(f"{made}/pages/1", {"rows": rows[:100]})
    assert (sent.status, len(sent.json["problems"])) == (200, 1), sent.text
    for _ in range(2):  # its answer was lost
        sent = admin.put(f"{made}/pages/2", {"rows": rows[100:]})
    assert sent.json["booking_import"]["ready"] == 119
    assert admin.post(f"{made}/start", {"pages": 2}).status == 202
    stack.work_off_jobs()
    done = admin.get(made).json
    assert (done["state"], done["counts"]) == ("completed", {"created": 119, "started": 0})
    assert place.executions("wf-created") == []
    reminders = stack.ports.reminders.of_booking(place.id, "b-7")
    assert [each.is_planned for each in reminders] == [True]
    event = place.event(
        event_id="e-late", booking_id="b-7", occurred_at=stack.ports.clock.now().isoformat()
    )
    stack.put(event)
    stack.queue.deliver()
    assert place.executions("wf-created") == []


def test_an_announced_import_starts_booking_created(
    stack: Stack, place: OwnLocation, admin: Client
) -> None:
    place.publish("wf-created", graph(NOTE))
    address = f"/v1/locations/{place.id}/imports"
    made = f"{address}/{admin.post(address, {}).json['id']}"
    admin.put(f"{made}/pages/1", {"rows": [row(stack, 1), row(stack, 2, status="cancelled")]})
    admin.post(f"{made}/start", {"pages": 1, "run_booking_created": True})
    stack.work_off_jobs()
    (execution,) = place.executions("wf-created")
    assert execution.booking_id == "b-1"
    stack.finished(execution)


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(mode, marks=() if mode in (Mode.DIED, Mode.TIMED_OUT) else pytest.mark.soak)
        for mode in Mode
    ],
)
def test_each_call_of_the_job_breaks_and_nothing_is_lost_or_doubled(
    stack: Stack, wire: Wire, mode: Mode
) -> None:
    for at in count():
        wire.is_watched = False
        place = stack.place()
        place.publish("wf-created", graph(NOTE))
        imports = Imports(stack.ports)
        made = imports.begin(place.id, as_of=None, sent_by=SENDER)
        imports.put_page(place.id, made.id, 1, [row(stack, 1), row(stack, 2, booking_id=None)])
        made = imports.start(place.id, made.id, pages=1, runs_created=True)
        wire.is_watched = True
        wire.breaks(at, mode)
        with suppress(Crash, BookflowError):
            JobRunner(stack.ports).do(import_message(made))
        is_over = len(wire.calls) <= at
        wire.breaks(None)
        stack.work_off_jobs()
        done = imports.get(place.id, made.id)
        assert (done.state, done.counts["created"], done.done) == (ImportState.COMPLETED, 2, 2)
        found = place.executions("wf-created")
        assert {each.booking_id for each in found} == {"b-1", "C2"}
        for execution in found:
            stack.finished(execution)
        if is_over:
            break
    assert at > 8


def test_each_call_of_sending_breaks_and_the_same_call_makes_it_good(
    stack: Stack, place: OwnLocation, wire: Wire
) -> None:
    imports = Imports(stack.ports)

    def send(key: str) -> str:
        made = imports.begin(place.id, as_of=None, sent_by=SENDER, key=key)
        imports.put_page(place.id, made.id, 1, [row(stack, 1)])
        imports.start(place.id, made.id, pages=1, runs_created=False)
        return made.id

    for at in count():
        wire.breaks(at, Mode.DIED)
        try:
            send(f"key-{at}")
        except Crash:
            wire.breaks(None)
            import_id = send(f"key-{at}")
            stack.work_off_jobs()
            done = imports.get(place.id, import_id)
            assert (done.state, done.done) == (ImportState.COMPLETED, 1)
        else:
            break
    assert at > 5
