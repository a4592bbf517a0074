"""Locations: those of the caller, and new ones."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import EVERYWHERE, Access, Role
from bookflow.api.calls import CallArg, Id, View, answer
from bookflow.api.routing import Resource
from bookflow.domain.bookings.location_settings import LocationSettings
from bookflow.use_cases.bookings.add_location import add_location

resource = Resource("locations", prefix="/v1/locations")

MOST_LOCATIONS = 500
"""In one list: as many as a person can choose from."""


class LocationView(View):
    """A location that the caller has a role in."""

    id: str
    name: str = Field(description="Empty if nothing is known of it")
    role: Role


class LocationsView(View):
    """The caller's locations."""

    locations: tuple[LocationView, ...]
    may_add: bool = Field(description="Whether the caller may add locations")


class NewLocation(LocationSettings):
    """A new location: its settings, of which it needs these."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class AddedLocation(View):
    """The location that was added."""

    id: str
    settings: dict[str, object]
    revision: int


@resource.get("", Role.VIEWER)
def list_locations(call: CallArg) -> LocationsView:
    """List the locations that the caller has a role in, by id; 500 at most.

    For a caller with a role in every location they are all of the deployment.
    """
    caller = call.caller
    known = set(caller.roles) - {EVERYWHERE}
    if EVERYWHERE in caller.roles:
        known |= set(islice(call.ports.bookings.locations(), MOST_LOCATIONS))
    ids = sorted(known)[:MOST_LOCATIONS]
    names = call.ports.bookings.location_names(ids)
    return LocationsView(
        locations=tuple(
            LocationView(id=each, name=names.get(each, ""), role=role)
            for each in ids
            if (role := caller.role_in(each)) is not None
        ),
        may_add=caller.roles.get(EVERYWHERE) is Role.ADMIN,
    )


@resource.put("/<location_id>", Access(Role.ADMIN, everywhere=True), status=201, problems=(409,))
def put_location(call: CallArg, location_id: Id, body: NewLocation) -> Response[AddedLocation]:
    """Add a location, with its settings. Repeating the call adds nothing more.

    Give people a role in it at your token issuer. A location that the booking system has stated
    already is added too: the settings go before what was stated.
    """
    settings = LocationSettings.model_validate(body.model_dump(exclude_unset=True))
    record = add_location(call.ports, location_id, settings)
    added = AddedLocation(
        id=location_id,
        settings=record.kept.settings.model_dump(mode="json", exclude_unset=True),
        revision=record.kept.revision,
    )
    return answer(added, status=201)
