"""Takes events from the queue and starts their workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.events import parse_event
from bookflow.edge.queues import first_sent_at, has_turn, queue_handler, read_json
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.fair_share import LONGEST_WAIT, FairShare

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


share = FairShare()


def dispatch(record: SQSRecord) -> None:
    """Dispatch the event of one queue message, or let it wait for its location's turn."""
    ports = services()
    event = parse_event(read_json(record.body))
    tries = int(record.attributes.approximate_receive_count)
    sent, has_waited = first_sent_at(record), has_turn(record)
    if tries == 1 and sent is not None and not has_waited:
        seconds = share.seconds_to_wait(event.location_id)
        if seconds:
            ports.event_queue.put_back(
                record.body,
                first_sent_at=sent,
                seconds=seconds,
                has_turn=seconds < LONGEST_WAIT,
            )
            ports.counter.count("EventsPutBack")
            return
    with share.working(event.location_id, reserved=has_waited):
        Dispatcher(ports).dispatch(
            event,
            first_try=tries == 1,
            last_try=tries >= ports.settings.max_receive_count,
            received_at=sent,
        )


handler = queue_handler(dispatch)
