"""Keeps the ports of the local stack the same from one start to the next, so that URLs do not change."""

from __future__ import annotations

import json
import socket
from pathlib import Path

FIRST_PORT = 8400
"""Below the ports that systems hand out for outgoing connections, which would be taken at random."""
LAST_PORT = 9399


def remembered_port(path: Path, name: str, first: int = FIRST_PORT) -> int:
    """The port that `name` had last time, if it is free; else the next free one, kept from now on.

    Raises `OSError` if no port up to LAST_PORT is free.
    """
    ports = _read(path)
    port = ports.get(name)
    if port is None or not is_free(port):
        others = {other for key, other in ports.items() if key != name}
        port = _next_free(first, others)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(ports | {name: port}, indent=2) + "\n", encoding="utf-8")
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


def _next_free(first: int, others: set[int]) -> int:
    for port in range(first, LAST_PORT + 1):
        if port not in others and is_free(port):
            return port
    raise OSError(f"no TCP port from {first} to {LAST_PORT} is free on 127.0.0.1")


def _read(path: Path) -> dict[str, int]:
    try:
        ports = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int)}
