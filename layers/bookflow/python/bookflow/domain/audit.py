"""The audit log: who changed what, before and after, without secrets and personal data."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bookflow.domain.shared.addresses import masked_email, masked_phone
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.webhooks.secrets import MASK, is_name_of_one

MAX_FIELD_BYTES = 48 * 1024
"""Larger values are stored as their digest: an item of DynamoDB may hold 400 KB."""

_PERSONAL = frozenset(
    {"first_name", "last_name", "email", "phone", "to", "recipient", "custom_recipient"}
)
_PART = r"[^\s@<>\"'(),;:]"
_EMAIL = re.compile(rf"{_PART}{{1,64}}@{_PART}{{1,253}}")
_PHONE = re.compile(r"\+\d[\d ()./-]{5,30}\d")
_QUERY_VALUE = re.compile(r"([?&][^?=&#\s]{1,100}=)[^&#\s]+")
_USER_INFO = re.compile(r"//[^/@\s]{1,200}@")
# Each is bounded, so that no text takes longer than its length times a constant.


class AuditEntry(StoredModel):
    """One change that somebody made.

    Attributes:
        actor: The issuer's id of who made it, as in the token.
        actor_name: What people knew them by when they made it.
        operation: What was called, as the contract names it.
        kind: The kind of thing that changed, such as `workflows`.
        resource_id: Its id; None where the call has no id.
        before: Fields that changed, as they were; None for something new, or where the state is
            not stored.
        after: The same fields as they are; None for something deleted, or likewise.
        outcome: Whether the change was made. It is unknown while a call is in progress, and stays so
            where the process ended before the entry was complete: then `before` is the whole state.
        expires_at: When the entry may vanish.
    """

    location_id: Identifier
    id: Identifier
    at: datetime
    actor: str = Field(max_length=400)
    actor_name: str = Field(default="", max_length=200)
    actor_kind: Literal["person", "machine"]
    operation: str
    kind: str
    resource_id: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    request_id: str = ""
    outcome: Literal["made", "unknown"] = "made"
    expires_at: datetime | None = None


State = Mapping[str, Any] | None


def changed_fields(before: State, after: State) -> tuple[State, State]:
    """Return the fields that differ, as they were and as they are, as they can be stored."""
    if before is None or after is None:
        return _storable(before), _storable(after)
    differing = [
        name for name in {**before, **after} if before.get(name, ...) != after.get(name, ...)
    ]
    return (
        _storable({name: before[name] for name in differing if name in before}),
        _storable({name: after[name] for name in differing if name in after}),
    )


def masked(value: Any, name: str = "") -> Any:
    """Return a JSON value without secrets and personal data.

    Masked are what the names of fields give away, the values of headers and of query parameters,
    and whatever looks like an e-mail address or a phone number in any text.
    """
    if isinstance(value, Mapping):
        if name.lower() == "headers":
            return dict.fromkeys(value, MASK)
        return {key: masked(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, name) for each in value]
    if isinstance(value, str) and value:
        return _masked_text(value, name)
    return value


def _masked_text(text: str, name: str) -> str:
    if is_name_of_one(name):
        return MASK
    shown = _PHONE.sub(lambda found: masked_phone(found.group()), text)
    shown = _EMAIL.sub(lambda found: masked_email(found.group()), shown)
    if name in _PERSONAL and shown == text and "{{" not in text:
        return MASK
    if "://" in shown:
        shown = _QUERY_VALUE.sub(lambda found: found.group(1) + MASK, shown)
        shown = _USER_INFO.sub(f"//{MASK}@", shown)
    return shown


def _storable(state: State) -> State:
    if state is None:
        return None
    return {name: _bounded(masked(value, name)) for name, value in state.items()}


def _bounded(value: Any) -> Any:
    raw = json.dumps(value, sort_keys=True).encode()
    if len(raw) <= MAX_FIELD_BYTES:
        return value
    return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
