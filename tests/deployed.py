"""The deployed stack of a folder of end-to-end tests, and the mark that its tests carry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.console import Console, LocalError
from local.paths import LocalPaths
from local.product import local_product
from local.stack import LocalStack

PORTS_OF_A_WORKER = 50

caused_denials: set[str] = set()
"""Denials that a test has caused itself, by taking a right away."""


def denials(stack: LocalStack) -> set[str]:
    """Return what roles of the stack asked for and may not do, as the emulator's log says."""
    log = stack.paths.emulator_log.read_text(encoding="utf-8", errors="replace")
    return {line.partition(" denied: ")[2] for line in log.splitlines() if " denied: " in line}


@contextlib.contextmanager
def deployed_stack(name: str, first_port: int, worker_id: str) -> Iterator[LocalStack]:
    """Give each worker of pytest-xdist a stack of its own, so that no test disturbs another.

    It has a state folder and ports of its own. The run ends where it cannot start. It fails at its end
    if a function asked for what its role does not allow, though its code may bear with that.

    Args:
        name: The state folder below `.local/`, to which the worker's number is added.
        first_port: Where the first worker's search for free ports begins.
        worker_id: As the fixture of that name gives it.
    """
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    paths = LocalPaths.of(state=LocalPaths.of().shared / f"{name}-{number}")
    first_port += number * PORTS_OF_A_WORKER
    product = local_product(Console(), paths=paths, first_port=first_port)
    with contextlib.ExitStack() as cleanup:
        try:
            stack = cleanup.enter_context(product)
        except LocalError as error:
            pytest.exit(error.render(), returncode=int(error.exit_code))
        yield stack
        denied = denials(stack) - caused_denials
        assert not denied, "\n".join(sorted(denied))


def mark_end_to_end(items: list[pytest.Item], folder: Path) -> None:
    """Mark the tests below a folder as end-to-end ones."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.e2e)
