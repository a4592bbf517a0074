"""Records the changes of all routes in the audit log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from bookflow.api.calls import Call
from bookflow.api.routing import LOCATION, Audit, Endpoint, endpoints
from bookflow.domain.audit import AuditEntry, State, changed_fields
from bookflow.domain.bookings.records import Location
from bookflow.domain.shared.errors import (
    BookflowError,
    NotFoundError,
    OutcomeUnknownError,
    PermanentError,
)
from bookflow.domain.shared.records import new_id

if TYPE_CHECKING:
    from bookflow.api.rates import Stage

logger = Logger(child=True)

CREATED = 201

_PARAMETER = re.compile(r"<(\w+)>")


def record_change(endpoint: Endpoint) -> Stage:
    """Return the stage that keeps what a call of the route changed.

    The state before and after is what the API itself shows of the thing: the route that reads it
    is asked, so no route describes its changes on its own. The entry is written before the change,
    with an unknown outcome, and completed after it: a process that dies in between leaves no change
    without an entry. A call that is refused leaves none.

    What machines feed in (`Access.scope`) is not kept either: the records themselves say when
    each field was last stated.
    """
    reader = _reader_of(endpoint) if endpoint.audit is Audit.CHANGES else None

    def record(app: Any, go_on: Callable[[Any], Any]) -> Any:
        call: Call = app.context["call"]
        if endpoint.access.scope and call.caller.machine_location is not None:
            return go_on(app)
        ids = _ids(endpoint, app.request.path_parameters)
        before = _state(reader, call, ids)
        entry = _begun(endpoint, call, ids, before, app)
        call.ports.audit.append(entry)
        try:
            answer = go_on(app)
        except OutcomeUnknownError:
            raise
        except (PermanentError, RequestValidationError):
            with suppress(BookflowError):
                call.ports.audit.withdraw(entry)
            raise
        body = _fields(answer.body)
        after = None if endpoint.audit is Audit.DEED else _after(reader, call, ids, body)
        _complete(endpoint, call, ids, entry, (before, after), body)
        return answer

    return record


def _reader_of(endpoint: Endpoint) -> Endpoint | None:
    """Return the route that reads what a route changes: at its address, or the nearest above.

    What is made new was nothing before, and the answer shows it.
    """
    if endpoint.status == CREATED:
        return None
    readers = {each.path: each for each in endpoints() if each.method == "GET"}
    if endpoint.shown_by:
        return readers[LOCATION + endpoint.shown_by]
    path = endpoint.path
    while path.count("/") > LOCATION.count("/"):
        reader = readers.get(path)
        if reader is not None and (path.endswith(">") or endpoint.method == "PUT"):
            return reader
        path = path.rpartition("/")[0]
    return None


def _ids(endpoint: Endpoint, arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(arguments[name]) for name in _PARAMETER.findall(endpoint.path)}


def _state(reader: Endpoint | None, call: Call, ids: Mapping[str, str]) -> State:
    """Return what the reading route shows, None if there is nothing."""
    if reader is None:
        return None
    names = _PARAMETER.findall(reader.path)
    try:
        shown = reader.handler(call, **{name: ids[name] for name in names})
    except NotFoundError:
        return None
    return _fields(shown.body if isinstance(shown, Response) else shown)


def _after(reader: Endpoint | None, call: Call, ids: Mapping[str, str], body: State) -> State:
    """Return the state after the change; where it cannot be read, the answer shows it as well.

    The change is made by then: the caller must not hear that it failed.
    """
    if reader is None:
        return body
    try:
        return _state(reader, call, ids)
    except BookflowError:
        return body


def _fields(shown: Any) -> State:
    if isinstance(shown, BaseModel):
        shown = shown.model_dump(mode="json")
    elif isinstance(shown, str):
        shown = json.loads(shown)
    return shown if isinstance(shown, Mapping) else None


def _begun(
    endpoint: Endpoint, call: Call, ids: Mapping[str, str], before: State, app: Any
) -> AuditEntry:
    """Return the entry of a change that is about to be made."""
    now, location_id = call.ports.clock.now(), ids["location_id"]
    shown, _ = changed_fields(before, None)
    return AuditEntry(
        location_id=location_id,
        id=new_id("aud"),
        at=now,
        actor=call.caller.subject[:400],
        actor_name=call.caller.name,
        actor_kind="machine" if call.caller.machine_location else "person",
        operation=endpoint.operation_id,
        kind=endpoint.tag,
        resource_id=None if endpoint.status == CREATED else _named(ids),
        before=shown,
        request_id=str(app.current_event.request_context.request_id),
        outcome="unknown",
        expires_at=_kept_until(call, location_id, now),
    )


def _complete(
    endpoint: Endpoint,
    call: Call,
    ids: Mapping[str, str],
    begun: AuditEntry,
    states: tuple[State, State],
    body: State,
) -> None:
    """Say in the entry what was changed. The change is made by then: an error must not undo the answer."""
    before, after = changed_fields(*states)
    location_id = _where(body) or begun.location_id
    audit = call.ports.audit
    try:
        entry = begun.changed(
            location_id=location_id,
            resource_id=_resource_id(endpoint, ids, body),
            before=before,
            after=after,
            outcome="made",
            expires_at=_kept_until(call, location_id, begun.at),
        )
        if location_id == begun.location_id:
            audit.overwrite(entry)
        else:
            audit.append(entry)
            audit.withdraw(begun)
    except BookflowError as error:
        call.ports.counter.count("AuditEntryLost")
        logger.error(
            "an entry of the audit log does not say what was changed",
            extra={
                "operation": endpoint.operation_id,
                "location_id": location_id,
                "call": begun.request_id,
                "error": type(error).__name__,
            },
        )


def _kept_until(call: Call, location_id: str, at: datetime) -> datetime:
    context = call.ports.bookings.context(location_id, None)
    location = context.location if context else Location(id=location_id)
    return at + timedelta(days=location.retention_days)


def _where(body: State) -> str | None:
    """Return the location that the answer names: a copy may go to another one."""
    named = (body or {}).get("location_id")
    return named if isinstance(named, str) else None


def _resource_id(endpoint: Endpoint, ids: Mapping[str, str], body: State) -> str | None:
    """Return what the answer is to be named by, or the id of what was made, or else the one in the address beside the location's.

    What was made is the answer itself or one of its parts.
    """
    if endpoint.audited_id:
        return str((body or {})[endpoint.audited_id])
    if endpoint.status != CREATED:
        return _named(ids)
    made = body or {}
    shown = (made, *(value for value in made.values() if isinstance(value, Mapping)))
    named = (each.get(endpoint.made_id) for each in shown)
    return next((name for name in named if isinstance(name, str)), None)


def _named(ids: Mapping[str, str]) -> str | None:
    """Return the id in the address beside the location's."""
    return next((value for name, value in ids.items() if name != "location_id"), None)
