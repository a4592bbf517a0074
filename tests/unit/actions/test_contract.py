"""What holds for every action: its form, its purity while planning, and the ready-made graphs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import bookflow
from bookflow.actions.catalogue import action_types
from bookflow.domain.events import event_types

GALLERY = Path(bookflow.__file__).parent / "gallery"
FUNCTIONS = Path(__file__).parents[3] / "functions"


def test_every_action_has_a_function_of_its_name() -> None:
    folders = {path.parent.name for path in FUNCTIONS.glob("*/app.py")}
    assert action_types()
    assert set(action_types()) <= folders


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
def test_the_editor_has_a_picture_and_words_for_it(name: str) -> None:
    action = action_types()[name]
    assert action.icon
    assert named_in(action.summary)
    assert named_in(action.summary) <= set(action.config_model.model_fields)


@pytest.mark.parametrize("name", sorted(event_types()))
def test_the_editor_has_a_picture_for_every_trigger(name: str) -> None:
    event = event_types()[name]
    assert event.icon
    assert named_in(event.summary) <= set(event.config.model_fields)


def named_in(summary: str) -> set[str]:
    """Return the fields whose values a summary may hold."""
    return {field for part in re.findall(r"{([^{}]+)}", summary) for field in part.split("|")}


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
