"""Where the local stack keeps its files: all of them below `.local/`, which git ignores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalPaths:
    """The files and folders of one local stack.

    What one start writes lies in its state folder; what is made from content alone (environments,
    builds, unpacked layers) is shared by all starts from the repository.
    """

    root: Path
    state: Path
    shared: Path

    @classmethod
    def of(cls, root: Path | None = None, state: Path | None = None) -> LocalPaths:
        """Paths for the repository at `root` (default: the one that holds this package)."""
        root = (root or Path(__file__).resolve().parent.parent).resolve()
        shared = root / ".local"
        return cls(root=root, state=(state or shared).resolve(), shared=shared)

    def shown(self, path: Path) -> str:
        """The path as a person in the repository's folder would type it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    @property
    def emulator_venv(self) -> Path:
        """The emulator's own virtual environment: it pins a botocore of its own."""
        return self.shared / "venvs" / "emulator"

    @property
    def sam_venv(self) -> Path:
        """The SAM CLI's own virtual environment: it pins a boto3 of its own."""
        return self.shared / "venvs" / "sam"

    @property
    def unpacked(self) -> Path:
        """Unpacked functions and layers by content, kept for the next start."""
        return self.shared / "lambda-unpacked"

    @property
    def build_dir(self) -> Path:
        """Where `sam build` puts its artefacts for the local stack."""
        return self.shared / "sam-build"

    @property
    def build_state(self) -> Path:
        """Digest of what is built, as text."""
        return self.shared / "sam-build.digest"

    @property
    def build_lock(self) -> Path:
        """Held while the build is made or read."""
        return self.shared / "sam-build.lock"

    @property
    def run_lock(self) -> Path:
        """Held while the product runs from the state folder; holds the process id."""
        return self.state / "run.lock"

    @property
    def emulator_log(self) -> Path:
        """What the emulator and the functions in it wrote since its last start."""
        return self.state / "emulator.log"

    @property
    def emulator_tmp(self) -> Path:
        """The emulator's temporary folder; removed when it stops."""
        return self.state / "emulator-tmp"

    @property
    def snapshot(self) -> Path:
        """The emulator's state right after deploying and seeding, for the next start."""
        return self.state / "snapshot"

    @property
    def kept(self) -> Path:
        """The emulator's state at the end of the last start with KEEP=1, for the next one."""
        return self.state / "kept"

    @property
    def sam_log(self) -> Path:
        """The whole output of the last `sam build` and `sam deploy`."""
        return self.state / "sam.log"

    @property
    def dashboard_log(self) -> Path:
        """The whole output of the last build of the dashboard."""
        return self.state / "dashboard.log"

    @property
    def receiver_log(self) -> Path:
        """One JSON line for each HTTP request that the local receiver got since the start."""
        return self.state / "receiver.jsonl"

    @property
    def ports(self) -> Path:
        """The ports of the last start, as JSON."""
        return self.state / "ports.json"
