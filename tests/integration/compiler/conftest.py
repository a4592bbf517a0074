"""One moto for all tests of compiled machines: entering it anew costs more than a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.integration.compiler.machine import REGION, Machine, machine


@pytest.fixture(scope="package")
def step_functions() -> Iterator[Machine]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        # moto logs each failed state with its whole definition.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        with machine() as running:
            yield running
