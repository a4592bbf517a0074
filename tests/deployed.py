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


@contextlib.contextmanager
def deployed_stack(name: str, first_port: int) -> Iterator[LocalStack]:
    """Give the stack with a state folder and ports of its own; end the run where it cannot start.

    Args:
        name: The state folder below `.local/`.
        first_port: Where the search for free ports begins.
    """
    paths = LocalPaths.of(state=LocalPaths.of().shared / name)
    product = local_product(Console(), paths=paths, first_port=first_port)
    with contextlib.ExitStack() as cleanup:
        try:
            stack = cleanup.enter_context(product)
        except LocalError as error:
            pytest.exit(error.render(), returncode=int(error.exit_code))
        yield stack


def mark_end_to_end(items: list[pytest.Item], folder: Path) -> None:
    """Mark the tests below a folder as end-to-end ones."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.e2e)
