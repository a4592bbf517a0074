"""The calendar page: a booking's entry as a file that a phone or a computer adds to its calendar."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from bookflow.domain.messages.wording import wording_for
from bookflow.pages.messages import message_page
from bookflow.use_cases.messages.calendar_files import CalendarFiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bookflow.pages.html import HtmlPage
    from bookflow.ports import Ports


@dataclass(frozen=True)
class CalendarFile:
    """One answer that is a file."""

    body: str
    status: HTTPStatus = HTTPStatus.OK

    @property
    def headers(self) -> Mapping[str, str]:
        """Return all headers; of the pages' own those that count for a file.

        `inline`: Safari on an iPhone offers to add such a file, and saves an attachment.
        """
        return {
            "Content-Type": "text/calendar; charset=utf-8; method=PUBLISH",
            "Content-Disposition": 'inline; filename="booking.ics"',
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow",
        }


class PublicCalendarPage:
    """Shows a booking's calendar entry to everybody who has its link."""

    def __init__(self, ports: Ports) -> None:
        self._files = CalendarFiles(ports)

    def show(self, location_id: str, token: str, accept_language: str) -> CalendarFile | HtmlPage:
        """Return the file, or a page that says that the link leads nowhere."""
        entry = self._files.entry(location_id, token)
        if entry is None:
            return message_page("unknown", HTTPStatus.NOT_FOUND, wording_for([accept_language]))
        return CalendarFile(entry.content.decode())
