"""Measures the whole product on the emulator: processor time of its functions, calls, a burst, the API.

The demo's event runs one workflow: two messages, a webhook and a note. What the functions need is read
from the system's account of their processes (Linux), so neither the emulator nor this program counts.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import httpx

from bookflow.domain.executions.execution import execution_id
from bookflow.domain.shared.errors import NotFoundError
from bookflow.use_cases.runtime.fair_share import AT_ONCE
from local.console import Console
from local.issuer import LocalUser
from local.paths import LocalPaths
from local.product import local_product, services_of
from local.samples import ahead_of_now, bus_entry, read_sample
from local.seed import LOCATION_ID
from local.stack import LocalStack
from tests.performance.prices import PRICED_ON, Use
from tests.performance.rows import Row

FIRST_PORT = 8800
WORKFLOW = "booking-confirmation"
EXECUTIONS = 20
BURST = 100
BURST_LIMIT_SECONDS = 600.0
API_CALLS = 40
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
READS = ("GetItem", "Query", "BatchGetItem", "TransactGetItems")
UNITS_OF_A_WRITE = 3
"""An item of up to 2 KB and the keys of one index."""
MEMORY = 512
SHARE = MEMORY / 1769
"""Of a processor (Lambda guide, "Configure Lambda function memory")."""
WAIT_OF_A_CALL = 0.005
"""Seconds that a function waits for an answer of DynamoDB, SQS or Step Functions in its Region."""
LOG_BYTES = 6000
"""What an execution writes to the logs: some lines a function, and the machine's errors only."""
BOOKINGS = (1_000, 100_000, 1_000_000)


def rows() -> list[Row]:
    """Return the measurements; none where processes cannot be read."""
    if not Path("/proc/self/stat").exists():
        print("the product is measured on Linux only", file=sys.stderr)
        return []
    paths = LocalPaths.of(state=LocalPaths.of().shared / "bench")
    with local_product(Console(quiet=True), paths=paths, first_port=FIRST_PORT) as stack:
        return [*_execution_rows(stack), *_api_rows(stack), *_burst_rows(stack)]


def _execution_rows(stack: LocalStack) -> Iterator[Row]:
    events = _new_bookings(stack)
    _carried_out(stack, [next(events)])
    time.sleep(3)  # what tracks the execution comes after its end
    first = _processor_seconds(stack)
    for name, seconds in sorted(first.items()):
        yield Row("start and first event", name, round(seconds * 1000), "ms CPU")
    calls_before = _calls(stack)
    for _ in range(EXECUTIONS):
        _carried_out(stack, [next(events)])
    time.sleep(3)
    calls = {
        name: (count - calls_before.get(name, 0)) / EXECUTIONS
        for name, count in _calls(stack).items()
    }
    each = {
        name: (seconds - first.get(name, 0)) / EXECUTIONS
        for name, seconds in _processor_seconds(stack).items()
    }
    for name, seconds in sorted(each.items()):
        yield Row("warm execution", name, round(seconds * 1000, 1), "ms CPU")
    total = sum(each.values())
    yield Row("warm execution", "all functions", round(total * 1000, 1), "ms CPU")
    yield from _call_rows(calls)
    yield from _cost_rows(calls, total, len(each))


def _new_bookings(stack: LocalStack) -> Iterator[dict[str, Any]]:
    """Yield the demo's event again and again, each time of another booking."""
    path = stack.paths.root / "events" / "booking_created.json"
    sample = ahead_of_now(read_sample(path, keep_id=True), datetime.now(UTC))
    for number in count(1):
        name = f"bench-{os.getpid()}-{number}"
        yield {**sample, "detail": {**sample["detail"], "event_id": name, "booking_id": name}}


def _carried_out(stack: LocalStack, envelopes: Sequence[dict[str, Any]]) -> int:
    """Put events on the bus and wait until their executions have ended; return how many have not."""
    events, bus = stack.client("events"), stack.outputs["EventBusName"]
    for start in range(0, len(envelopes), 10):
        entries = [bus_entry(each, bus) for each in envelopes[start : start + 10]]
        events.put_events(Entries=entries)
    waiting = [
        execution_id(LOCATION_ID, each["detail"]["event_id"], WORKFLOW) for each in envelopes
    ]
    executions, deadline = services_of(stack).executions, time.monotonic() + BURST_LIMIT_SECONDS
    while waiting and time.monotonic() < deadline:
        try:
            if executions.get(LOCATION_ID, waiting[-1]).status.is_final:
                waiting.pop()
                continue
        except NotFoundError:
            pass
        time.sleep(0.2)
    return len(waiting)


def _call_rows(calls: Mapping[str, float]) -> Iterator[Row]:
    """Calls that the functions make: reading the execution until it ends is this program's own."""
    for name, each in sorted(calls.items()):
        if name.startswith("DynamoDB") and each >= 0.5:
            note = "with those of waiting for its end" if name.endswith("GetItem") else ""
            yield Row("calls an execution", name, round(each, 1), "calls", note)


def _cost_rows(calls: Mapping[str, float], seconds: float, functions: int) -> Iterator[Row]:
    table = {name.partition(".")[2]: count for name, count in calls.items()}
    writes = sum(table.get(name, 0) for name in WRITES)
    reads = sum(table.get(name, 0) for name in READS)
    use = Use(
        seconds=seconds / SHARE + (writes + reads) * WAIT_OF_A_CALL,
        memory=MEMORY,
        invocations=functions,
        transitions=6,
        writes=writes * UNITS_OF_A_WRITE,
        reads=reads,
        events=2,
        queue_calls=6,
        e_mails=2,
        log_bytes=LOG_BYTES,
    )
    parts = use.dollars()
    for bookings in BOOKINGS:
        largest = sorted(parts.items(), key=lambda part: -part[1])[:4]
        note = ", ".join(f"{name} {price * bookings:,.2f}" for name, price in largest)
        total = round(sum(parts.values()) * bookings, 2)
        case = f"{bookings:,} bookings a month, prices of {PRICED_ON}"
        yield Row("cost", case, total, "USD", note)


def _burst_rows(stack: LocalStack) -> Iterator[Row]:
    events = list(islice(_new_bookings(stack), EXECUTIONS + 1, EXECUTIONS + 1 + BURST))
    began = time.monotonic()
    left = _carried_out(stack, events)
    seconds = time.monotonic() - began
    note = f"{left} not ended" if left else f"all ended; a process takes {AT_ONCE} of a location"
    yield Row(
        "burst", f"{BURST} events at once, 4 functions at a time", round(seconds, 1), "s", note
    )


def _api_rows(stack: LocalStack) -> Iterator[Row]:
    admin = LocalUser("bench", "Bench", {LOCATION_ID: "admin"})
    headers = {"authorization": f"Bearer {stack.issuer.user_token(admin)}"}
    base = f"{stack.api_url}/v1/locations/{LOCATION_ID}"
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:

        def list_executions() -> None:
            client.get(f"{base}/executions").raise_for_status()

        def publish() -> None:
            workflow = client.get(f"{base}/workflows/{WORKFLOW}").raise_for_status()
            match = {"if-match": workflow.headers["etag"]}
            answer = client.post(f"{base}/workflows/{WORKFLOW}/publish", headers=match, json={})
            answer.raise_for_status()

        for name, call, times in (
            ("list executions", list_executions, API_CALLS),
            ("read and publish a workflow", publish, API_CALLS // 2),
        ):
            call()
            taken = []
            for _ in range(times):
                began = time.perf_counter()
                call()
                taken.append((time.perf_counter() - began) * 1000)
            p95 = statistics.quantiles(taken, n=20)[-1]
            yield Row("api", name, round(statistics.median(taken)), "ms p50", f"{p95:.0f} ms p95")


def _calls(stack: LocalStack) -> Mapping[str, int]:
    counts = httpx.get(f"{stack.endpoint}/_bookflow/calls", trust_env=False).json()
    return Counter(counts)


def _processor_seconds(stack: LocalStack) -> dict[str, float]:
    """Return what each function's processes have used so far, by the function's name."""
    found: Counter[str] = Counter()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        names = [each for each in environment if each.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")]
        if names and int(stat[2]) == stack.emulator.process_group:
            name = names[0].decode().partition("=")[2].removeprefix("bookflow-local-")
            found[name] += (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return dict(found)
