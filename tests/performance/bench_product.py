"""Measures the whole product on the emulator: processor time of its functions, calls, a burst, the API.

What the functions need is read from the system's account of their processes (Linux), so neither the
emulator nor this program counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import httpx

from local.console import Console
from local.issuer import LocalUser
from local.paths import LocalPaths
from local.product import local_product
from local.seed import LOCATION_ID
from local.stack import LocalStack
from tests.performance import scenario
from tests.performance.prices import PRICED_ON, Use
from tests.performance.rows import Row

FIRST_PORT = 8800
WORKFLOW = "booking-confirmation"
"""The demo's: two messages, a webhook and a note."""
EXECUTIONS, COUNTED = 20, 10
"""Executions whose processor time is measured, and whose calls are counted."""
BURST = 100
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
        return [
            *_execution_rows(stack),
            *_scenario_rows(stack),
            *_api_rows(stack),
            *_burst_rows(stack),
        ]


def _execution_rows(stack: LocalStack) -> Iterator[Row]:
    events = scenario.new_bookings(stack, LOCATION_ID)
    first = scenario.seconds_each(stack, events, 1, WORKFLOW)
    for name, seconds in sorted(first.items()):
        yield Row("start and first event", name, round(seconds * 1000), "ms CPU")
    before = _calls(stack)
    for event in islice(events, COUNTED):
        scenario.carry_out(stack, [event], WORKFLOW)
    time.sleep(scenario.AFTER_THE_END)
    after = _calls(stack)
    calls = {name: (number - before.get(name, 0)) / COUNTED for name, number in after.items()}
    each = scenario.seconds_each(stack, events, EXECUTIONS, WORKFLOW)
    yield from _processor_rows("warm execution", each)
    yield from _call_rows(calls)
    yield from _cost_rows(calls, sum(each.values()), sum(1 for seconds in each.values() if seconds))


def _scenario_rows(stack: LocalStack) -> Iterator[Row]:
    scenario.add_scenario(stack)
    events = scenario.new_bookings(stack)
    scenario.carry_out(stack, list(islice(events, 3)))
    each = scenario.seconds_each(stack, events, EXECUTIONS)
    yield from _processor_rows("event, condition, webhook", each)


def _processor_rows(subject: str, each: Mapping[str, float]) -> Iterator[Row]:
    used = {name: seconds for name, seconds in each.items() if seconds}
    for name, seconds in [*sorted(used.items()), ("all functions", sum(used.values()))]:
        yield Row(subject, name, round(seconds * 1000, 1), "ms CPU")


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
    events = list(islice(scenario.new_bookings(stack), BURST))
    began = time.monotonic()
    failed = scenario.carry_out(stack, events)
    seconds = time.monotonic() - began
    note = f"{failed} did not complete" if failed else "all completed"
    case = f"{BURST} events at once, 4 functions at a time"
    yield Row("burst", case, round(seconds, 1), "s", note)


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
