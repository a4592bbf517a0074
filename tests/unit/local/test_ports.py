"""Ports stay the same while they are free."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from local.ports import FIRST_PORT, LAST_PORT, is_free, remembered_port


def test_a_port_is_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    first = remembered_port(path, "receiver")
    assert remembered_port(path, "receiver") == first


def test_a_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    first = remembered_port(path, "receiver")
    with socket.socket() as holder:
        # Connections of an earlier run may still be closing on it.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", first))
        holder.listen()
        assert not is_free(first)
        assert remembered_port(path, "receiver") != first


def test_an_unreadable_file_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    path.write_text("{")
    port = remembered_port(path, "emulator")
    assert remembered_port(path, "emulator") == port


def test_names_have_ports_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    ports = [remembered_port(path, name) for name in ("emulator", "api", "receiver")]
    assert len(set(ports)) == 3
    assert all(FIRST_PORT <= port <= LAST_PORT for port in ports)


def test_the_search_begins_where_it_is_reported_and_ends(tmp_path: Path) -> None:
    assert remembered_port(tmp_path / "a.json", "api", LAST_PORT - 50) >= LAST_PORT - 50
    with pytest.raises(OSError, match="no TCP port from"):
        remembered_port(tmp_path / "b.json", "api", LAST_PORT + 1)
