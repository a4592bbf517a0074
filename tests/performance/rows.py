"""One measurement, in the form that all benchmarks share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        subject: What is measured, such as `compile`.
        case: Under which conditions, such as `chain of 500 nodes`.
        value: The figure.
        unit: Its unit, such as `ms`.
        note: What else is worth knowing.
    """

    subject: str
    case: str
    value: float
    unit: str
    note: str = ""
