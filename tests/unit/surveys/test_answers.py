"""Reading answers: what is kept, and every problem at once with its question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.surveys.answers import (
    MAX_ANSWERS_BYTES,
    MAX_TEXT_CHARACTERS,
    AnswerProblemKind,
    InvalidAnswersError,
    overall_rating,
    read_answers,
)
from bookflow.domain.surveys.survey import StarQuestion, Survey, TextQuestion
from tests.unit.surveys.samples import GOOD, SURVEY


def problems(
    given_answers: dict[str, list[str]], survey: Survey = SURVEY
) -> dict[str, AnswerProblemKind]:
    with pytest.raises(InvalidAnswersError) as refused:
        read_answers(survey, given_answers)
    return {problem.question_id: problem.kind for problem in refused.value.problems}


def test_answers_keep_the_question_as_it_was_asked_in_the_survey_s_order() -> None:
    answers = read_answers(SURVEY, {**GOOD, "liked": ["The lunch", "The boats"]})
    assert [(one.question_id, one.answer) for one in answers] == [
        ("overall", 5),
        ("again", "Yes"),
        ("liked", ("The boats", "The lunch")),
        ("comment", "More sunsets, please."),
    ]
    assert answers[0].question == "How was it in all?"
    assert overall_rating(SURVEY, answers) == 5


def test_every_problem_is_reported_at_once_with_its_question() -> None:
    found = problems(
        {
            "overall": ["  "],
            "guide": ["6"],
            "again": ["Yes", "No"],
            "liked": ["The boats", "The weather"],
            "comment": ["x" * (MAX_TEXT_CHARACTERS + 1)],
        }
    )
    assert found == {
        "overall": AnswerProblemKind.REQUIRED,
        "guide": AnswerProblemKind.NOT_A_RATING,
        "again": AnswerProblemKind.TOO_MANY,
        "liked": AnswerProblemKind.NOT_AN_OPTION,
        "comment": AnswerProblemKind.TOO_LONG,
    }


@pytest.mark.parametrize("stars", ["0", "6", "3.5", "five", "+3", "٣", "03"])
def test_stars_are_whole_and_from_one_to_five(stars: str) -> None:
    assert problems({**GOOD, "overall": [stars]}) == {"overall": AnswerProblemKind.NOT_A_RATING}


def test_one_question_takes_one_answer() -> None:
    assert problems({**GOOD, "overall": ["1", "5"], "comment": ["a", "b"]}) == {
        "overall": AnswerProblemKind.TOO_MANY,
        "comment": AnswerProblemKind.TOO_MANY,
    }


def test_an_answer_to_a_question_that_is_not_asked_is_passed_over() -> None:
    assert read_answers(SURVEY, {**GOOD, "gone": ["x"]}) == read_answers(SURVEY, GOOD)


def test_all_answers_together_fit_an_event() -> None:
    questions = tuple(TextQuestion(id=f"q{n}", text="?") for n in range(20))
    survey = Survey(location_id="loc-1", id="s", name="S", questions=questions)
    texts = {f"q{n}": ["ä" * 1000] for n in range(20)} | {"q7": ["ä" * 4000]}
    assert sum(len(value[0].encode()) for value in texts.values()) < MAX_ANSWERS_BYTES
    assert read_answers(survey, texts)
    assert problems({name: ["ä" * 2000] for name in texts} | {"q7": ["ä" * 4000]}, survey) == {
        "q7": AnswerProblemKind.TOO_LONG_IN_ALL
    }


def test_the_first_star_question_is_the_overall_rating_even_if_it_is_left_open() -> None:
    questions = (
        StarQuestion(id="a", text="?", required=False),
        StarQuestion(id="b", text="?"),
    )
    survey = Survey(location_id="loc-1", id="s", name="S", questions=questions)
    assert overall_rating(survey, read_answers(survey, {"b": ["5"]})) is None
    assert overall_rating(survey, read_answers(survey, {"a": ["2"], "b": ["5"]})) == 2


@given(st.text(max_size=300))
def test_any_text_is_kept_without_what_could_harm_a_record(text: str) -> None:
    answers = read_answers(SURVEY, {**GOOD, "comment": [text]})
    kept = [str(one.answer) for one in answers if one.question_id == "comment"]
    for comment in kept:
        comment.encode()  # no half of a character pair
        assert not set(comment) & {chr(code) for code in range(32) if chr(code) not in "\n\t"}
        assert comment == comment.strip()
        assert [*read_answers(SURVEY, {**GOOD, "comment": [comment]})] == [*answers]
