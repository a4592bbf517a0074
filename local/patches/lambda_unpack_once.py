"""Gap: each worker unpacks the function and its layers anew, and compiles all of it again.

AWS starts from an image that is ready. Here each zip is unpacked once into a store that outlives the
emulator, and the workers link to it, so that only the first one pays for Python's compilation. As
in AWS, a function must not write to its own folder: others share it.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import threading
import types
import zipfile

from ministack.core import lambda_runtime

_KEPT = 40
_lock = threading.Lock()


def apply() -> None:
    """Has the workers' unpacking go through a store by content."""
    store = pathlib.Path(os.environ["BOOKFLOW_LOCAL_UNPACKED"])
    store.mkdir(parents=True, exist_ok=True)
    _prune(store)

    class StoredZip(zipfile.ZipFile):
        """A zip whose `extractall` makes a link to its stored content."""

        def extractall(self, path=None, members=None, pwd=None):
            digest = hashlib.sha256(pathlib.Path(self.filename).read_bytes()).hexdigest()
            content = store / digest[:32]
            with _lock:
                if not content.exists():
                    draft = content.with_suffix(".draft")
                    shutil.rmtree(draft, ignore_errors=True)
                    super().extractall(draft, members, pwd)
                    draft.rename(content)
                os.utime(content)
            os.rmdir(path)
            os.symlink(content, path)

    lambda_runtime.zipfile = types.SimpleNamespace(ZipFile=StoredZip)


def _prune(store):
    by_last_use = sorted(store.iterdir(), key=lambda content: content.stat().st_mtime, reverse=True)
    for content in by_last_use[_KEPT:]:
        shutil.rmtree(content, ignore_errors=True)
