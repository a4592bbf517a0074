"""One location with a survey of each kind of question, and an invitation to answer it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bookflow.domain.bookings.records import StoredValue
from bookflow.domain.surveys.records import SurveyInvitation
from bookflow.domain.surveys.survey import ChoiceQuestion, StarQuestion, Survey, TextQuestion
from bookflow.domain.surveys.tokens import digest
from tests.fakes import FakePorts
from tests.unit.actions.samples import ACTIVITY, BOOKING, CUSTOMER, LOCATION, NOW, new_ports

TOKEN = "t" * 32
SURVEY = Survey(
    location_id="loc-1",
    id="after-visit",
    name="After the visit",
    introduction="Two minutes, and we read every word.",
    questions=(
        StarQuestion(id="overall", text="How was it in all?"),
        StarQuestion(id="guide", text="How was your guide?", required=False),
        ChoiceQuestion(id="again", text="Would you come again?", options=("Yes", "Maybe", "No")),
        ChoiceQuestion(
            id="liked",
            text="What did you like?",
            options=("The boats", "The route", "The lunch"),
            several=True,
            required=False,
        ),
        TextQuestion(id="comment", text="What shall we do better?", required=False),
    ),
)
GOOD = {"overall": ["5"], "again": ["Yes"], "comment": ["More sunsets, please."]}


def invitation(**changes: Any) -> SurveyInvitation:
    return SurveyInvitation(
        **{
            "location_id": "loc-1",
            "token_hash": digest(TOKEN),
            "survey_id": "after-visit",
            "booking_id": "b-1",
            "execution_id": "ex_1",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=30),
            **changes,
        }
    )


def survey_ports(**records: Any) -> FakePorts:
    """Return ports that hold the location, its booking, the survey and the invitation."""
    ports = new_ports()
    known = {"location": LOCATION, "booking": BOOKING, "customer": CUSTOMER, "activity": ACTIVITY}
    for record in (known | records).values():
        ports.bookings.kept["loc-1", type(record), record.id] = StoredValue(record, 1, {})
    ports.surveys.stored["loc-1", SURVEY.id] = SURVEY
    ports.surveys.invitations["loc-1", digest(TOKEN)] = invitation()
    return ports
