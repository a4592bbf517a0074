"""Runs the delays, conditions, switches and joins that need code."""

from __future__ import annotations

from typing import Any

from bookflow.bootstrap import services
from bookflow.domain.executions.payloads import read_flow_payload
from bookflow.edge.steps import StepReference, call
from bookflow.use_cases.runtime.run_flow import FlowRunner


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer a flow Task state."""
    record = StepReference()
    return call(
        lambda: FlowRunner(services()).run(record.of(read_flow_payload(event))), record=record
    )
