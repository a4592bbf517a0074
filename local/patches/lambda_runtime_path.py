"""Gap: functions can import whatever the emulator's own virtual environment holds.

In AWS a Python function sees the standard library, its own code, its layers, and boto3 with what
boto3 needs. Here a package missing from the layer would be found by accident, and fail in AWS only.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import os
import pathlib
import sysconfig
import tempfile

from ministack.core import lambda_runtime

from local.runtime_packages import RUNTIME_PACKAGES

_HEAD = "import sys, json, importlib, traceback, os, time\n"


def apply() -> None:
    """Replaces site-packages in the workers by a folder that links to the runtime's packages."""
    site_packages = pathlib.Path(sysconfig.get_path("purelib"))
    runtime = pathlib.Path(tempfile.mkdtemp(prefix="lambda-runtime-"))
    for name in RUNTIME_PACKAGES:
        os.symlink(site_packages / name, runtime / name)
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if _HEAD not in script:
        raise SystemExit("lambda_runtime_path: the emulator's worker script is not as expected")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(
        _HEAD,
        _HEAD
        + f"sys.path[:] = [p for p in sys.path if p != {str(site_packages)!r}]"
        + f" + [{str(runtime)!r}]\n",
        1,
    )
