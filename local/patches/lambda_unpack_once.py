"""Gap: each worker unpacks the function and its layers anew, and compiles all of it again.

AWS starts from an image that is ready. Here each zip is unpacked once into a store that outlives the
emulator, and the workers link to it, so that only the first one pays for Python's compilation. As
in AWS, a function must not write to its own folder: others share it.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import contextlib
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

    lambda_runtime.zipfile = types.SimpleNamespace(
        ZipFile=lambda path: _StoredZip(store, path),
        BadZipFile=zipfile.BadZipFile,
        # The name that the emulator looks for; there is none such in Python.
        LargeFileError=zipfile.LargeZipFile,
    )


class _StoredZip:
    """A zip whose `extractall` makes a link to its content in the store.

    The emulator checks each name of a zip before it unpacks it, which takes half a second for a
    large layer. A content that is in the store has passed that check.
    """

    def __init__(self, store, path):
        self._path = path
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        self._content = store / digest[:32]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def namelist(self):
        if self._content.exists():
            return []
        with zipfile.ZipFile(self._path) as content:
            return content.namelist()

    def extractall(self, target):
        with _lock:
            if not self._content.exists():
                # Another emulator may unpack the same at the same time.
                draft = self._content.with_suffix(f".{os.getpid()}")
                with zipfile.ZipFile(self._path) as content:
                    content.extractall(draft)
                with contextlib.suppress(OSError):
                    draft.rename(self._content)
                shutil.rmtree(draft, ignore_errors=True)
            os.utime(self._content)
        os.rmdir(target)
        os.symlink(self._content, target)


def _prune(store):
    by_last_use = sorted(store.iterdir(), key=lambda content: content.stat().st_mtime, reverse=True)
    for content in by_last_use[_KEPT:]:
        shutil.rmtree(content, ignore_errors=True)
