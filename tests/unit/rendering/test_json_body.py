"""JSON bodies: where a placeholder stands decides how its value is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookflow.domain.rendering import (
    Mode,
    RenderSettings,
    TemplateError,
    check,
    referenced_variables,
    render_json_body,
)

SETTINGS = RenderSettings("en-GB", "Europe/London")
SCOPE: dict[str, Any] = {
    "booking": {
        "id": "b-1",
        "party_size": 4,
        "paid": True,
        "note": None,
        "guests": [{"name": "Ann"}, {"name": "Bo"}],
    },
    "event": {"type": "Booking Created", "nested": {"a": [1, None]}},
}


def sent(body: str) -> Any:
    return json.loads(render_json_body(body, SCOPE, SETTINGS, field="config.body"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{eventData}}", SCOPE["event"]),
        ('"{{ eventData }}"', SCOPE["event"]),
        ('{"booking": {{eventData}}}', {"booking": SCOPE["event"]}),
        ('{"id": {{booking.id}}}', {"id": "b-1"}),
        ('{"n": "{{booking.party_size}}"}', {"n": 4}),
        ('{"n": "{{booking.party_size}} people"}', {"n": "4 people"}),
        ('{"n": " {{booking.party_size}}"}', {"n": " 4"}),
        ('{"paid": "{{booking.paid}}"}', {"paid": True}),
        ('{"note": {{booking.note}}}', {"note": None}),
        ('{"g": {{booking.guests}}}', {"g": SCOPE["booking"]["guests"]}),
        ("{\"g\": \"{{booking.guests | join(', ', 'name')}}\"}", {"g": "Ann, Bo"}),
        ('{"{{booking.id}}": 1}', {"b-1": 1}),
        ('{"{{booking.party_size}}" : 1}', {"4": 1}),
        ("{ {{booking.id}}: 1}", {"b-1": 1}),
        ('{"k-{{booking.id}}": {"x": {{booking.party_size}}}}', {"k-b-1": {"x": 4}}),
        ('{"x": "{{ missing | default("none") }}"}', {"x": "none"}),
        ('{"x": "{{ missing | default(\\"none\\") }}"}', {"x": "none"}),
        ('{"x": "{{ \'}}\' }} and {{ "}}" }}"}', {"x": "}} and }}"}),
        ('{"x": "{{booking.id}}{{booking.id}}"}', {"x": "b-1b-1"}),
        ('{"x": "a \\" {{booking.id}}"}', {"x": 'a " b-1'}),
        ('{"x": "say \\\\"}', {"x": "say \\"}),
        ("[\"{{ 'yes' if booking.paid else 'no' }}\", {{ 1 }}]", ["yes", 1]),
        ('{"a": {"b": {{booking.party_size}}}}', {"a": {"b": 4}}),
        ("[]", []),
    ],
)
def test_values_stand_where_the_operator_put_them(body: str, expected: Any) -> None:
    assert check(body, Mode.JSON) == []
    assert sent(body) == expected


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ('{"a": {{ booking.id }} b}', 1, "not valid JSON here (column 24)"),
        ('{\n "a": 1,\n}', 3, "not valid JSON"),
        ('{"a": 1{{booking.id}}}', 1, "not valid JSON"),
        ("{{booking.id}}{{booking.id}}", 1, "not valid JSON"),
        ("", 1, "not valid JSON"),
        ("NaN", 1, "not valid JSON"),
        ('{"a": "{{ booking.id }', 1, "not closed (column 8)"),
        ('{"a": "unclosed {{ booking.id }}', 1, "not valid JSON"),
        ('{"a":\n{% if x %}1{% endif %}}', 2, "blocks"),
        ('{"a": "{% if x %}1{% endif %}"}', 1, "blocks"),
        ('{"a":\n\n"{{ booking.__class__ }}"}', 3, "not allowed"),
        ('{"a": "{{ booking.id | tojson }}"}', 1, "tojson"),
        ('{"a": "{{ }}"}', 1, "expected"),
        ('{"a": "{{ b }} {{ c d }}"}', 1, "more than one thing"),
        ("[" * 5_000 + "]" * 5_000, 1, "not valid JSON"),
        ('"' + "x" * 140_000 + '"', 1, "larger than"),
    ],
)
def test_what_cannot_become_json_is_refused_with_its_place(
    body: str, line: int, words: str
) -> None:
    (problem,) = check(body, Mode.JSON)
    assert problem.line == line
    assert words in problem.message
    assert problem.remedy


def test_a_missing_value_is_named_with_field_line_and_remedy() -> None:
    with pytest.raises(TemplateError) as refusal:
        sent('{"a": 1,\n "b": "{{ customer.phone }}"}')
    assert str(refusal.value) == (
        "config.body: line 2: customer.phone has no value here."
        " Check its name, or add a default for it."
    )
    assert (refusal.value.line, refusal.value.variable) == (2, "customer.phone")


def test_a_value_cannot_replace_a_name_that_is_written_out() -> None:
    with pytest.raises(TemplateError, match="the same"):
        render_json_body('{"admin": false, "{{ k }}": true}', {"k": "admin"}, SETTINGS)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), b"x"])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(TemplateError):
        render_json_body('{"a": {{ v }}}', {"v": value}, SETTINGS)


def test_a_very_deep_value_is_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TemplateError):
        render_json_body('{"a": {{ v }}}', {"v": deep}, SETTINGS)
    while isinstance(deep, list):
        deep = deep.pop()


def test_a_whole_body_is_capped() -> None:
    with pytest.raises(TemplateError, match="larger than"):
        render_json_body("[{{ v }}, {{ v }}]", {"v": "x" * 200_000}, SETTINGS)


def test_variables_of_a_body_are_found() -> None:
    found = referenced_variables('{"a": "{{ b.c | default(\\"x\\") }} {{ d }}"}', Mode.JSON)
    assert {(str(path), path.guarded) for path in found} == {("b.c", True), ("d", False)}
