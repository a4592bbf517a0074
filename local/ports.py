"""Keeps the ports of the local run the same from one start to the next, so that URLs stay good."""

from __future__ import annotations

import json
import socket
from pathlib import Path


def remembered_port(path: Path, name: str) -> int:
    """The port that `name` had last time, if it is free; else a free one, kept for next time."""
    ports = _read(path)
    port = ports.get(name)
    if port is None or not is_free(port):
        port = free_port()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(ports | {name: port}, indent=2) + "\n", encoding="utf-8")
    return port


def free_port() -> int:
    """A TCP port on loopback that is free at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nothing holds the TCP port on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections still close counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _read(path: Path) -> dict[str, int]:
    try:
        ports = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int)}
