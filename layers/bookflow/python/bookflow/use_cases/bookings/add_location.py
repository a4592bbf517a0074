"""Adds a location to the deployment."""

from __future__ import annotations

from bookflow.domain.bookings.location_settings import LocationRecord, LocationSettings
from bookflow.domain.shared.errors import ConflictError, StaleRevisionError
from bookflow.ports import Ports
from bookflow.use_cases.bookings.manage_settings import SettingsManager


def add_location(ports: Ports, location_id: str, settings: LocationSettings) -> LocationRecord:
    """Store the first settings of a location; the very same ones again change nothing.

    Raises:
        ConflictError: It has settings already.
        InvalidInputError: One of the settings cannot be used.
    """
    try:
        return SettingsManager(ports).save(location_id, settings, based_on=0)
    except StaleRevisionError:
        raise ConflictError(
            "there is a location with this id already",
            field="location_id",
            remedy="Choose another id, or change its settings.",
        ) from None
