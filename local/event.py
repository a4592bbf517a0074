"""`make event`: puts a sample or your own file on the local bus, and says what became of it.

`python -m local.event --entries BUS FILE` prints the entries for `aws events put-events` instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, PageRequest
from local.console import Console, ExitCode, LocalError, run_command
from local.emulator import REGION
from local.paths import LocalPaths
from local.product import services_of
from local.running import RunningProduct, find_running
from local.sam import STACK_NAME
from local.samples import Envelope, bus_entry, function_of, read_sample, refusal_of
from local.stack import wait_until

LIMIT_SECONDS = 60.0


def put_event(product: RunningProduct, envelope: Envelope) -> None:
    """Put the event where such events come in: on the bus, or for AWS's own ones on their queue.

    PutEvents takes no event whose source begins with `aws.` (EventBridge, "PutEvents").

    Raises:
        LocalError: It was refused.
    """
    source = str(envelope.get("source", ""))
    if source.startswith("aws."):
        name = {"aws.ses": "mail-feedback", "aws.states": "tracking"}.get(source)
        if name is None:
            raise LocalError(f"Nothing takes events of {source}.", "Put another event.")
        queues = product.client("sqs")
        url = queues.get_queue_url(QueueName=f"{STACK_NAME}-{name}")["QueueUrl"]
        queues.send_message(QueueUrl=url, MessageBody=json.dumps(envelope))
        return
    if function_of(envelope) == "SmsFeedbackFunction":
        raise LocalError(
            "Lines of SNS's delivery log come by no bus.",
            "Call their function: make invoke EVENT=…",
        )
    missing = [name for name in ("source", "detail-type", "detail") if name not in envelope]
    if missing:
        raise LocalError(f"The event has no {missing[0]}.", "Begin from a file of events/.")
    entry = bus_entry(envelope, product.outputs["EventBusName"])
    answer = product.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise LocalError(
            f"The bus refused the event: {answer['Entries'][0].get('ErrorMessage')}.",
            "Correct the file.",
            exit_code=ExitCode.FAILED,
        )


def follow(product: RunningProduct, envelope: Envelope, console: Console) -> ExitCode:
    """Wait until the event was taken, and say which executions it has, or why it was refused.

    An event that starts nothing is reported once the queue is empty.
    """
    detail = envelope["detail"]
    event_id, location_id = str(detail.get("event_id")), str(detail.get("location_id"))
    services = services_of(product)

    def outcome() -> tuple[list[Execution], str] | None:
        # A message leaves its queue after it was taken: what is read later than that is all there is.
        is_taken = _is_empty(product)
        refusal = _refusal(product, event_id)
        found = _executions(services, location_id, event_id)
        is_settled = is_taken and all(each.status.is_final for each in found)
        return (found, refusal) if refusal or is_settled else None

    found, refusal = wait_until(outcome, LIMIT_SECONDS, "an end", "Look at the dashboard.")
    if refusal:
        console.say(f"on the dead-letter queue: {refusal}")
        return ExitCode.FAILED
    for execution in found:
        reason = f"  {execution.error_message}" if execution.error_message else ""
        console.say(f"execution  {execution.workflow_name}  {execution.status}{reason}")
    if not found:
        console.say("taken; no enabled workflow waits for it")
    return ExitCode.OK


def _executions(services: Services, location_id: str, event_id: str) -> list[Execution]:
    page = services.executions.page(location_id, request=PageRequest(MAX_PAGE_SIZE))
    skipped = f"{event_id}:skipped:"
    return [
        each
        for each in page.items
        if each.event_id == event_id or each.event_id.startswith(skipped)
    ]


def _is_empty(product: RunningProduct) -> bool:
    kinds = ("", "NotVisible", "Delayed")
    names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    counts = product.client("sqs").get_queue_attributes(
        QueueUrl=product.outputs["EventQueueUrl"], AttributeNames=names
    )["Attributes"]
    return not any(int(counts[name]) for name in names)


def _refusal(product: RunningProduct, event_id: str) -> str:
    """Return why the event is among the dead letters, which stay there; empty if it is not."""
    answer: dict[str, Any] = product.client("sqs").receive_message(
        QueueUrl=product.outputs["EventDeadLetterQueueUrl"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
        MessageAttributeNames=["All"],
    )
    for message in answer.get("Messages", []):
        if f'"{event_id}"' in message["Body"]:
            about = {
                name: each["StringValue"]
                for name, each in message.get("MessageAttributes", {}).items()
            }
            return refusal_of(about.get("field"), about.get("reason"))
    return ""


def put_events_line(product_endpoint: str, bus: str) -> str:
    """Return a line for a shell that puts a sample on the bus by the AWS CLI, as a new event."""
    return (
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws events put-events "
        f"--endpoint-url {product_endpoint} --region {REGION} "
        f'--entries "$(.venv/bin/python -m local.event --entries {bus} events/booking_created.json)"'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="make event", description=__doc__)
    parser.add_argument("file", type=Path, help="a file of events/, or one of your own")
    parser.add_argument("--keep-id", action="store_true", help="keep the event's own event_id")
    parser.add_argument("--entries", metavar="BUS", help="print entries for PutEvents instead")
    given = parser.parse_args(arguments)
    console = Console()

    def once() -> int:
        envelope = read_sample(given.file, keep_id=given.keep_id)
        if given.entries:
            print(json.dumps([bus_entry(envelope, given.entries)]))
            return ExitCode.OK
        product = find_running(LocalPaths.of())
        if product is None:
            raise LocalError("The product does not run.", "Start it in another terminal: make run")
        put_event(product, envelope)
        event_id = envelope.get("detail", {}).get("event_id")
        console.say(f"put {envelope.get('detail-type')}  {event_id or ''}")
        return follow(product, envelope, console) if event_id else ExitCode.OK

    return run_command(once, console)


if __name__ == "__main__":
    raise SystemExit(main())
