"""Ports stay the same while they are free."""

from __future__ import annotations

import socket
from pathlib import Path

from local.ports import free_port, is_free, remembered_port


def test_a_port_is_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    first = remembered_port(path, "receiver")
    assert remembered_port(path, "receiver") == first


def test_a_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    first = remembered_port(path, "receiver")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", first))
        holder.listen()
        assert not is_free(first)
        assert remembered_port(path, "receiver") != first


def test_an_unreadable_file_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    path.write_text("{")
    port = remembered_port(path, "emulator")
    assert remembered_port(path, "emulator") == port


def test_a_free_port_is_free() -> None:
    assert is_free(free_port())
