"""The local product that runs already, or one that is started for a command and stopped after it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.console import Console, LocalError
from local.emulator import identity_of, is_ready
from local.locks import LockedError, locked
from local.paths import LocalPaths
from local.product import local_product
from local.sam import client


@dataclass(frozen=True)
class RunningProduct:
    """The deployed stack, no matter who started it.

    Attributes:
        endpoint: The emulator's URL.
        outputs: The outputs of the deployed template.
        paths: Where it keeps things.
    """

    endpoint: str
    outputs: Mapping[str, str]
    paths: LocalPaths

    def client(self, service: str) -> Any:
        """Return a boto3 client of the emulator."""
        return client(service, self.endpoint)


def find_running(paths: LocalPaths) -> RunningProduct | None:
    """Return the product that runs from the state folder; None if none does.

    Raises:
        LocalError: One is just being started.
    """
    try:
        with locked(paths.run_lock, wait=False):
            return None
    except LockedError as error:
        identity = identity_of(paths, error.holder)
    try:
        port = json.loads(paths.ports.read_text(encoding="utf-8"))["emulator"]
        about = json.loads((paths.snapshot / "snapshot.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError):
        raise _starting() from None
    endpoint = f"http://127.0.0.1:{port}"
    if not is_ready(endpoint, identity):
        raise _starting()
    return RunningProduct(endpoint, about["outputs"], paths)


@contextlib.contextmanager
def running_product(console: Console, paths: LocalPaths) -> Iterator[RunningProduct]:
    """Give the product that runs, or start one that is stopped at the end."""
    found = find_running(paths)
    if found is not None:
        yield found
        return
    with local_product(console, paths=paths) as stack:
        yield RunningProduct(stack.endpoint, stack.outputs, paths)


def _starting() -> LocalError:
    return LocalError("The product is just being started.", "Wait until it says that it is up.")
