"""Answers a survey by its personal link: whether the link is valid, and its one response."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.events.survey_submitted import SurveySubmitted
from bookflow.domain.shared.errors import NotFoundError, TransientError
from bookflow.domain.shared.public_links import is_location_id
from bookflow.domain.surveys.answers import Given, InvalidAnswersError, overall_rating, read_answers
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.domain.surveys.survey import Survey
from bookflow.domain.surveys.tokens import digest, is_token
from bookflow.ports import Invited, OutgoingEvent, Ports


class LinkState(StrEnum):
    """What a survey link is worth."""

    OPEN = "open"
    THANKS = "thanks"
    ANSWERED = "answered"
    EXPIRED = "expired"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SurveyLink:
    """A survey link and what surrounds it.

    Attributes:
        context: The booking that the survey is about; None for an unknown link.
        survey: The survey, while it can be answered.
    """

    state: LinkState
    context: BookingContext | None = None
    survey: Survey | None = None


_UNKNOWN = SurveyLink(LinkState.UNKNOWN)


class SurveyAnswering:
    """Takes the answers of customers."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def look(self, location_id: str, token: str) -> SurveyLink:
        """Return what a link is worth now.

        If an earlier call stored a response and died before its event was on the bus, this one
        puts it there.
        """
        if not (is_location_id(location_id) and is_token(token)):
            return _UNKNOWN
        known = self._ports.surveys.invited(location_id, digest(token))
        if known.response is not None:
            self._try_to_announce(known.response)
        return self._link(location_id, known)

    def submit(self, location_id: str, token: str, given: Given) -> SurveyLink:
        """Store the response, announce it, and return the link as it is then.

        The same answers again are thanked for again; other answers find the link `ANSWERED`.

        Args:
            location_id: The location that the link names.
            token: The secret that the link holds.
            given: What was sent for each question's id.

        Raises:
            InvalidAnswersError: With every problem of every answer; nothing is stored.
            TransientError: The same call may succeed later. The response may be stored; a
                repeat stores no second one.
        """
        if not (is_location_id(location_id) and is_token(token)):
            return _UNKNOWN
        known = self._ports.surveys.invited(location_id, digest(token))
        link = self._link(location_id, known)
        if known.response is not None:
            return self._repeated(link, known.response, given)
        if link.survey is None or known.invitation is None:
            return link
        answers = read_answers(link.survey, given)
        now = self._ports.clock.now()
        context = link.context
        response = SurveyResponse(
            location_id=location_id,
            token_hash=known.invitation.token_hash,
            survey_id=link.survey.id,
            booking_id=known.invitation.booking_id,
            step=known.invitation.step,
            submitted_at=now,
            overall_rating=overall_rating(link.survey, answers),
            answers=answers,
            kept_until=kept_until(context.booking, context.location, now) if context else None,
        )
        stored = self._ports.surveys.respond(response)
        self._try_to_announce(stored)
        same = stored.answers == response.answers
        return SurveyLink(LinkState.THANKS if same else LinkState.ANSWERED, link.context)

    def announce(self, response: SurveyResponse) -> None:
        """Put the response's event on the bus, unless it is known to be there.

        A crash between the two calls leads to a second event with the same id, which starts
        nothing twice.
        """
        if response.announced:
            return
        self._ports.events.publish([submitted_event(response)])
        self._ports.surveys.mark_announced(response)

    def _try_to_announce(self, response: SurveyResponse) -> None:
        """Let no customer wait for the bus: their answers are stored, and the sweeper comes hourly."""
        try:
            self.announce(response)
        except TransientError:
            self._ports.counter.count("SurveysAnnouncedLater")

    def _link(self, location_id: str, known: Invited) -> SurveyLink:
        about = known.response or known.invitation
        if about is None:
            return _UNKNOWN
        context = self._ports.bookings.context(location_id, about.booking_id)
        if context is None:
            return _UNKNOWN
        if known.response is not None:
            return SurveyLink(LinkState.ANSWERED, context)
        if known.invitation is None or self._ports.clock.now() >= known.invitation.expires_at:
            return SurveyLink(LinkState.EXPIRED, context)
        survey = self._survey(location_id, about.survey_id)
        if survey is None or not survey.active:
            return SurveyLink(LinkState.CLOSED, context)
        return SurveyLink(LinkState.OPEN, context, survey)

    def _survey(self, location_id: str, survey_id: str) -> Survey | None:
        try:
            return self._ports.surveys.get(location_id, survey_id)
        except NotFoundError:
            return None

    def _repeated(self, link: SurveyLink, stored: SurveyResponse, given: Given) -> SurveyLink:
        self._try_to_announce(stored)
        survey = self._survey(stored.location_id, stored.survey_id)
        same = survey is not None and _are_the_same(survey, stored, given)
        return SurveyLink(LinkState.THANKS if same else LinkState.ANSWERED, link.context)


def submitted_event(response: SurveyResponse) -> OutgoingEvent:
    """Return `Survey Submitted`, the same for each call with the same response.

    It carries no causation chain: a person answered, so no circle runs by itself.
    """
    return OutgoingEvent(
        SurveySubmitted.detail_type,
        {
            "event_id": f"survey_{response.token_hash[:40]}",
            "location_id": response.location_id,
            "occurred_at": response.submitted_at.isoformat(),
            "booking_id": response.booking_id,
            "survey_id": response.survey_id,
            "overall_rating": response.overall_rating,
            "answers": [answer.model_dump(mode="json") for answer in response.answers],
        },
    )


def _are_the_same(survey: Survey, stored: SurveyResponse, given: Given) -> bool:
    try:
        return read_answers(survey, given) == stored.answers
    except InvalidAnswersError:
        return False
