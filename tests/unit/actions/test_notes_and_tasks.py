"""Add Booking Note and Create Task: what is written, and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bookflow.actions.add_booking_note import AddBookingNote
from bookflow.actions.create_task import CreateTask, CreateTaskConfig
from bookflow.domain.shared.errors import PermanentError
from tests.fakes import Crash, FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import NOW, scope


def test_a_note_is_prefixed_and_names_its_workflow(ports: FakePorts, run: Run) -> None:
    output = run(AddBookingNote, {"note": "Because: {{ event.reason }}"})
    (note,) = ports.notes.stored.values()
    assert note.text == '[Workflow] Because: Rain, "heavy"'
    assert note.author == "workflow:Welcome"
    assert (note.booking_id, note.created_at) == ("b-1", NOW)
    assert output == {"note_id": note.id, "booking_id": "b-1", "text": note.text}


def test_times_in_a_note_are_the_location_s(ports: FakePorts, run: Run) -> None:
    run(AddBookingNote, {"note": "{{ booking.start_time | time }}"})
    (note,) = ports.notes.stored.values()
    assert note.text == "[Workflow] 02:30"


def test_a_note_needs_a_booking(run: Run) -> None:
    with pytest.raises(PermanentError, match="has no known booking"):
        run(AddBookingNote, {"note": "x"}, scope(booking=None))


def test_a_very_long_note_is_cut(ports: FakePorts, run: Run) -> None:
    run(AddBookingNote, {"note": "{{ event.reason }}"}, scope(event_data={"reason": "x" * 100_000}))
    (note,) = ports.notes.stored.values()
    assert len(note.text) == 20_000
    assert note.text.endswith("…")


@pytest.mark.parametrize(
    ("action", "config", "field"),
    [
        (AddBookingNote, {"note": "{{ event.gone | default('') }}"}, "note"),
        (AddBookingNote, {"note": "{{ event.gone }}"}, "note"),
        (CreateTask, {"title": "{{ event.gone | default('') }}"}, "title"),
        (CreateTask, {"title": "x", "description": "{{ event.gone }}"}, "description"),
    ],
)
def test_a_text_that_comes_to_nothing_fails_with_its_field(
    run: Run, action: Any, config: dict[str, str], field: str
) -> None:
    with pytest.raises(PermanentError) as failed:
        run(action, config)
    assert failed.value.field == field


def test_a_task_has_sensible_defaults(ports: FakePorts, run: Run) -> None:
    output = run(CreateTask, {"title": "Call {{ customer.first_name }}"})
    (task,) = ports.tasks.stored.values()
    assert (task.title, task.description, task.priority) == ("Call Ada", "", "normal")
    assert task.due_at == NOW + timedelta(hours=24)
    assert (task.booking_id, task.execution_id, task.status) == ("b-1", "ex_1", "open")
    assert output == {
        "task_id": task.id,
        "title": "Call Ada",
        "priority": "normal",
        "due_at": (NOW + timedelta(hours=24)).isoformat(),
    }


def test_a_task_takes_its_settings(ports: FakePorts, run: Run) -> None:
    config = {
        "title": "Call {{ event.reason }}",
        "description": "{{ event.reason }}",
        "due_in_hours": 0,
        "priority": "high",
    }
    run(CreateTask, config, scope(event_data={"reason": "line\nbreak"}))
    (task,) = ports.tasks.stored.values()
    assert (task.title, task.description) == ("Call line break", "line\nbreak")
    assert (task.due_at, task.priority) == (NOW, "high")


def test_a_task_needs_no_booking(ports: FakePorts, run: Run) -> None:
    run(CreateTask, {"title": "Look"}, scope(booking=None))
    assert [task.booking_id for task in ports.tasks.stored.values()] == ["b-1"]


def test_a_title_of_any_length_is_taken(ports: FakePorts, run: Run) -> None:
    run(CreateTask, {"title": "{{ event.reason }}"}, scope(event_data={"reason": "x" * 9_000}))
    assert [len(task.title) for task in ports.tasks.stored.values()] == [500]


@pytest.mark.parametrize(
    "config", [{"due_in_hours": -1}, {"due_in_hours": 8761}, {"priority": "urgent"}, {"title": ""}]
)
def test_task_settings_out_of_range_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CreateTaskConfig.model_validate({"title": "x", **config})


@pytest.mark.parametrize(
    ("action", "config"), [(AddBookingNote, {"note": "x"}), (CreateTask, {"title": "x"})]
)
def test_a_retry_after_a_crash_leaves_one_record_as_first_written(
    ports: FakePorts, run: Run, action: Any, config: dict[str, str]
) -> None:
    ports.crash_after(1)
    with pytest.raises(Crash):
        run(action, config)
    first = run(action, config, scope(now=NOW + timedelta(hours=1)))
    again = run(action, config, scope(now=NOW + timedelta(hours=2)))
    assert first == again
    made = [note.created_at for note in ports.notes.stored.values()]
    made += [task.created_at for task in ports.tasks.stored.values()]
    assert made == [NOW]
