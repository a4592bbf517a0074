"""Settings of a location: what operators set overrides what the booking system states."""

from __future__ import annotations

from datetime import datetime

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CHANGE, ETAG, CallArg, Id, IfMatch, View, answer
from bookflow.api.etags import revision_of
from bookflow.api.routing import Resource
from bookflow.domain.bookings.location_settings import LocationRecord, LocationSettings
from bookflow.domain.bookings.records import Location
from bookflow.use_cases.bookings.manage_settings import SettingsManager

resource = Resource("settings")


class SettingsView(View):
    """The settings, and the location that results from them."""

    settings: dict[str, object] = Field(
        description="What operators set; all other values come from the booking system"
    )
    location: Location | None = Field(
        description="The location as workflows see it; null if nothing is known of it"
    )
    revision: int
    updated_at: datetime | None


@resource.get("/settings", Role.VIEWER, headers=ETAG)
def read_settings(call: CallArg, location_id: Id) -> Response[SettingsView]:
    """Return the location's settings, and the location with the booking system's values."""
    return _saved(call.ports.bookings.location(location_id))


@resource.put("/settings", Role.ADMIN, **CHANGE)
def save_settings(
    call: CallArg, location_id: Id, body: LocationSettings, if_match: IfMatch = None
) -> Response[SettingsView]:
    """Replace the stored settings.

    A field that is left out keeps the booking system's value; null means no value.
    The ETag is `"0"` before the first save. Reminders are planned anew if the time zone,
    the quiet hours or the retention change.
    """
    record = SettingsManager(call.ports).save(location_id, body, based_on=revision_of(if_match))
    return _saved(record)


def _saved(record: LocationRecord) -> Response[SettingsView]:
    view = SettingsView(
        settings=record.kept.settings.model_dump(mode="json", exclude_unset=True),
        location=record.effective,
        revision=record.kept.revision,
        updated_at=record.kept.updated_at,
    )
    return answer(view, revision=record.kept.revision)
