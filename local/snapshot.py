"""Stores the deployed and seeded stack for the next start, until a source changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Snapshot:
    """A stack as it was right after deploying and seeding: the emulator's state and the outputs."""

    state: Path
    outputs: Mapping[str, str]


class SnapshotStore:
    """One snapshot in a folder, with the digest of all that it was made from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, digest: str) -> Snapshot | None:
        """The snapshot, if it was made from just this."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if about.get("digest") != digest or not self._state.is_dir():
            return None
        return Snapshot(self._state, about["outputs"])

    def make_room(self) -> Path:
        """Drop the former snapshot; return where the emulator's state is to be put."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        return self._state

    def keep(self, digest: str, outputs: Mapping[str, str]) -> Snapshot:
        """Declare the state complete. Written last: a start that is broken off leaves none."""
        content = {"digest": digest, "outputs": dict(outputs)}
        self._about.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return Snapshot(self._state, outputs)

    @property
    def _state(self) -> Path:
        return self._folder / "emulator"

    @property
    def _about(self) -> Path:
        return self._folder / "snapshot.json"
