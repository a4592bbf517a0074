"""Events: what the booking system posts goes on the bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from pydantic import ConfigDict, Field

from bookflow.api.auth.access import Access, MachineScope, Role
from bookflow.api.calls import CallArg, Id, Input, View, answer
from bookflow.api.errors import ForbiddenError
from bookflow.api.rates import EVENTS
from bookflow.api.routing import Audit, Resource
from bookflow.domain.events import event_types
from bookflow.use_cases.runtime.put_events import MAX_EVENTS, EventIntake

resource = Resource("events")


class PostedEvent(Input):
    """An event as EventBridge carries it; other fields of the envelope are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    detail_type: str = Field(
        alias="detail-type", max_length=100, examples=["Booking Created"], description="The trigger"
    )
    detail: Mapping[str, Any] = Field(
        description="Fields of the event; location_id, and with an Idempotency-Key event_id, "
        "may be left out"
    )


class PostedEvents(Input):
    """A batch of 1 to 100 events."""

    events: tuple[PostedEvent, ...] = Field(min_length=1, max_length=MAX_EVENTS)


class AcceptedEvents(View):
    """The ids of the events, in the order of the batch."""

    event_ids: tuple[str, ...]


def _refuse_own_events(events: Sequence[PostedEvent]) -> None:
    """Refuse what Bookflow alone knows: an answer that no guest gave is no answer."""
    for index, event in enumerate(events):
        model = event_types().get(event.detail_type)
        if model is not None and model.is_own:
            raise ForbiddenError(
                f"{event.detail_type} comes from Bookflow alone",
                field=f"events[{index}].detail-type",
                remedy="Leave the event out.",
            )


@resource.post(
    "/events",
    Access(Role.EDITOR, MachineScope.EVENTS),
    status=202,
    problems=(409,),
    audit=Audit.DEED,
    limit=EVENTS,
)
def put_events(
    call: CallArg,
    location_id: Id,
    body: PostedEvents,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            description="A repeated call with the same key publishes nothing again",
        ),
    ] = None,
) -> Response[AcceptedEvents]:
    """Publish up to 100 events: all of them, or none.

    A problem names the event by its index and the field. Events with a known `event_id` start
    nothing twice. Each gets who sent it, as `sent_by`. `Survey Submitted` and `Booking Reminder` come
    from Bookflow itself; machines may not post them.
    """
    if call.caller.machine_location is not None:
        _refuse_own_events(body.events)
    envelopes = [
        {"detail-type": each.detail_type, "detail": dict(each.detail)} for each in body.events
    ]
    ids = EventIntake(call.ports).put(
        location_id, envelopes, sent_by=call.caller.sender, key=idempotency_key
    )
    return answer(AcceptedEvents(event_ids=tuple(ids)), status=202)
