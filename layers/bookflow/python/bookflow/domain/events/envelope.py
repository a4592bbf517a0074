"""Reads an EventBridge envelope into a typed event, or names the invalid field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bookflow.domain.events.base import Event
from bookflow.domain.events.catalogue import event_types
from bookflow.domain.events.sender import sent_from
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.input_problems import InvalidFieldsError, invalid_fields, problems_of
from bookflow.domain.shared.json_depth import nests_deeper
from bookflow.domain.shared.whole_characters import with_whole_characters

MAX_DETAIL_BYTES = 128 * 1024
"""Largest `detail` as compact JSON in UTF-8; an execution's record keeps all of it."""

MAX_DETAIL_DEPTH = 100
"""Objects and lists inside one another; records of deeper ones could not be written."""


def parse_event(envelope: Mapping[str, Any]) -> Event:
    """Return the typed event of an EventBridge envelope.

    Raises:
        InvalidInputError: The `detail-type` is unknown, or `detail` is too large or breaks its
            model; `field` is the path of the first problem and the message lists all of them.
    """
    detail_type = envelope.get("detail-type")
    model = event_types().get(detail_type) if isinstance(detail_type, str) else None
    if model is None:
        raise InvalidInputError(
            "is not an event that Bookflow knows",
            field="detail-type",
            remedy=f"Use one of: {', '.join(sorted(event_types()))}.",
        )
    detail = envelope.get("detail")
    if isinstance(detail, dict):
        detail = with_whole_characters(detail)
        check_storable(detail)
        detail = sent_from(envelope.get("source"), detail)
    return read_detail(model, detail)


def check_storable(detail: dict[str, Any]) -> None:
    """Refuse what fields that no model knows could bring into the records.

    Raises:
        InvalidInputError: It is too large or too deep, or no JSON in valid Unicode.
    """
    if nests_deeper(detail, MAX_DETAIL_DEPTH + 1):
        raise InvalidInputError(
            f"nests objects and lists more than {MAX_DETAIL_DEPTH} deep",
            field="detail",
            remedy="Send the data in a flatter form.",
        )
    try:
        text = json.dumps(detail, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except ValueError:
        raise InvalidInputError(
            "holds NaN or Infinity, which are no JSON",
            field="detail",
            remedy="Send JSON by RFC 8259.",
        ) from None
    if size > MAX_DETAIL_BYTES:
        raise InvalidInputError(
            f"has {size:,} bytes as compact JSON; the limit is {MAX_DETAIL_BYTES:,}",
            field="detail",
            remedy="Leave out what no workflow reads, or send a link to it.",
        )


def read_detail(model: type[Event], detail: Any) -> Event:
    """Return the event of that model.

    Raises:
        InvalidInputError: `detail` breaks the model; a `InvalidFieldsError` lists each problem.
    """
    if not isinstance(detail, dict):
        raise InvalidInputError("must be a JSON object", field="detail")
    try:
        return model.model_validate(detail)
    except ValidationError as error:
        raise InvalidFieldsError(
            invalid_fields(problems_of(error), "detail"),
            remedy="See docs/events.md for the fields of this event.",
        ) from None
