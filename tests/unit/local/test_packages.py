"""Lists of packages are installed by uv, and by pip where uv cannot be had or does not work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import packages
from tests.unit.template.checks import ROOT

LIST = "# no packages\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an empty list, and one that asks for uv."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "empty.txt").write_text(LIST)
    (tmp_path / "requirements" / "uv.txt").write_text("uv==0 --hash=sha256:00\n")
    return tmp_path


def with_uv(root: Path, uv: str | Path) -> None:
    """Let uv be installed: the real one of this environment, or a script."""
    program = root / packages.UV_VENV / "bin" / "uv"
    program.parent.mkdir(parents=True)
    if isinstance(uv, Path):
        program.symlink_to(uv)
    else:
        program.write_text(f"#!/bin/sh\n{uv}\n")
        program.chmod(0o755)
    (program.parent / "python").symlink_to(sys.executable)
    current = packages.fingerprint(root / "requirements" / "uv.txt")
    (root / packages.UV_VENV / packages.STAMP).write_text(current)


def ensure(root: Path) -> Path:
    directory = root / "made"
    assert packages.ensure(directory, root / "requirements" / "empty.txt", root)
    command = [directory / "bin" / "python", "-c", "import sys; print(sys.prefix)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(said) == directory
    return directory


def test_uv_makes_an_environment_which_is_made_anew_only_when_its_list_changes(root: Path) -> None:
    with_uv(root, ROOT / ".venv" / "bin" / "uv")
    directory = ensure(root)
    # What uv makes has no pip of its own.
    assert not (directory / "bin" / "pip").exists()
    requirements = root / "requirements" / "empty.txt"
    assert not packages.ensure(directory, requirements, root)
    requirements.write_text(LIST + "# changed\n")
    assert packages.ensure(directory, requirements, root)


def test_pip_takes_the_place_of_a_uv_that_does_not_work(root: Path) -> None:
    with_uv(root, "echo 'no such index' >&2; exit 2")
    assert (ensure(root) / "bin" / "pip").exists()


def test_pip_takes_the_place_of_a_uv_that_cannot_be_had(
    root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert (ensure(root) / "bin" / "pip").exists()
    assert packages.SLOWER in capfd.readouterr().err


def test_uv_asks_the_index_that_pip_is_set_up_with() -> None:
    pip = {
        "index-url": "https://a/simple",
        "extra-index-url": "https://b https://c",
        "timeout": "9",
    }
    assert packages.index_settings({}, pip) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_INDEX": "https://b https://c",
    }


def test_what_the_environment_says_of_uv_holds() -> None:
    pip = {"index-url": "https://a/simple"}
    assert "UV_DEFAULT_INDEX" not in packages.index_settings({"UV_DEFAULT_INDEX": "x"}, pip)


@pytest.mark.parametrize("name", ["run", "emulator", "sam", "uv"])
def test_what_a_start_installs_is_pinned_and_holds_no_tools_of_development(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pinned = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert pinned
    assert all(line.endswith("\\") and "==" in line for line in pinned)
    assert not {"mypy", "pytest", "ruff", "hypothesis", "moto"} & {
        line.partition("==")[0] for line in pinned
    }
