"""What a form says of its fields: their titles, plain requests, and right plurals."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from bookflow.actions.create_task import CreateTaskConfig
from bookflow.actions.send_template import SendTemplateConfig
from bookflow.actions.update_booking import UpdateBookingConfig
from bookflow.actions.webhook import WebhookConfig
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.flow.delay import DelayConfig
from bookflow.domain.flow.switch import SwitchConfig
from bookflow.domain.flow.variables import suggestion
from bookflow.domain.shared.input_problems import counted, problems_of


class Inner(BaseModel):
    """A field of a list, with a title."""

    text: str = Field(min_length=1, title="Question")


class Outer(BaseModel):
    """A form with a list and with fields that have no title."""

    questions: tuple[Inner, ...] = Field(default=(), max_length=1)
    due_in_hours: int = 1
    is_on: bool = True
    code: str = Field(default="abc", min_length=2, max_length=1_000)


def said(model: type[BaseModel], data: dict[str, Any], titled: bool = True) -> list[str]:
    """Return the sentences of each problem."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(data)
    found = problems_of(refused.value, model if titled else None)
    return [f"{reason} {remedy}".strip() for _, _, reason, remedy in found]


@pytest.mark.parametrize(
    ("model", "data", "sentence"),
    [
        (SendTemplateConfig, {"template": ""}, "Choose a template."),
        (SendTemplateConfig, {}, "Choose a template."),
        (UpdateBookingConfig, {}, "Choose a new status."),
        (DelayConfig, {"value": 2}, "Choose a unit."),
        (DelayConfig, {"unit": "hours"}, "Enter the amount."),
        (SwitchConfig, {"cases": []}, "Add a case."),
        (
            ReminderOffset,
            {"event": "Booking Reminder", "statuses": []},
            "Choose at least one: booking statuses.",
        ),
        (WebhookConfig, {"url": ""}, "Enter the address."),
        (CreateTaskConfig, {"title": ""}, "Enter the title."),
        (
            CreateTaskConfig,
            {"title": "x", "due_in_hours": 1.5},
            "Due in hours is not a whole number. Enter a whole number.",
        ),
        (
            CreateTaskConfig,
            {"title": "x", "priority": "urgent"},
            "Priority has an unknown value. Use one of: low, normal or high.",
        ),
        (Outer, {"questions": [{"text": ""}]}, "Enter the question."),
        (Outer, {"due_in_hours": []}, "Due in hours is not a whole number. Enter a whole number."),
        (Outer, {"is_on": []}, "Is on is neither yes nor no. Choose yes or no."),
        (Outer, {"code": "a"}, "Code is too short. Use at least 2 characters."),
        (Outer, {"code": "a" * 1_001}, "Code is too long. Use at most 1,000 characters."),
        (
            Outer,
            {"questions": [{"text": "a"}] * 2},
            "Questions has too many entries. Use at most 1 entry.",
        ),
        (
            Outer,
            {"questions": [5]},
            "Questions, entry 1 is not an object. Use a JSON object.",
        ),
    ],
)
def test_a_field_is_named_in_the_readers_words(
    model: type[BaseModel], data: dict[str, Any], sentence: str
) -> None:
    assert said(model, data) == [sentence]


def test_without_a_form_the_last_name_of_the_path_is_the_label() -> None:
    assert said(SendTemplateConfig, {}, titled=False) == ["Template is missing. Fill it in."]


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
        (1_000, "event", "1,000 events"),
    ],
)
def test_plurals(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


def test_a_misspelt_variable_gets_a_suggestion_and_another_none() -> None:
    types = {"customer.first_name": "string", "event.thread_id": "not supplied"}
    assert suggestion("customer.first_nam", types) == "Did you mean customer.first_name?"
    assert suggestion("moon.phase", types) is None
