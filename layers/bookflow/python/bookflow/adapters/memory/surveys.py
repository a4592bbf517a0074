"""Surveys, invitations and answers in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bookflow.adapters.memory.records import InMemoryLibrary, page_of
from bookflow.domain.shared.pagination import FIRST_PAGE, PAGE_SIZE, Page, PageRequest
from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
from bookflow.domain.surveys.results import SurveyTally
from bookflow.domain.surveys.survey import Survey
from bookflow.ports import Invited


class InMemorySurveys(InMemoryLibrary[Survey, Survey]):
    model = Survey

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[tuple[str, str, str], str] = {}
        self.invitations: dict[tuple[str, str], SurveyInvitation] = {}
        self.responses: dict[tuple[str, str], SurveyResponse] = {}
        self.tallies: dict[tuple[str, str], SurveyTally] = {}

    def listed(self, record: Survey) -> Survey:
        return record

    def ask(self, invitation: SurveyInvitation, asked_by: str) -> str:
        key = (invitation.location_id, invitation.booking_id, invitation.survey_id)
        return self.asked.setdefault(key, asked_by)

    def invite(self, invitation: SurveyInvitation) -> None:
        self.invitations.setdefault((invitation.location_id, invitation.token_hash), invitation)

    def invited(self, location_id: str, token_hash: str) -> Invited:
        key = (location_id, token_hash)
        return Invited(self.invitations.get(key), self.responses.get(key))

    def respond(self, response: SurveyResponse) -> SurveyResponse:
        key = (response.location_id, response.token_hash)
        if key not in self.responses:
            self.responses[key] = response
            tally = self._tally(response.location_id, response.survey_id)
            self.tallies[response.location_id, response.survey_id] = tally.counting(response)
        return self.responses[key]

    def mark_announced(self, response: SurveyResponse) -> None:
        key = (response.location_id, response.token_hash)
        self.responses[key] = response.changed(announced=True)

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Invited]:
        about: list[tuple[tuple[str, str], str]] = [
            *((key, one.booking_id) for key, one in self.invitations.items()),
            *((key, one.booking_id) for key, one in self.responses.items()),
        ]
        keys = {key: None for key, of in about if (key[0], of) == (location_id, booking_id)}
        return [Invited(self.invitations.get(key), self.responses.get(key)) for key in keys]

    def withdraw(self, invitation: SurveyInvitation) -> None:
        self.invitations.pop((invitation.location_id, invitation.token_hash), None)

    def overwrite(self, response: SurveyResponse) -> None:
        key = (response.location_id, response.token_hash)
        if key in self.responses:
            self.responses[key] = response

    def unannounced(
        self, location_id: str, *, until: datetime, limit: int = PAGE_SIZE
    ) -> Sequence[SurveyResponse]:
        found = [
            response
            for response in self.responses.values()
            if response.location_id == location_id
            and not response.announced
            and response.submitted_at <= until
        ]
        return sorted(found, key=lambda one: (one.submitted_at, one.token_hash))[:limit]

    def tally(self, location_id: str, survey_id: str) -> SurveyTally:
        return self._tally(location_id, survey_id)

    def comments(
        self, location_id: str, survey_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SurveyResponse]:
        found = [
            response
            for response in self.responses.values()
            if (response.location_id, response.survey_id) == (location_id, survey_id)
            and response.has_comment
        ]
        found.sort(key=lambda one: (one.submitted_at, one.token_hash), reverse=True)
        return page_of(found, request)

    def _tally(self, location_id: str, survey_id: str) -> SurveyTally:
        empty = SurveyTally(location_id=location_id, survey_id=survey_id)
        return self.tallies.get((location_id, survey_id), empty)
