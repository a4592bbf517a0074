"""One moto for all tests of compiled machines: entering it anew costs more than a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.compiler.machine import Machine, machine


@pytest.fixture(scope="package")
def step_functions() -> Iterator[Machine]:
    with machine() as running:
        yield running
