"""The catalogue of variables says what a text of each trigger can name."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.bookings.records import BookingContext, Customer, Location
from bookflow.domain.catalogue.step_scope import scope_variables
from bookflow.domain.catalogue.variables import Variable, variable_types, variables_of
from bookflow.domain.events import event_types, parse_event
from tests.fakes import FakePorts
from tests.unit.events.samples import sample, sample_names


def catalogue(trigger: str) -> dict[str, Variable]:
    return {variable.path: variable for variable in variables_of(trigger)}


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_the_variables_of_the_product_text_are_there(trigger: str) -> None:
    known = catalogue(trigger)
    for path in (
        "customer.first_name",
        "booking.confirmation_code",
        "activity.name",
        "location.name",
        "eventData",
    ):
        assert path in known
        assert known[path].description
        assert not known[path].optional or path.startswith("booking.")


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_every_path_is_named_once_and_the_event_comes_first(trigger: str) -> None:
    paths = [variable.path for variable in variables_of(trigger)]
    assert len(paths) == len(set(paths))
    heads = list(dict.fromkeys(path.split(".")[0] for path in paths))
    assert heads == ["eventData", "event", "booking", "customer", "activity", "location"]


@pytest.mark.parametrize(
    ("trigger", "path", "kind"),
    [
        ("Booking Created", "event.total_amount", "money"),
        ("Booking Created", "event.start_time", "datetime"),
        ("Booking Created", "event.status", "string"),
        ("Booking Rescheduled", "event.new_start_time", "datetime"),
        ("Chat Message Created", "event.sender_type", "string"),
        ("Survey Submitted", "event.overall_rating", "number"),
        ("Survey Submitted", "event.answers", "list"),
        ("Booking Created", "booking.total_amount", "money"),
        ("Booking Created", "booking.party_size", "number"),
        ("Booking Created", "activity.facilitators", "list"),
        ("Booking Created", "location.timezone", "string"),
        ("Booking Created", "location.quiet_hours", "object"),
        ("Booking Created", "booking", "object"),
        ("Booking Created", "eventData", "object"),
    ],
)
def test_a_variable_has_its_kind(trigger: str, path: str, kind: str) -> None:
    assert variable_types(trigger)[path] == kind


def test_a_variable_that_may_be_missing_says_so() -> None:
    created = catalogue("Booking Created")
    assert created["booking.confirmation_code"].optional
    assert not created["event.start_time"].optional
    assert catalogue("Survey Submitted")["event.overall_rating"].optional


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_what_has_a_better_name_or_is_internal_is_hidden(trigger: str) -> None:
    paths = set(catalogue(trigger))
    assert "event.causation_chain" not in paths
    assert not any(path.startswith("event.customer") for path in paths)


def test_an_unknown_trigger_has_no_variables() -> None:
    with pytest.raises(KeyError):
        variables_of("Booking Exploded")


@pytest.mark.parametrize("name", sample_names())
def test_every_variable_can_be_reached_in_a_run(name: str) -> None:
    """A full context has a place for each path, so a text that names it cannot fail by its name."""
    event = parse_event(sample(name, location={"id": "spree-kayaks"}))
    ports = FakePorts()
    ports.bookings.record(parse_event(sample("booking_created", location={"id": "spree-kayaks"})))
    recorded = ports.bookings.record(event)
    assert recorded is not None
    variables = scope_variables(event, recorded.context, event.model_dump(mode="json"), {})
    for variable in variables_of(event.detail_type):
        values: list[Any] = [variables]
        for part in variable.path.split("."):
            if variable.of_items and isinstance(values[0], list | tuple):
                values = list(values[0])
            assert all(part in value for value in values), variable.path
            values = [value[part] for value in values]
            if not values:
                break


def test_records_that_are_not_known_are_empty() -> None:
    event = parse_event(sample("chat_message_created"))
    context = BookingContext(location=Location(id="l"), customer=Customer(id="c"))
    variables = scope_variables(event, context, {}, {})
    assert set(variables["booking"].values()) == {None}
    assert (variables["activity"]["name"], variables["activity"]["facilitators"]) == ("", ())
    assert variables["customer"]["id"] == "c"
    assert variables["location"]["timezone"] == "UTC"
