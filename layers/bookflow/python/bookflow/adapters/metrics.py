"""Counts as CloudWatch metrics, written to the log in its embedded format: the port `Counter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit, single_metric

if TYPE_CHECKING:
    from bookflow.domain.executions.execution import ReasonCode


class EmfCounter:
    """Writes each count at once, so that a crash or a timeout loses none.

    Args:
        namespace: Namespace of the metrics in CloudWatch.
        service: Value of the dimension `service`.
    """

    def __init__(self, *, namespace: str, service: str) -> None:
        self._namespace = namespace
        self._service = service

    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        """Add to a metric; a reason makes it a metric of its own, with the dimension `reason`."""
        dimensions = {"service": self._service} | ({"reason": reason.value} if reason else {})
        with single_metric(
            name=name,
            unit=MetricUnit.Count,
            value=value,
            namespace=self._namespace,
            default_dimensions=dimensions,
        ):
            pass
