"""`make deploy` refuses to begin without what AWS would miss only after minutes of building."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.template.checks import ROOT

WANTED = 'Add "SenderEmail=you@your.domain" to parameter_overrides of [{}.deploy.parameters]'


def deploy(folder: Path, stage: str) -> str:
    """Run it where there is nothing to build, and return what it complains of."""
    done = subprocess.run(
        ["make", "deploy", f"CONFIG_ENV={stage}"],  # noqa: S607 - the project's own way in
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    return done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Makefile", "samconfig.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_stage_without_a_sender_is_refused(folder: Path, stage: str) -> None:
    assert WANTED.format(stage) in deploy(folder, stage)


def test_the_sender_of_another_stage_does_not_count(folder: Path) -> None:
    config = folder / "samconfig.toml"
    text = config.read_text(encoding="utf-8")
    named = text.replace('"Stage=dev"', '"Stage=dev", "SenderEmail=desk@example.com"')
    assert named != text
    config.write_text(named, encoding="utf-8")
    assert WANTED.format("prod") in deploy(folder, "prod")
    assert "SenderEmail" not in deploy(folder, "dev")
