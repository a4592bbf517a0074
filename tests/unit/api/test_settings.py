"""Settings: what operators set goes before what the booking system states."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.use_cases.jobs.run_job import JobRunner
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of, know_location, publish

SETTINGS = f"{LOCATION}/settings"
QUIET = {"start": "21:00", "end": "08:00"}


def save(client: Client, revision: int, **settings: object) -> dict[str, object]:
    answer = client.put(SETTINGS, settings, if_match=f'"{revision}"')
    assert answer.status == 200, answer.text
    saved: dict[str, object] = answer.json
    return saved


def test_operators_settings_win_whatever_the_booking_system_states_later(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    save(admin, 0, name="Spree Kayaks", quiet_hours=QUIET, retention_days=30)
    know_location(ports)
    shown = admin.get(SETTINGS)
    assert (shown.etag, shown.json["revision"]) == ('"1"', 1)
    assert shown.json["settings"] == {
        "name": "Spree Kayaks",
        "quiet_hours": QUIET,
        "retention_days": 30,
    }
    assert shown.json["location"]["name"] == "Spree Kayaks"
    assert shown.json["location"]["timezone"] == "Europe/Berlin"
    context = ports.bookings.context("loc-1", "b-1")
    assert context is not None
    assert (context.location.name, context.location.retention_days) == ("Spree Kayaks", 30)


def test_a_field_that_is_left_out_is_the_booking_systems_again(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    save(admin, 0, name="Spree Kayaks", timezone="Europe/Paris")
    shown = save(admin, 1, timezone="Europe/Paris")
    assert shown["location"]["name"] == "Kayaks"  # type: ignore[index]
    none = save(admin, 2, quiet_hours=None)
    assert none["settings"] == {"quiet_hours": None}


def test_settings_can_come_before_the_booking_system(admin: Client, ports: FakePorts) -> None:
    assert admin.get(SETTINGS).json["location"] is None
    save(admin, 0, name="Kayaks", timezone="Europe/Berlin")
    context = ports.bookings.context("loc-1", None)
    assert context is not None
    assert (context.location.id, context.location.name) == ("loc-1", "Kayaks")


def test_a_save_needs_the_revision_it_is_based_on(admin: Client) -> None:
    assert admin.put(SETTINGS, {}).status == 428
    save(admin, 0, name="One")
    stale = admin.put(SETTINGS, {"name": "Two"}, if_match='"0"')
    assert (stale.status, stale.json["stored"]) == (412, 1)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"timezone": "Mars/Base"}, "body.timezone"),
        ({"locale": "xx-YY-zz"}, "body.locale"),
        ({"country": "Germany"}, "body.country"),
        ({"email": "desk"}, "body.email"),
        ({"phone": "12"}, "phone"),
        ({"admins": [{"name": "Grace", "phone": "12"}]}, "admins[0].phone"),
        ({"admins": [{"name": ""}]}, "body.admins[0].name"),
        ({"retention_days": 0}, "body.retention_days"),
        ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, "body.quiet_hours.start"),
        ({"survey_id": "none"}, "survey_id"),
        ({"name": None}, "body.name"),
        ({"colour": "blue"}, "body.colour"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_field(
    admin: Client, settings: dict[str, object], field: str
) -> None:
    refused = admin.put(SETTINGS, settings, if_match='"0"')
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


def test_other_quiet_hours_plan_the_reminders_anew(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    draft = graph_of(NOTE, trigger="Booking Reminder")
    draft["nodes"][0]["config"] |= {
        "offset_value": 24,
        "offset_unit": "hours",
        "relative_to": "before_start",
    }
    address = create(admin, draft)
    publish(admin, address)
    ports.reminder_jobs.messages.clear()
    save(admin, 0, name="Other name")
    assert ports.reminder_jobs.messages == []
    save(admin, 1, quiet_hours=QUIET)
    workflow_id = address.rpartition("/")[2]
    assert [message["workflow_id"] for message, _ in ports.reminder_jobs.messages] == [workflow_id]
    job = admin.get(f"{address}/reminder-job").json["job"]
    assert (job["state"], job["counts"], job["reason"]) == ("running", {}, None)
    ports.clock.advance(hours=13)
    failed = admin.get(f"{address}/reminder-job").json["job"]
    assert (failed["state"], failed["reason"]) == ("failed", "It stopped and reported no error.")
    assert failed["remedy"]


def test_the_impact_is_reported_and_nothing_is_planned(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    draft = graph_of(NOTE, trigger="Booking Reminder")
    draft["nodes"][0]["config"] |= {
        "offset_value": 24,
        "offset_unit": "hours",
        "relative_to": "before_start",
    }
    address = create(admin, graph_of(NOTE))
    reported = admin.post(f"{address}/impact", {"draft": draft}).json
    assert (reported["bookings"], reported["gained"], reported["complete"]) == (1, 1, True)
    assert (reported["missed"], reported["missed_sendable"]) == (0, 0)
    draft["nodes"][0]["config"] |= {"offset_value": 60, "offset_unit": "days"}
    missed = admin.post(f"{address}/impact", {"draft": draft}).json
    assert (missed["gained"], missed["missed"], missed["missed_sendable"]) == (0, 1, 1)
    assert admin.post(f"{address}/impact", {}).json["gained"] == 0
    assert ports.schedules.stored == {}
    none = admin.get(f"{address}/reminder-job")
    assert (none.status, none.json) == (200, {"job": None})


def test_a_repair_by_hand_is_asked_for(ports: FakePorts, admin: Client) -> None:
    assert admin.post(f"{LOCATION}/reminders/reconcile").status == 202
    assert ports.reminder_jobs.messages == [({"reconcile": "loc-1"}, 0)]


@pytest.mark.parametrize("sends_missed", [False, True])
@pytest.mark.parametrize("call", ["enable", "publish", "rollback"])
def test_whoever_turns_on_or_changes_a_reminder_chooses_about_what_was_due_before(
    ports: FakePorts, admin: Client, call: str, sends_missed: bool
) -> None:
    know_location(ports)
    address = create(admin, reminder_of(60))
    if call != "enable":
        publish(admin, address)
    if call == "enable":
        published = admin.post(f"{address}/publish", None, if_match=admin.get(address).etag)
        body = {"enabled": True, "send_missed": sends_missed}
        changed = admin.put(f"{address}/enabled", body, if_match=published.etag)
    else:
        # Near its start and back again: each changes the offset, and the second is what counts.
        saved = {"name": "Near", "draft": reminder_of(1)}
        second = admin.put(address, saved, if_match=admin.get(address).etag)
        second = admin.post(f"{address}/publish", None, if_match=second.etag)
        flag = str(sends_missed).lower()
        if call == "rollback":
            body = {"version": 1, "send_missed": sends_missed}
            changed = admin.post(f"{address}/rollback", body, if_match=second.etag)
        else:
            saved = {"name": "Far", "draft": reminder_of(60)}
            third = admin.put(address, saved, if_match=second.etag)
            changed = admin.call(
                "POST",
                f"{address}/publish",
                query={"send_missed": flag},
                headers={"if-match": str(third.etag)},
            )
    assert changed.status == 200, changed.text
    while ports.reminder_jobs.messages:
        JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    assert len(ports.schedules.stored) == sends_missed


def reminder_of(days: int) -> dict[str, Any]:
    draft = graph_of(NOTE, trigger="Booking Reminder")
    draft["nodes"][0]["config"] |= {"offset_value": days, "offset_unit": "days"}
    return draft
