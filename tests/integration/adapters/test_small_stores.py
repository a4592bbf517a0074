"""The contracts of templates, surveys, notes and tasks, for the fakes and for DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.errors import NotFoundError
from bookflow.domain.records import Note, SurveyInvitation, Task
from bookflow.domain.surveys import StarQuestion, Survey
from bookflow.domain.templates import Template
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import NOW


def _note(note_id: str, **changes: Any) -> Note:
    values = {"location_id": "loc-1", "booking_id": "b-1", "text": note_id, "created_at": NOW}
    return Note(**{**values, "id": note_id, **changes})


def _task(task_id: str, **changes: Any) -> Task:
    values = {"location_id": "loc-1", "title": task_id, "due_at": NOW, "created_at": NOW}
    return Task(**{**values, "id": task_id, **changes})


def _invitation(**changes: Any) -> SurveyInvitation:
    return SurveyInvitation(
        **{
            "location_id": "loc-1",
            "token_hash": "0" * 64,
            "survey_id": "s-1",
            "booking_id": "b-1",
            "execution_id": "ex-1",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=30),
            **changes,
        }
    )


def test_a_template_is_kept_whole_and_for_its_location_only(ports: Any) -> None:
    template = Template(
        location_id="loc-1", id="t-1", name="Hi", html="<p>ä</p>" * 8000, updated_at=NOW
    )
    ports.templates.put(template)
    assert ports.templates.get("loc-1", "t-1") == template
    ports.templates.put(template.changed(version=2))
    assert ports.templates.get("loc-1", "t-1").version == 2
    with pytest.raises(NotFoundError):
        ports.templates.get("loc-2", "t-1")


def test_a_survey_is_kept_whole_and_for_its_location_only(ports: Any) -> None:
    survey = Survey(
        location_id="loc-1", id="s-1", name="S", questions=(StarQuestion(id="q", text="How?"),)
    )
    ports.surveys.put(survey)
    assert ports.surveys.get("loc-1", "s-1") == survey
    with pytest.raises(NotFoundError):
        ports.surveys.get("loc-2", "s-1")


def test_an_invitation_stays_as_it_was_first_stored(aws: AwsPorts) -> None:
    aws.surveys.invite(_invitation())
    aws.surveys.invite(_invitation(survey_id="s-2"))
    item = aws.dynamodb.get_item(
        TableName=TABLE,
        Key={"PK": {"S": f"L#loc-1#INVITATION#{'0' * 64}"}, "SK": {"S": "INVITATION"}},
    )["Item"]
    assert SurveyInvitation.model_validate_json(item["data"]["S"]) == _invitation()
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=30)).timestamp()))}


def test_notes_come_oldest_first_and_an_id_counts_once(ports: Any) -> None:
    late, early = _note("n-1", created_at=NOW + timedelta(hours=1)), _note("n-2")
    for note in (late, early, late, _note("n-1", text="Rewritten")):
        ports.notes.add(note)
    ports.notes.add(_note("n-1", booking_id="b-2"))
    assert list(ports.notes.list("loc-1", "b-1")) == [early, late]


def test_open_tasks_come_by_their_due_time_and_an_id_counts_once(ports: Any) -> None:
    late, early = _task("t-1", due_at=NOW + timedelta(hours=1)), _task("t-2")
    for task in (late, early, _task("t-1", title="Rewritten")):
        ports.tasks.add(task)
    ports.tasks.add(_task("t-3", status="completed"))
    ports.tasks.add(_task("t-4", location_id="loc-2"))
    assert list(ports.tasks.list("loc-1")) == [early, late]
