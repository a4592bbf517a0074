"""Builds the repository's template with the SAM CLI and deploys it onto the emulator."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.console import Console, LocalError
from local.emulator import REGION, client_environment
from local.locks import locked
from local.paths import LocalPaths
from local.processes import Finished, run_tool

STACK_NAME = "bookflow-local"
ARTIFACT_BUCKET = "bookflow-local-artifacts"
BUILD_LIMIT_SECONDS = 600.0
DEPLOY_LIMIT_SECONDS = 300.0
SOURCES = (
    "template.yaml",
    "samconfig.toml",
    "functions",
    "layers",
    "dashboard/dist",
    "scripts/build_dashboard.py",
)
HOST_BUILD = {"BOOKFLOW_BUILD_TARGET": "host"}
"""Asks the layers' makefiles for packages of this machine instead of the deploy target's."""

_IGNORED_FOLDERS = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_IGNORED_SUFFIXES = {".pyc", ".pyo"}
_DROPPED_VARIABLES = (
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)
_NOISE = re.compile(
    r"^\s*$|^[-=+\s]*$|telemetry|SAM CLI update available|^\s*(Commands you can use|\[\*\])|"
    r"^\s*(CREATE|UPDATE|DELETE)_(IN_PROGRESS|COMPLETE)|Deploying with following values|"
    r"^\s+(Stack name|Region|Confirm changeset|Disable rollback|Deployment s3 bucket|Capabilities|"
    r"Parameter overrides|Signing Profiles)\s+:|^Initiating deployment",
    re.IGNORECASE,
)


class SamDeployer:
    """`sam build`, skipped while nothing that it reads has changed, and `sam deploy`."""

    def __init__(
        self,
        paths: LocalPaths,
        *,
        venv: Path | None = None,
        stack_name: str = STACK_NAME,
        build_environment: Mapping[str, str] | None = None,
        console: Console | None = None,
    ) -> None:
        self._paths = paths
        self._sam = (venv or paths.sam_venv) / "bin" / "sam"
        self._stack_name = stack_name
        self._build_environment = dict(
            HOST_BUILD if build_environment is None else build_environment
        )
        self._console = console or Console(quiet=True)

    def digest(self) -> str:
        """A digest of all that decides what `sam build` makes."""
        sources = digest_of_files(self._paths.root, SOURCES)
        return digest_of([sources, self._build_environment, sys.version, str(self._sam)])

    def deploy(self, endpoint: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Build what has changed, deploy it as a new stack, and return the stack's outputs.

        Raises:
            LocalError: A step failed; with the last meaningful lines of the SAM CLI.
        """
        self._paths.sam_log.unlink(missing_ok=True)
        with locked(self._paths.build_lock, wait=True):
            self._build_if_changed()
            with self._console.step("deploying the template onto the emulator"):
                self._deploy(endpoint, parameters)
        return self._outputs(endpoint)

    def build(self) -> Path:
        """Build what has changed; return the built template.

        Raises:
            LocalError: The build failed; with the last meaningful lines of the SAM CLI.
        """
        with locked(self._paths.build_lock, wait=True):
            self._build_if_changed()
        return self._built_template

    @property
    def _built_template(self) -> Path:
        return self._paths.build_dir / "template.yaml"

    def _build_if_changed(self) -> None:
        digest, state = self.digest(), self._paths.build_state
        if state.exists() and state.read_text() == digest and self._built_template.exists():
            return
        state.unlink(missing_ok=True)
        with self._console.step("building the functions and layers"):
            self._build()
        state.write_text(digest)

    def _build(self) -> None:
        finished = self._run(
            [
                "build",
                "--template-file",
                str(self._paths.root / "template.yaml"),
                "--base-dir",
                str(self._paths.root),
                "--build-dir",
                str(self._paths.build_dir),
                "--cached",
                "--cache-dir",
                str(self._paths.shared / "sam-cache"),
            ],
            self.environment({}),
            BUILD_LIMIT_SECONDS,
        )
        if finished.code:
            raise LocalError(
                "`sam build` failed.",
                "Fix what the lines above name, then run the same command again. "
                f"The whole output: {self._log}",
                detail=meaningful_tail(finished.output),
            )

    def _deploy(self, endpoint: str, parameters: Mapping[str, str]) -> None:
        self._make_bucket(endpoint)
        command = [
            "deploy",
            "--template-file",
            str(self._built_template),
            "--stack-name",
            self._stack_name,
            "--s3-bucket",
            ARTIFACT_BUCKET,
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_NAMED_IAM",
            "CAPABILITY_AUTO_EXPAND",
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
        ]
        if parameters:
            overrides = [f"{name}={value}" for name, value in sorted(parameters.items())]
            command += ["--parameter-overrides", *overrides]
        environment = self.environment(client_environment({}, endpoint))
        finished = self._run(command, environment, DEPLOY_LIMIT_SECONDS)
        if finished.code:
            raise LocalError(
                "`sam deploy` onto the emulator failed.",
                "Fix what the lines above name, then run the same command again. "
                f"The whole output: {self._log}",
                detail=self._failed_resources(endpoint) or meaningful_tail(finished.output),
            )

    def _failed_resources(self, endpoint: str) -> str:
        """The resources that failed with their reasons, the first one first; empty if unknown."""
        cloudformation = client("cloudformation", endpoint)
        try:
            events = cloudformation.describe_stack_events(StackName=self._stack_name)["StackEvents"]
        except (BotoCoreError, ClientError):
            return ""
        return "\n".join(
            f"{event['LogicalResourceId']} ({event['ResourceType']}): "
            f"{event.get('ResourceStatusReason', 'no reason given')}"
            for event in reversed(events)
            if event["ResourceStatus"] in ("CREATE_FAILED", "ROLLBACK_FAILED")
        )

    def _run(
        self, arguments: list[str], environment: Mapping[str, str], limit_seconds: float
    ) -> Finished:
        if not self._sam.exists():
            folder = self._sam.parent.parent
            raise LocalError(
                f"The SAM CLI's environment {self._paths.shown(folder)} is not complete.",
                f"Remove that folder, then run the same command again: `rm -rf {folder}`.",
            )
        command = [str(self._sam), *arguments, "--config-file", str(self._empty_config())]
        try:
            return run_tool(
                command,
                cwd=self._paths.root,
                env=environment,
                log=self._paths.sam_log,
                limit_seconds=limit_seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise LocalError(
                f"`sam {arguments[0]}` did not end within {limit_seconds:.0f} s.",
                "Free some memory or processor time, then run the same command again. "
                f"The emulator's log: {self._paths.shown(self._paths.emulator_log)}",
                detail=meaningful_tail(_text(error.output)),
            ) from error

    def _empty_config(self) -> Path:
        # samconfig.toml is for AWS: its region, bucket and confirmations must not be used here.
        path = self._paths.state / "samconfig.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("version = 0.1\n", encoding="utf-8")
        return path

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the SAM CLI: nothing of the caller's AWS settings, and `extra`."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        # `make` hands its own flags down, which would reach the layers' makefiles; and without
        # kept bytecode the SAM CLI takes seconds longer to start, each time.
        for name in _DROPPED_VARIABLES:
            outer.pop(name, None)
        return (
            outer
            | {
                "SAM_CLI_TELEMETRY": "0",
                "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",
                "__SAM_CLI_APP_DIR": str(self._paths.shared / "sam-home"),
                # The emulator runs the functions with this Python, so the wheels must fit it.
                "BOOKFLOW_PYTHON": sys.executable,
                "BOOKFLOW_ROOT": str(self._paths.root),
                "AWS_DEFAULT_REGION": REGION,
                "SAM_CLI_POLL_DELAY": "0.5",
                "NO_COLOR": "1",
            }
            | self._build_environment
            | dict(extra)
        )

    def _make_bucket(self, endpoint: str) -> None:
        client("s3", endpoint).create_bucket(
            Bucket=ARTIFACT_BUCKET,
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )

    def _outputs(self, endpoint: str) -> dict[str, str]:
        cloudformation = client("cloudformation", endpoint)
        stack = cloudformation.describe_stacks(StackName=self._stack_name)["Stacks"][0]
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    @property
    def _log(self) -> str:
        return self._paths.shown(self._paths.sam_log)


def client(service: str, endpoint: str) -> Any:
    """A boto3 client of the emulator, with dummy credentials whatever the environment holds."""
    # The overloads of boto3's stubs know literal names only.
    make_client: Any = boto3.client
    return make_client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            retries={"max_attempts": 2},
            # None of the environment: the emulator is on this machine.
            proxies={},
            connect_timeout=5,
            read_timeout=70,
            inject_host_prefix=False,
            s3={"addressing_style": "path"},
        ),
    )


def digest_of(parts: Iterable[object]) -> str:
    """A digest of plain values; equal values give equal digests in any process."""
    return hashlib.sha256(json.dumps(list(parts), sort_keys=True).encode()).hexdigest()


def digest_of_files(root: Path, names: Iterable[str]) -> str:
    """A digest of the named files and folders below `root`: paths and contents, caches aside."""
    digest = hashlib.sha256()
    for path in sorted(_files(root, names)):
        relative = path.relative_to(root).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{relative}\0{content}\n".encode())
    return digest.hexdigest()


def meaningful_tail(output: str, lines: int = 20) -> str:
    """The last lines of the SAM CLI's output that say something, without rulers and progress."""
    said = [line.rstrip() for line in output.splitlines() if not _NOISE.search(line)]
    return "\n".join(said[-lines:])


def _files(root: Path, names: Iterable[str]) -> Iterable[Path]:
    for name in names:
        start = root / name
        if start.is_file():
            yield start
        for path in start.rglob("*"):
            if (
                path.is_file()
                and path.suffix not in _IGNORED_SUFFIXES
                and not _IGNORED_FOLDERS.intersection(path.relative_to(root).parts)
            ):
                yield path


def _text(output: str | bytes | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
