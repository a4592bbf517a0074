"""Starts of the product with KEEP=1 go on where the last one with it ended; others begin as the first did."""

from __future__ import annotations

import shutil

import pytest

from bookflow.bootstrap import Services
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.workflows.workflow import Workflow
from local.console import Console
from local.paths import LocalPaths
from local.product import local_product, services_of
from local.seed import LOCATION_ID
from local.stack import LocalStack

FIRST_PORT = 9300


def start(*, keep: bool) -> LocalStack:
    paths = LocalPaths.of(state=LocalPaths.of().shared / "e2e-keeping")
    return local_product(Console(quiet=True), paths=paths, first_port=FIRST_PORT, keep=keep)


def drawn(services: Services) -> Workflow:
    return services.workflows.get(LOCATION_ID, "kept")


def test_what_is_drawn_is_there_at_the_next_start_that_keeps() -> None:
    shutil.rmtree(start(keep=True).paths.kept, ignore_errors=True)
    with start(keep=True) as stack:
        services = services_of(stack)
        now = services.clock.now()
        workflow = Workflow(
            location_id=LOCATION_ID, id="kept", name="Kept", created_at=now, updated_at=now
        )
        services.workflows.save(workflow)
    with start(keep=False) as stack, pytest.raises(NotFoundError):
        drawn(services_of(stack))
    with start(keep=True) as stack:
        assert drawn(services_of(stack)).name == "Kept"
