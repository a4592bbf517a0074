"""Puts the booking system's events on the bus: all of a batch, or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bookflow.domain.events import parse_event
from bookflow.domain.events.sender import SENT_BY, Sender
from bookflow.domain.shared.errors import ConflictError, InvalidInputError, OutcomeUnknownError
from bookflow.domain.shared.input_problems import InvalidFieldsError
from bookflow.domain.shared.whole_characters import with_whole_characters
from bookflow.ports import OutgoingEvent, Ports

MAX_EVENTS = 100


class EventIntake:
    """The entry for events that are posted; they go by the bus like all others."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def put(
        self,
        location_id: str,
        envelopes: Sequence[Mapping[str, Any]],
        *,
        sent_by: Sender,
        key: str | None = None,
    ) -> Sequence[str]:
        """Put events of a location on the bus and return their ids, in order.

        Args:
            location_id: The location that all of them must belong to.
            envelopes: `detail-type` and `detail` of each; `location_id` and, with a key, also
                `event_id` may be left out of a detail.
            sent_by: Who posts them.
            key: Idempotency key of the call: a repetition puts nothing again.

        Raises:
            InvalidInputError: An event breaks its contract; `field` begins with `events[i]`.
            ConflictError: The key was used for other events.
            TransientError: The bus did not take all of them; the call may be repeated.
        """
        events = [
            _checked(location_id, envelope, index, key) for index, envelope in enumerate(envelopes)
        ]
        ids = [str(event.detail["event_id"]) for event in events]
        # A repeated call repeats the same events.
        digest = _digest(events)
        signed = [_signed(event, sent_by) for event in events]
        if key is None:
            self._ports.events.publish(signed)
        else:
            self._put_once(location_id, key, signed, digest)
        return ids

    def _put_once(
        self, location_id: str, key: str, events: Sequence[OutgoingEvent], digest: str
    ) -> None:
        self._bind(location_id, key, digest)

        def effect() -> Mapping[str, Any]:
            self._ports.events.publish(events)
            return {"events": len(events)}

        try:
            self._ports.effects.once(f"{_owner(location_id, key)}#put", effect)
        except OutcomeUnknownError:
            # Another try is under way or died. Event ids make a second delivery harmless.
            self._ports.events.publish(events)

    def _bind(self, location_id: str, key: str, digest: str) -> None:
        """Bind the key to these events before any is put: other ones could carry the same ids."""
        try:
            bound = self._ports.effects.once(
                f"{_owner(location_id, key)}#bound", lambda: {"digest": digest}
            )
        except OutcomeUnknownError:
            return  # a call that bound it died at that moment, and put nothing
        if bound["digest"] != digest:
            raise ConflictError(
                "was used for other events",
                field="Idempotency-Key",
                remedy="Use a new key for new events.",
            )


def _checked(
    location_id: str, envelope: Mapping[str, Any], index: int, key: str | None
) -> OutgoingEvent:
    place = f"events[{index}]"
    envelope = {**envelope, "detail": with_whole_characters(envelope.get("detail"))}
    detail = envelope["detail"]
    if isinstance(detail, dict):
        detail.pop(SENT_BY, None)
        stated = str(detail.setdefault("location_id", location_id))
        if stated != location_id:
            raise InvalidInputError(
                "is not the location of the address",
                field=f"{place}.detail.location_id",
                remedy="Leave it out, or post the event to its own location.",
            )
        if key is not None and "event_id" not in detail:
            detail["event_id"] = _event_id(location_id, key, index)
    try:
        # What it states of other locations or bookings would be refused behind the bus.
        parse_event(envelope).stated_records()
    except InvalidFieldsError as error:
        raise InvalidFieldsError(
            [replace(problem, field=f"{place}.{problem.field}") for problem in error.problems],
            remedy=error.remedy,
        ) from None
    except InvalidInputError as error:
        raise InvalidInputError(
            error.message, field=f"{place}.{error.field}", remedy=error.remedy
        ) from None
    return OutgoingEvent(str(envelope["detail-type"]), {**envelope["detail"]})


def _signed(event: OutgoingEvent, sent_by: Sender) -> OutgoingEvent:
    return replace(event, detail={**event.detail, SENT_BY: sent_by.model_dump()})


def _owner(location_id: str, key: str) -> str:
    """Return the owner of what a key of a call is remembered by."""
    text = "\x1f".join((location_id, key))
    return "call_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _event_id(location_id: str, key: str, index: int) -> str:
    text = "\x1f".join((location_id, key, str(index)))
    return "ev_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _digest(events: Sequence[OutgoingEvent]) -> str:
    text = json.dumps([[event.detail_type, event.detail] for event in events], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
