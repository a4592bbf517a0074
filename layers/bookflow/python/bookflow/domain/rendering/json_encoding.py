"""Writes one value into a JSON document, by the place where it stands."""

from __future__ import annotations

import json
from enum import StrEnum

from bookflow.domain.rendering.values import Missing, Rendering, to_json


class JsonPosition(StrEnum):
    """Where a placeholder stands in a JSON document.

    - `value`: bare, or the whole of a string: the value keeps its type.
    - `key`: bare before a colon, or the whole of a name: it becomes a string.
    - `text`: among other text inside of a string.
    """

    VALUE = "value"
    KEY = "key"
    TEXT = "text"


def encode(rendering: Rendering, value: object, place: JsonPosition) -> str:
    """Return JSON text for a value; raise `TemplateError` if JSON cannot hold it."""
    if place is JsonPosition.VALUE:
        if isinstance(value, Missing) and value.is_null:
            return "null"
        if isinstance(value, Missing):
            raise value.error()
        text = to_json(value)
    else:
        quoted = json.dumps(
            rendering.text_of(value, human=place is JsonPosition.TEXT), ensure_ascii=False
        )
        text = quoted if place is JsonPosition.KEY else quoted[1:-1]
    rendering.charge_for(text)
    return text
