"""Where the local run keeps things: all of it below `.local/`, which git ignores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalPaths:
    """The files and folders of one local run, from the repository's root and its state folder."""

    root: Path
    state: Path

    @classmethod
    def of(cls, root: Path | None = None, state: Path | None = None) -> LocalPaths:
        """Paths for the repository at `root` (default: the one that holds this package)."""
        root = (root or Path(__file__).resolve().parent.parent).resolve()
        return cls(root=root, state=(state or root / ".local").resolve())

    @property
    def emulator_venv(self) -> Path:
        """The emulator's own virtual environment: it pins a botocore of its own."""
        return self.state / "venvs" / "emulator"

    @property
    def sam_venv(self) -> Path:
        """The SAM CLI's own virtual environment: it pins a boto3 of its own."""
        return self.state / "venvs" / "sam"

    @property
    def emulator_state(self) -> Path:
        """Process id, port, endpoint and start id of the running emulator, as JSON."""
        return self.state / "emulator.json"

    @property
    def emulator_log(self) -> Path:
        """What the emulator and the functions in it wrote."""
        return self.state / "emulator.log"

    @property
    def emulator_tmp(self) -> Path:
        """The emulator's temporary folder (unpacked functions); emptied when it stops."""
        return self.state / "emulator-tmp"

    @property
    def unpacked(self) -> Path:
        """Unpacked functions and layers by content, kept for the next start."""
        return self.state / "lambda-unpacked"

    @property
    def build_dir(self) -> Path:
        """Where `sam build` puts its artefacts for the local run."""
        return self.state / "sam-build"

    @property
    def deploy_state(self) -> Path:
        """Digests of what is built and deployed, and the stack's outputs, as JSON."""
        return self.state / "deploy.json"

    @property
    def sam_log(self) -> Path:
        """The whole output of the last `sam build` and `sam deploy`."""
        return self.state / "sam.log"

    @property
    def receiver_log(self) -> Path:
        """One JSON line for each HTTP request that the local receiver got."""
        return self.state / "receiver.jsonl"

    @property
    def ports(self) -> Path:
        """The ports of the last start, as JSON."""
        return self.state / "ports.json"
