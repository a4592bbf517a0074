"""A dry run goes the ways that a run would go, and says for each step what would become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.records import Contact
from bookflow.domain.bookings.statuses import Status
from bookflow.domain.catalogue.variables import (
    known_types,
    optional_variables,
    variable_types,
    variables_of,
)
from bookflow.domain.events import event_types
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment, Money
from bookflow.domain.templates import Template, TemplateText
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.preview.dry_run import DryRunner, DryStep
from tests.actions import ACTIONS
from tests.unit.runtime.samples import LOCATION_ID, NOTE, event, graph, new_ports, save

HOUR_BEFORE: Mapping[str, Any] = {
    "id": "wait",
    "type": "delay",
    "config": {"kind": "until", "value": 1, "unit": "hours"},
}
FAILING = {**NOTE, "id": "failing", "config": {"note": "{{ booking.no_such_field }}"}}


def dry_run(
    *ways: str,
    nodes: list[Mapping[str, Any]],
    trigger: Mapping[str, Any] = {"event": "Booking Created"},
    **booking: Any,
) -> dict[str, DryStep]:
    """Run `a>b` or `a.on_error>b` for one booking; `t` is the trigger."""
    edges = []
    for number, way in enumerate(ways):
        source, target = way.split(">")
        source, _, handle = source.partition(".")
        drawn = {"id": f"e{number}", "source": source, "target": target}
        edges.append({**drawn, "source_handle": handle or "out"})
    start = {"id": "t", "type": "trigger", "config": trigger}
    graph = Graph.model_validate({"nodes": [start, *nodes], "edges": edges})
    ports = new_ports()
    known = event(**booking)
    ports.bookings.record(known)
    save(ports, "wf-a", graph)
    workflow = ports.workflows.get(LOCATION_ID, "wf-a")
    assert known.booking_id is not None
    found = DryRunner(ports).run(workflow, graph, known.booking_id, {})
    return {step.node_id: step for step in found.steps}


def test_nothing_follows_a_delay_whose_time_is_past() -> None:
    past = {"start_time": "2020-06-01T10:00:00+02:00", "end_time": "2020-06-01T12:00:00+02:00"}
    steps = dry_run("t>wait", "wait>note", nodes=[HOUR_BEFORE, NOTE], **past)
    assert (steps["wait"].outcome, steps["wait"].reason_code) == ("skipped", ReasonCode.TOO_LATE)
    assert steps["note"].outcome == "not_reached"


def test_another_way_beside_a_skipped_delay_is_taken() -> None:
    past = {"start_time": "2020-06-01T10:00:00+02:00", "end_time": "2020-06-01T12:00:00+02:00"}
    steps = dry_run("t>wait", "wait>note", "t>note", nodes=[HOUR_BEFORE, NOTE], **past)
    assert (steps["wait"].outcome, steps["note"].outcome) == ("skipped", "planned")


def test_a_failed_step_stops_what_follows_it() -> None:
    steps = dry_run("t>failing", "failing>note", "t>note", nodes=[FAILING, NOTE])
    assert steps["failing"].outcome == "failed"
    assert steps["note"].outcome == "not_reached"


def test_a_failed_step_goes_on_by_its_error_way_or_policy() -> None:
    ways = ("t>failing", "failing>other", "failing.on_error>note")
    other = {**NOTE, "id": "other"}
    steps = dry_run(*ways, nodes=[FAILING, other, NOTE])
    assert (steps["other"].outcome, steps["note"].outcome) == ("not_reached", "planned")
    lenient = {**FAILING, "on_failure": "continue"}
    steps = dry_run("t>failing", "failing>note", nodes=[lenient, NOTE])
    assert (steps["failing"].outcome, steps["note"].outcome) == ("failed", "planned")


def test_steps_come_after_their_sources() -> None:
    second = {**NOTE, "id": "second"}
    steps = dry_run("t>second", "second>note", nodes=[NOTE, second])
    assert list(steps) == ["t", "second", "note"]


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_every_trigger_can_be_tried_without_a_sample_of_its_own(trigger: str) -> None:
    ports = new_ports()
    known = event()
    ports.bookings.record(known)
    text = "{{ customer.first_name }} {{ event.event_id }} {{ event.occurred_at }}"
    steps = {**NOTE, "config": {"note": text}}
    workflow = save(ports, "wf-a", graph(steps, trigger=trigger))
    assert known.booking_id is not None
    found = DryRunner(ports).run(workflow, workflow.draft, known.booking_id, {})
    assert found.event_type == trigger
    assert [each.outcome for each in found.steps] == ["planned", "planned"]
    assert found.event_data["event_id"] == "dry-run"
    assert found.event_data["booking_id"] == known.booking_id
    assert found.event_data.get("workflow_id", "wf-a") == "wf-a"
    assert datetime.fromisoformat(found.event_data["occurred_at"]) == (
        known.stated_booking().start_time - timedelta(hours=24)  # type: ignore[operator]
        if trigger == "Booking Reminder"
        else ports.clock.now()
    )


class WeatherChanged(BookingEvent):
    """A trigger as somebody may add it: no field has an example."""

    detail_type: ClassVar[str] = "Weather Changed"
    description: ClassVar[str] = "The forecast for a visit changed."

    wind: Literal["calm", "storm"]
    state: Status
    degrees: int = Field(ge=-50, le=50)
    chance: Decimal = Field(gt=0, lt=2)
    since: Moment
    fee: Money
    is_final: bool
    station: str = Field(pattern=r"^[A-Z]{2}$")
    warnings: tuple[str, ...] = Field(min_length=1)
    hours: tuple[Contact, ...]
    guide: Contact
    source: ExternalId | None
    remark: str = ""


@pytest.fixture
def _weather(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add the trigger; what was worked out from the triggers is forgotten before and after."""
    caches = (variables_of, variable_types, optional_variables, known_types)
    with monkeypatch.context() as patch:
        patch.setitem(event_types(), "Weather Changed", WeatherChanged)  # type: ignore[arg-type]
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("_weather")
def test_a_trigger_whose_fields_have_no_examples_can_be_tried() -> None:
    ports = new_ports()
    known = event()
    ports.bookings.record(known)
    text = "{{ event.wind }} {{ event.degrees }} {{ event.since }} {{ event.fee }}"
    note = {**NOTE, "config": {"note": text}}
    workflow = save(ports, "wf-a", graph(note, trigger="Weather Changed"))
    assert known.booking_id is not None
    found = DryRunner(ports).run(workflow, workflow.draft, known.booking_id, {})
    assert [each.outcome for each in found.steps] == ["planned", "planned"]
    optional = {each.path for each in variables_of("Weather Changed") if each.optional}
    assert "event.source" in optional
    assert "event.wind" not in optional


def test_later_steps_read_what_earlier_ones_would_leave() -> None:
    task = {"id": "task", "type": "create_task", "config": {"title": "Call {{ activity.name }}"}}
    reads = {**NOTE, "config": {"note": "{{ steps.task.status }}: {{ steps.task.output.title }}"}}
    steps = dry_run("t>task", "task>note", nodes=[task, reads])
    plan = steps["note"].plan
    assert plan is not None
    assert "completed: Call Sunset Kayak Tour" in plan["text"]


def test_every_declared_output_of_every_action_can_be_read_in_a_dry_run() -> None:
    for name, action in action_types().items():
        text = " ".join(f"{{{{ steps.first.{each.path} }}}}" for each in action.outputs)
        first = {"id": "first", "type": name, "config": ACTIONS[name].config}
        reads = {**NOTE, "config": {"note": text}}
        steps = dry_run("t>first", "first>note", nodes=[first, reads])
        assert [each.outcome for each in steps.values()] == ["planned"] * 3, (name, steps)


def test_a_condition_reads_the_status_that_a_step_would_set() -> None:
    update = {"id": "up", "type": "update_booking", "config": {"value": "pending"}}
    rule = {"variable": "steps.up.output.new_status", "operator": "equals", "value": "pending"}
    condition = {"id": "if", "type": "condition", "config": {"rule": rule}}
    steps = dry_run("t>up", "up>if", "if.true>note", nodes=[update, condition, NOTE])
    assert (steps["if"].handle, steps["note"].outcome) == ("true", "planned")


def test_a_failed_step_has_its_status_and_no_output() -> None:
    text = "{{ steps.failing.status }} {{ steps.failing.output.note_id | default('none') }}"
    reads = {**NOTE, "config": {"note": text}}
    steps = dry_run("t>failing", "failing.on_error>note", nodes=[FAILING, reads])
    plan = steps["note"].plan
    assert plan is not None
    assert "failed none" in plan["text"]


# The booking of these is made at 09:00 UTC on 1 December 2026, for 10:00 in Berlin ten days later.
STARTS = {"start_time": "2026-12-11T10:00:00+01:00", "end_time": "2026-12-11T12:00:00+01:00"}
SOON = {
    "variable": "booking.start_time",
    "operator": "within_next",
    "value": {"value": 48, "unit": "hours"},
}


def wait(name: str, value: int, unit: str, **more: Any) -> Mapping[str, Any]:
    config = {"kind": "duration", "value": value, "unit": unit, **more}
    return {"id": name, "type": "delay", "config": config}


def soon(name: str) -> Mapping[str, Any]:
    return {"id": name, "type": "condition", "config": {"rule": SOON}}


def test_a_rule_is_judged_as_of_the_moment_when_it_would_be_reached() -> None:
    nodes = [soon("at-once"), wait("wait", 9, "days"), soon("later")]
    steps = dry_run("t>at-once", "t>wait", "wait>later", nodes=nodes, **STARTS)
    assert (steps["at-once"].handle, steps["later"].handle) == ("false", "true")


def test_a_rule_behind_a_join_is_judged_as_of_the_last_delay() -> None:
    nodes = [wait("short", 1, "days"), wait("long", 9, "days"), soon("short-only"), soon("both")]
    edges = ("t>short", "t>long", "short>short-only", "short>both", "long>both")
    steps = dry_run(*edges, nodes=nodes, **STARTS)
    assert (steps["short-only"].handle, steps["both"].handle) == ("false", "true")


def test_a_delay_behind_a_delay_begins_at_its_end() -> None:
    morning = {"send_window": {"start": "09:00", "end": "18:00"}}
    nodes = [wait("first", 9, "hours"), wait("second", 1, "hours", **morning)]
    steps = dry_run("t>first", "first>second", nodes=nodes, **STARTS)
    assert steps["first"].until == datetime.fromisoformat("2026-12-01T18:00:00+00:00")
    assert steps["second"].until == datetime.fromisoformat("2026-12-02T08:00:00+00:00")


def test_a_delay_behind_a_delay_is_skipped_if_it_would_end_too_late() -> None:
    nodes = [wait("first", 9, "days"), wait("second", 2, "days", limit="booking_start"), NOTE]
    steps = dry_run("t>first", "first>second", "second>note", nodes=nodes, **STARTS)
    assert (steps["second"].outcome, steps["note"].outcome) == ("skipped", "not_reached")


def test_a_workflow_of_a_reminder_is_judged_as_of_the_reminder() -> None:
    reminder = {"event": "Booking Reminder", "offset_value": 1, "offset_unit": "days"}
    day_more = wait("wait", 1, "hours")
    steps = dry_run("t>soon", "t>wait", nodes=[soon("soon"), day_more], trigger=reminder, **STARTS)
    assert steps["soon"].handle == "true"
    assert steps["wait"].until == datetime.fromisoformat("2026-12-10T10:00:00+00:00")


@pytest.mark.parametrize(("locale", "subject"), [("fr-CH", "Bonjour"), ("da-DK", "Hello")])
def test_a_dry_run_is_for_a_guest_of_any_locale(locale: str, subject: str) -> None:
    ports = new_ports()
    known = event()
    ports.bookings.record(known)
    ports.templates.stored[LOCATION_ID, "hello"] = Template(
        location_id=LOCATION_ID,
        id="hello",
        name="Hello",
        language="en",
        subject="Hello",
        html="<p>Hello</p>",
        translations={"fr": TemplateText(subject="Bonjour", html="<p>Bonjour</p>")},
        updated_at=ports.clock.now(),
    )
    mail = {"id": "mail", "type": "send_template", "config": {"template": "hello"}}
    save(ports, "wf-a", graph(mail))
    assert known.booking_id is not None
    found = DryRunner(ports).dry_run_stored(
        LOCATION_ID, "wf-a", None, known.booking_id, {}, locale=locale
    )
    assert f"'subject': '{subject}'" in str(found.steps[-1])
