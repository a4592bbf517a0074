"""A location's surveys, their invitations and responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE, PAGE_SIZE
from bookflow.ports.library import LibraryStore

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
    from bookflow.domain.surveys.results import SurveyTally
    from bookflow.domain.surveys.survey import Survey  # noqa: F401 - by name below


@dataclass(frozen=True)
class Invited:
    """What is known of a survey link: the invitation may be forgotten, a response is kept."""

    invitation: SurveyInvitation | None = None
    response: SurveyResponse | None = None


class SurveyStore(LibraryStore["Survey", "Survey"], Protocol):
    """Surveys, the invitations to answer them, the responses and their counts."""

    def ask(self, invitation: SurveyInvitation, asked_by: str) -> str:
        """Note who asks the invitation's survey about its booking; return who was the first.

        The note lives as long as the booking.

        Args:
            invitation: Names the survey and the booking.
            asked_by: Key of the effect that asks.
        """

    def invite(self, invitation: SurveyInvitation) -> None:
        """Store an invitation."""

    def invited(self, location_id: str, token_hash: str) -> Invited:
        """Return the invitation of a token and the response to it (consistent)."""

    def respond(self, response: SurveyResponse) -> SurveyResponse:
        """Store the response unless there is one; return the stored one either way.

        It is counted in the survey's tally in the same write.
        """

    def mark_announced(self, response: SurveyResponse) -> None:
        """Remember that the response's event is on the bus."""

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Invited]:
        """Return the invitations to answer about a booking, and the responses.

        One stored a moment ago may be missing.
        """

    def withdraw(self, invitation: SurveyInvitation) -> None:
        """Delete an invitation, whose link is worth nothing then; a missing one is no error."""

    def overwrite(self, response: SurveyResponse) -> None:
        """Store a response anew that is stored already; it is not counted again."""

    def unannounced(
        self, location_id: str, *, until: datetime, limit: int = PAGE_SIZE
    ) -> Sequence[SurveyResponse]:
        """Return the oldest responses up to `until` whose event is not known to be on the bus.

        One stored a moment ago may be missing; none is returned that is marked.
        """

    def tally(self, location_id: str, survey_id: str) -> SurveyTally:
        """Return the survey's counts (consistent); those of no response are zero."""

    def comments(
        self, location_id: str, survey_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SurveyResponse]:
        """Return a page of the responses that hold a text, newest first.

        One stored a moment ago may be missing.
        """
