"""`make demo`: one booking event through the whole product, and the facts in .local/demo.json."""

from __future__ import annotations

import json

from bookflow.domain.executions.execution import ExecutionStatus
from local.console import Console, ExitCode, LocalError, run_command
from local.product import local_product, services_of
from local.stack import LocalStack
from local.trace import Trace, Tracer, show


def demonstrate(stack: LocalStack, console: Console) -> Trace:
    """Put `events/booking_created.json` on the bus, print the trace and write the facts.

    Raises:
        LocalError: The execution did not complete, or a message was not sent.
    """
    sample = stack.paths.root / "events" / "booking_created.json"
    console.say(f"putting {sample.name} on the bus ...")
    trace = Tracer(stack, services_of(stack)).follow(sample, "booking-confirmation")
    show(trace, console)
    facts = stack.paths.state / "demo.json"
    facts.write_text(json.dumps(trace.facts(), indent=2, ensure_ascii=False), encoding="utf-8")
    console.say(f"the facts are in {facts.relative_to(stack.paths.root)}")
    _require_success(trace)
    return trace


def _require_success(trace: Trace) -> None:
    missing = [
        name
        for name, sent in (
            ("an e-mail", trace.emails),
            ("an SMS", trace.sms),
            ("an HTTP request", trace.http_requests),
        )
        if not sent
    ]
    if trace.execution.status is not ExecutionStatus.COMPLETED:
        raise LocalError(
            f"The execution ended as {trace.execution.status}: {trace.execution.error_message}",
            "Read the steps above; the functions' own words are in .local/emulator.log.",
            exit_code=ExitCode.FAILED,
        )
    if missing:
        raise LocalError(
            f"The execution completed without {' and '.join(missing)}.",
            "Read the steps above; the functions' own words are in .local/emulator.log.",
            exit_code=ExitCode.FAILED,
        )


def main() -> int:
    """Run the demonstration once; return the exit code."""
    console = Console()

    def once() -> None:
        with local_product(console) as stack:
            demonstrate(stack, console)

    return run_command(once, console)


if __name__ == "__main__":
    raise SystemExit(main())
