"""What AWS asks for what the product uses: list prices of us-east-1, without taxes and free tiers."""

from __future__ import annotations

from dataclasses import dataclass

PRICED_ON = "2026-11-30"
"""When the list was last compared with AWS's price pages."""

GB_SECOND = 0.0000133334
"""Lambda on arm64."""
INVOCATION = 0.20 / 1e6
TRANSITION = 25.00 / 1e6
"""Step Functions, Standard."""
WRITE_UNIT = 0.625 / 1e6
READ_UNIT = 0.125 / 1e6
"""DynamoDB on demand: 1 KB written, or 4 KB read with strong consistency."""
BUS_EVENT = 1.00 / 1e6
QUEUE_CALL = 0.40 / 1e6
E_MAIL = 0.10 / 1e3
LOG_GB = 0.50
"""CloudWatch Logs, taken in."""


@dataclass(frozen=True)
class Use:
    """What one booking uses of each.

    Attributes:
        seconds: Duration of all functions together.
        memory: Their memory, in MB.
        log_bytes: What the functions and the state machine write to their logs.
    """

    seconds: float
    memory: int
    invocations: float
    transitions: float
    writes: float
    reads: float
    events: float
    queue_calls: float
    e_mails: float
    log_bytes: float

    def dollars(self) -> dict[str, float]:
        """Return the price of one booking by service."""
        return {
            "Lambda": self.seconds * self.memory / 1024 * GB_SECOND + self.invocations * INVOCATION,
            "Step Functions": self.transitions * TRANSITION,
            "DynamoDB": self.writes * WRITE_UNIT + self.reads * READ_UNIT,
            "EventBridge": self.events * BUS_EVENT,
            "SQS": self.queue_calls * QUEUE_CALL,
            "SES": self.e_mails * E_MAIL,
            "Logs": self.log_bytes / 1e9 * LOG_GB,
        }
