"""One holder at a time, and no lock outlives its holder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.locks import LockedError, locked


def test_a_taken_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.lock"
    with (
        locked(path, wait=False),
        pytest.raises(LockedError, match=str(os.getpid())),
        locked(path, wait=False),
    ):
        pytest.fail("both hold the lock")


def test_a_lock_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "run.lock", wait=False):
            pass


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    script = (
        "import os, pathlib, sys\n"
        "from local.locks import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), wait=False):\n"
        "    os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    with locked(path, wait=False):
        assert path.read_text().strip() == str(os.getpid())
