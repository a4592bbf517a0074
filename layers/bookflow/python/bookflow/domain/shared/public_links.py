"""The addresses of the public pages: each names its location, as every read is keyed by it."""

from __future__ import annotations

import re

_LOCATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
"""The form of `domain.shared.identifiers.Identifier`: all of it may stand in a path (RFC 3986, `pchar`)."""


def survey_link(base_url: str, location_id: str, token: str) -> str:
    """Return the address of the page on which a survey is answered."""
    return f"{base_url}/s/{location_id}/{token}"


def unsubscribe_link(base_url: str, location_id: str, token: str) -> str:
    """Return the address of the page on which a customer unsubscribes."""
    return f"{base_url}/u/{location_id}/{token}"


def calendar_link(base_url: str, location_id: str, token: str) -> str:
    """Return the address of a booking's calendar entry."""
    return f"{base_url}/c/{location_id}/{token}"


def dashboard_link(base_url: str, location_id: str) -> str:
    """Return the address of a location's home page in the dashboard."""
    return f"{base_url.rstrip('/')}/dashboard/#/{location_id}/home"


def is_location_id(text: str) -> bool:
    """Return whether a text has an id's form, before anything is looked up for it."""
    return _LOCATION_ID.fullmatch(text) is not None
