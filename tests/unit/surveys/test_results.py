"""Results: counts, averages and distributions as the answers came, comments newest first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.surveys.answers import read_answers
from bookflow.domain.surveys.records import AskingStep, SurveyResponse
from bookflow.domain.surveys.results import SurveyTally, results_of
from bookflow.domain.surveys.survey import ChoiceQuestion, TextQuestion
from bookflow.use_cases.surveys.survey_results import SurveyResults
from tests.fakes import FakePorts
from tests.unit.actions.samples import NOW
from tests.unit.surveys.samples import SURVEY, survey_ports


def respond(ports: FakePorts, number: int, **given_answers: str) -> None:
    answers = read_answers(SURVEY, {name: [text] for name, text in given_answers.items()})
    ports.surveys.respond(
        SurveyResponse(
            location_id="loc-1",
            token_hash=f"{number:064x}",
            survey_id=SURVEY.id,
            booking_id=f"b-{number}",
            submitted_at=NOW + timedelta(minutes=number),
            overall_rating=int(given_answers["overall"]),
            answers=answers,
        )
    )


def test_the_summary_counts_averages_and_shows_what_nobody_chose() -> None:
    ports = survey_ports()
    respond(ports, 1, overall="5", again="Yes", liked="The boats")
    respond(ports, 2, overall="4", again="Yes")
    respond(ports, 3, overall="4", again="No", comment="Cold lunch")
    summary = SurveyResults(ports).summary("loc-1", SURVEY.id)
    overall, guide, again, liked, comment = summary.questions
    assert summary.responses == 3
    assert (overall.answered, overall.average) == (3, Decimal("4.33"))
    assert overall.distribution == {"1": 0, "2": 0, "3": 0, "4": 2, "5": 1}
    assert (guide.answered, guide.average) == (0, None)
    assert (again.average, again.distribution) == (None, {"Yes": 2, "Maybe": 0, "No": 1})
    assert liked.distribution == {"The boats": 1, "The route": 0, "The lunch": 0}
    assert (comment.answered, comment.distribution) == (1, {})


def test_a_survey_without_responses_has_zeros() -> None:
    summary = SurveyResults(survey_ports()).summary("loc-1", SURVEY.id)
    assert summary.responses == 0
    assert all(question.answered == 0 for question in summary.questions)


def test_results_outlive_changes_of_the_survey() -> None:
    ports = survey_ports()
    respond(ports, 1, overall="5", again="Maybe", guide="2")
    changed = (
        TextQuestion(id="overall", text="How was it, in words?"),
        ChoiceQuestion(id="again", text="Again?", options=("Yes", "No")),
    )
    ports.surveys.stored["loc-1", SURVEY.id] = SURVEY.changed(questions=changed)
    questions = SurveyResults(ports).summary("loc-1", SURVEY.id).questions
    assert [(one.question_id, one.type, one.answered, one.asked) for one in questions] == [
        ("overall", "text", 0, True),
        ("again", "choice", 1, True),
        ("overall", "stars", 1, False),
        ("guide", "stars", 1, False),
    ]
    assert questions[1].distribution == {"Yes": 0, "No": 0, "Maybe": 1}


def test_comments_come_newest_first_by_page() -> None:
    ports = survey_ports()
    for number in range(1, 6):
        respond(ports, number, overall="3", again="No", comment=f"Comment {number}")
    respond(ports, 6, overall="3", again="No")
    results, position, seen = SurveyResults(ports), None, []
    for _ in range(3):
        page = results.comments("loc-1", SURVEY.id, PageRequest(2, position))
        seen.append([comment.text for comment in page.items])
        position = page.position
    assert seen == [["Comment 5", "Comment 4"], ["Comment 3", "Comment 2"], ["Comment 1"]]
    assert position is None
    assert results.comments("loc-1", SURVEY.id).items[0].booking_id == "b-5"


def test_answers_are_counted_by_the_step_that_asked_and_by_day() -> None:
    step = AskingStep(workflow_id="wf-1", version=2, node_id="ask")
    other = step.changed(version=3)
    tally = SurveyTally(location_id="loc-1", survey_id=SURVEY.id)
    for number, (asked, days) in enumerate([(step, 0), (step, 1), (None, 1), (other, 2)]):
        answered = SurveyResponse(
            location_id="loc-1",
            token_hash=f"{number:064x}",
            survey_id=SURVEY.id,
            booking_id="b-1",
            step=asked,
            submitted_at=NOW + timedelta(days=days),
        )
        tally = tally.counting(answered)
    today = NOW.date()
    assert (tally.answered_since(step, today), tally.answered_since(other, today)) == (2, 1)
    assert tally.answered_since(step, today + timedelta(days=1)) == 1
    assert SurveyTally.model_validate_json(tally.model_dump_json()) == tally
    later = answered.changed(step=other, submitted_at=NOW + timedelta(days=36, hours=1))
    assert tally.counting(later).answered_since(step, today) == 1
    assert tally.counting(later).answered_since(other, today) == 2


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_the_average_is_that_of_the_answers(stars: list[int]) -> None:
    tally = SurveyTally(location_id="loc-1", survey_id=SURVEY.id)
    for number, count in enumerate(stars):
        answers = read_answers(SURVEY, {"overall": [str(count)], "again": ["Yes"]})
        tally = tally.counting(
            SurveyResponse(
                location_id="loc-1",
                token_hash=f"{number:064x}",
                survey_id=SURVEY.id,
                booking_id="b-1",
                submitted_at=NOW,
                answers=answers,
            )
        )
    overall = results_of(SURVEY, tally)[0]
    assert overall.average is not None
    assert abs(overall.average - Decimal(sum(stars)) / len(stars)) <= Decimal("0.005")
    assert sum(overall.distribution.values()) == tally.responses == len(stars)
