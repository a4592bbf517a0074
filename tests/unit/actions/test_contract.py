"""What holds for every action: its form, its purity while planning, and the ready-made drawings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import bookflow
from bookflow.actions.catalog import action_types

GALLERY = Path(bookflow.__file__).parent / "gallery"


def test_the_six_actions_are_found() -> None:
    assert set(action_types()) == {
        "send_template",
        "send_survey_email",
        "update_booking",
        "add_booking_note",
        "create_task",
        "webhook",
    }


@pytest.mark.parametrize("name", sorted(action_types()))
def test_the_editor_can_make_a_form_of_every_field(name: str) -> None:
    action = action_types()[name]
    schema = action.config_model.model_json_schema()
    assert action.title
    assert action.description
    for field in schema["properties"].values():
        assert field["title"]
        assert field["description"]
        assert field["examples"]


@pytest.mark.parametrize("name", sorted(action_types()))
def test_every_example_of_a_field_is_accepted(name: str) -> None:
    model = action_types()[name].config_model
    for field, facts in model.model_fields.items():
        for example in facts.examples or ():
            model.__pydantic_validator__.validate_assignment(
                model.model_construct(), field, example
            )


def _action_nodes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if value.get("type") in action_types() and "config" in value else []
        return own + [node for item in value.values() for node in _action_nodes(item)]
    if isinstance(value, list):
        return [node for item in value for node in _action_nodes(item)]
    return []


def test_the_ready_made_workflows_fit_the_actions() -> None:
    found = 0
    for path in GALLERY.glob("*.json"):
        for node in _action_nodes(json.loads(path.read_text())):
            action_types()[node["type"]].config_model.model_validate(node["config"])
            found += 1
    assert found >= 5
