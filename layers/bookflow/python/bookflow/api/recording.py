"""Records the changes of all routes in the audit log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from bookflow.api.calls import Call
from bookflow.api.routing import LOCATION, Audit, Endpoint, endpoints
from bookflow.domain.audit import AuditEntry, State, changed_fields
from bookflow.domain.bookings.records import Location
from bookflow.domain.shared.errors import BookflowError, NotFoundError
from bookflow.domain.shared.records import new_id

if TYPE_CHECKING:
    from bookflow.api.rates import Stage

logger = Logger(child=True)

CREATED = 201

_PARAMETER = re.compile(r"<(\w+)>")


def record_change(endpoint: Endpoint) -> Stage:
    """Return the stage that keeps what a call of the route changed.

    The state before and after is what the API itself shows of the thing: the route that reads it
    is asked, so no route describes its changes on its own. A call that fails is not kept.

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
        answer = go_on(app)
        body = _fields(answer.body)
        after = None if endpoint.audit is Audit.DEED else _after(reader, call, ids, body)
        _keep(endpoint, call, ids, (before, after), body, app)
        return answer

    return record


def _reader_of(endpoint: Endpoint) -> Endpoint | None:
    """Return the route that reads what a route changes: at its address, or the nearest above.

    What is made new was nothing before, and the answer shows it.
    """
    if endpoint.status == CREATED:
        return None
    readers = {each.path: each for each in endpoints() if each.method == "GET"}
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


def _keep(
    endpoint: Endpoint,
    call: Call,
    ids: Mapping[str, str],
    states: tuple[State, State],
    body: State,
    app: Any,
) -> None:
    """Append the entry. The change is made by then, so that an error must not undo the answer."""
    ports, now = call.ports, call.ports.clock.now()
    request_id = str(app.current_event.request_context.request_id)
    location_id = _where(body) or ids["location_id"]
    before, after = changed_fields(*states)
    try:
        context = ports.bookings.context(location_id, None)
        location = context.location if context else Location(id=location_id)
        ports.audit.append(
            AuditEntry(
                location_id=location_id,
                id=new_id("aud"),
                at=now,
                actor=call.caller.subject[:400],
                actor_name=call.caller.name,
                actor_kind="machine" if call.caller.machine_location else "person",
                operation=endpoint.operation_id,
                kind=endpoint.tag,
                resource_id=_resource_id(endpoint, ids, body),
                before=before,
                after=after,
                request_id=request_id,
                expires_at=now + timedelta(days=location.retention_days),
            )
        )
    except BookflowError as error:
        ports.counter.count("AuditEntryLost")
        logger.error(
            "a change is missing in the audit log",
            extra={
                "operation": endpoint.operation_id,
                "location_id": location_id,
                "call": request_id,
                "error": type(error).__name__,
            },
        )


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
        return next((value for name, value in ids.items() if name != "location_id"), None)
    made = body or {}
    shown = (made, *(value for value in made.values() if isinstance(value, Mapping)))
    named = (each.get(endpoint.made_id) for each in shown)
    return next((name for name in named if isinstance(name, str)), None)
