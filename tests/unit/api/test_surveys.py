"""Surveys by their routes: questions, no lost update, and what customers answered."""

from __future__ import annotations

from datetime import UTC, datetime

from bookflow.domain.surveys.records import SurveyResponse
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, create, graph_of, know_location, publish

SURVEYS = f"{LOCATION}/surveys"
QUESTIONS = [
    {"id": "stars", "type": "stars", "text": "How was it?"},
    {"id": "again", "type": "choice", "text": "Again?", "options": ["Yes", "No"]},
    {"id": "why", "type": "text", "text": "Why?", "required": False},
]
SURVEY = {"name": "After the tour", "questions": QUESTIONS}


def test_a_survey_is_made_read_saved_and_switched(admin: Client) -> None:
    made = admin.post(SURVEYS, {**SURVEY, "id": "after"})
    assert (made.status, made.etag, made.json["active"]) == (201, '"1"', True)
    address = f"{SURVEYS}/after"
    taken = admin.post(SURVEYS, {**SURVEY, "name": "Other", "id": "after"})
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "id")
    assert admin.put(address, SURVEY).status == 428
    saved = admin.put(address, {**SURVEY, "expiry_days": 7}, if_match='"1"')
    assert (saved.status, saved.json["expiry_days"]) == (200, 7)
    assert admin.put(address, SURVEY, if_match='"1"').status == 412
    off = admin.put(f"{address}/active", {"active": False}, if_match='"2"')
    assert (off.etag, off.json["active"]) == ('"3"', False)
    assert admin.get(address).json == off.json
    assert [each["id"] for each in admin.get(SURVEYS).json["items"]] == ["after"]
    assert admin.get(f"{SURVEYS}/none").status == 404


def test_questions_that_cannot_be_reported_apart_are_refused(admin: Client) -> None:
    twice = {**SURVEY, "questions": [QUESTIONS[0], QUESTIONS[0]]}
    refused = admin.post(SURVEYS, twice)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "questions[1].id")
    same = {**SURVEY, "questions": [{**QUESTIONS[1], "options": ["Yes", "Yes"]}]}
    refused = admin.post(SURVEYS, same)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "questions[0].options")


def test_results_are_counted_and_comments_come_by_page(ports: FakePorts, admin: Client) -> None:
    admin.post(SURVEYS, {**SURVEY, "id": "after"})
    for number, stars in enumerate((5, 4, 4)):
        respond(ports, number, stars=stars)
    results = admin.get(f"{SURVEYS}/after/results").json
    assert results["responses"] == 3
    assert results["questions"][0]["average"] == "4.33"
    assert results["questions"][0]["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 2, "5": 1}
    first = admin.get(f"{SURVEYS}/after/comments", limit=2).json
    assert [each["text"] for each in first["items"]] == ["Comment 2", "Comment 1"]
    second = admin.get(f"{SURVEYS}/after/comments", limit=2, cursor=first["next_cursor"]).json
    assert [each["text"] for each in second["items"]] == ["Comment 0"]
    assert second["next_cursor"] is None
    other = admin.get(f"{SURVEYS}/other/comments", limit=2, cursor=first["next_cursor"])
    assert other.status == 422


ASK = {"id": "ask", "type": "send_survey_email", "config": {"survey": "after"}}


def test_a_survey_is_deleted_and_its_answers_stay_readable(ports: FakePorts, admin: Client) -> None:
    admin.post(SURVEYS, {**SURVEY, "id": "after"})
    address = f"{SURVEYS}/after"
    respond(ports, 0, stars=5)
    assert admin.delete(address).status == 428
    assert admin.delete(address, if_match='"3"').status == 412
    gone = admin.delete(address, if_match='"1"')
    assert (gone.status, gone.text) == (204, "")
    for answer in (
        admin.get(address),
        admin.put(address, SURVEY, if_match='"2"'),
        admin.put(f"{address}/active", {"active": True}, if_match='"2"'),
        admin.delete(address, if_match='"2"'),
    ):
        assert (answer.status, answer.json["errors"][0]["field"]) == (404, "survey_id")
    assert admin.get(SURVEYS).json["items"] == []
    assert admin.get(f"{address}/results").json["responses"] == 1
    assert [each["text"] for each in admin.get(f"{address}/comments").json["items"]] == [
        "Comment 0"
    ]
    assert admin.post(SURVEYS, {**SURVEY, "id": "after"}).status == 409
    settings = admin.put(f"{LOCATION}/settings", {"survey_id": "after"}, if_match='"0"')
    assert settings.status == 422


def test_a_survey_that_is_asked_is_not_deleted(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    admin.post(SURVEYS, {**SURVEY, "id": "after"})
    workflow = create(admin, graph_of(ASK))
    publish(admin, workflow)
    (use,) = admin.get(f"{SURVEYS}/after/uses").json["items"]
    assert (use["draft_nodes"], use["published_nodes"]) == (["ask"], ["ask"])
    refused = admin.delete(f"{SURVEYS}/after", if_match='"1"')
    assert refused.status == 409
    assert "Welcome" in refused.json["detail"]
    off = {"enabled": False}
    admin.put(f"{workflow}/enabled", off, if_match=admin.get(workflow).etag)
    admin.put(f"{LOCATION}/settings", {"survey_id": "after"}, if_match='"0"')
    refused = admin.delete(f"{SURVEYS}/after", if_match='"1"')
    assert refused.status == 409
    assert "by default" in refused.json["detail"]
    admin.put(f"{LOCATION}/settings", {}, if_match='"1"')
    assert admin.delete(f"{SURVEYS}/after", if_match='"1"').status == 204


def respond(ports: FakePorts, number: int, *, stars: int) -> None:
    """Answer the survey `after` about one booking."""
    ports.surveys.respond(
        SurveyResponse.model_validate(
            {
                "location_id": "loc-1",
                "token_hash": f"{number:064x}",
                "survey_id": "after",
                "booking_id": f"b-{number}",
                "submitted_at": datetime(2026, 12, 1, 9, number, tzinfo=UTC),
                "overall_rating": stars,
                "answers": [
                    {
                        "question_id": "stars",
                        "question": "How was it?",
                        "type": "stars",
                        "answer": stars,
                    },
                    {
                        "question_id": "why",
                        "question": "Why?",
                        "type": "text",
                        "answer": f"Comment {number}",
                    },
                ],
            }
        )
    )


def test_a_graph_that_names_a_survey_that_is_gone_or_off_is_warned_of(admin: Client) -> None:
    admin.post(SURVEYS, {**SURVEY, "id": "after"})
    workflow = create(admin, graph_of(ASK))
    assert admin.post(f"{workflow}/check", {}).json == {"publishable": True, "problems": []}
    admin.put(f"{SURVEYS}/after/active", {"active": False}, if_match='"1"')
    (problem,) = admin.post(f"{workflow}/check", {}).json["problems"]
    assert (problem["node_id"], problem["field"]) == ("ask", "config.survey")
    assert problem["severity"] == "warning"
    assert admin.delete(f"{SURVEYS}/after", if_match='"2"').status == 204
    checked = admin.post(f"{workflow}/check", {}).json
    assert checked == {"publishable": True, "problems": [problem]}
