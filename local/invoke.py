"""`make invoke`: one function on one event against the local product, by `sam local invoke`.

Without a container runtime the same function runs in a plain process: with the environment that SAM
resolves, and the built code and layer.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import socketserver
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.console import Console, ExitCode, LocalError, run_command
from local.emulator import REGION, client_environment
from local.paths import LocalPaths
from local.running import RunningProduct, running_product
from local.runtime_packages import RUNTIME_PACKAGES
from local.sam import STACK_NAME, SamDeployer
from local.samples import function_of, read_sample, refusal_of
from local.stack import ensure_venv

LAMBDA_BUILD = {"BOOKFLOW_BUILD_TARGET": "lambda"}
RESOLVE_LIMIT_SECONDS = 60.0
CONTAINER_LIMIT_SECONDS = 900.0
"""The first time, SAM gets the runtime's image."""
HOST_NAME = "host.docker.internal"
"""How a container of Docker Desktop or Finch finds the machine that it runs on, also on macOS."""

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True)
class Invocation:
    """What a function answered and wrote.

    Attributes:
        function: Its logical id.
        answer: Its answer as JSON text; empty if there is none.
        log: What it wrote, line by line.
    """

    function: str
    answer: str
    log: Sequence[str]

    @property
    def rejections(self) -> list[str]:
        """Why messages went to the dead-letter queue, one line each."""
        found = []
        for line in self.log:
            entry = _as_object(line)
            if entry.get("message") == "message rejected":
                found.append(refusal_of(entry.get("field"), entry.get("reason")))
        return found

    @property
    def failure(self) -> str:
        """Why the invocation did not do what it was for; empty if it did."""
        answer = _as_object(self.answer)
        if not self.answer:
            return "it gave no answer"
        if "errorType" in answer:
            return f"{answer['errorType']}: {answer.get('errorMessage', '')}"
        if answer.get("batchItemFailures"):
            return "the message would be delivered again; the log says why"
        if self.rejections:
            return "the message is on the dead-letter queue"
        return ""


class Invoker:
    """Runs functions of the template against one product."""

    def __init__(self, product: RunningProduct, console: Console) -> None:
        self._product = product
        self._paths = product.paths
        self._console = console
        self._environment_file = self._paths.state / "env-vars.json"
        self._known: dict[str, Mapping[str, Any]] = {}
        ensure_venv(
            self._paths,
            self._paths.sam_venv,
            self._paths.root / "requirements" / "sam.txt",
            console,
        )

    def invoke(self, event: Mapping[str, Any], function: str | None = None) -> Invocation:
        """Run the function that takes such an event, or the one that is named.

        Raises:
            LocalError: It could not be run.
        """
        name = function or function_of(event)
        with tempfile.TemporaryDirectory() as folder:
            event_file = Path(folder) / "event.json"
            event_file.write_text(json.dumps(event), encoding="utf-8")
            if name not in self._known:
                self._known[name] = self._facts(name)
            facts = self._known[name]
            if facts["container_runtime"]:
                self._console.say(f"sam local invoke {name}")
                return self._in_container(name, event_file)
            self._console.say(
                f"no container runtime is running: {name} runs in a plain process, as SAM resolves it"
            )
            return self._in_process(name, facts, event_file)

    def write_environment(self, endpoint: str) -> Path:
        """Write SAM's file of environment variables, for every function; return its path."""
        functions = self._product.client("lambda")
        resources = self._product.client("cloudformation").describe_stack_resources(
            StackName=STACK_NAME
        )["StackResources"]
        variables = {
            each["LogicalResourceId"]: {
                **functions.get_function_configuration(FunctionName=each["PhysicalResourceId"])
                .get("Environment", {})
                .get("Variables", {}),
                "AWS_ENDPOINT_URL": endpoint,
            }
            for each in resources
            if each["ResourceType"] == "AWS::Lambda::Function"
            or each["ResourceType"] == "AWS::Serverless::Function"
        }
        self._environment_file.write_text(json.dumps(variables, indent=2), encoding="utf-8")
        return self._environment_file

    def _parameters(self, endpoint: str) -> dict[str, str]:
        stack = self._product.client("cloudformation").describe_stacks(StackName=STACK_NAME)
        given = {
            each["ParameterKey"]: each["ParameterValue"]
            for each in stack["Stacks"][0].get("Parameters", [])
            if each.get("ParameterValue")
        }
        return {**given, "LocalEndpoint": endpoint}

    def _facts(self, name: str) -> Mapping[str, Any]:
        """Return how SAM would run the function, and whether it can."""
        deployer = SamDeployer(self._paths, console=self._console)
        template = deployer.build()
        endpoint = self._product.endpoint
        parameters = {**self._parameters(endpoint), "AWS::Region": REGION}
        finished = subprocess.run(
            [
                str(self._paths.sam_venv / "bin" / "python"),
                str(Path(__file__).with_name("sam_function.py")),
                str(template),
                name,
                str(self.write_environment(endpoint)),
                json.dumps(parameters),
            ],
            env=deployer.environment(client_environment({}, endpoint)),
            capture_output=True,
            text=True,
            check=False,
            timeout=RESOLVE_LIMIT_SECONDS,
        )
        if finished.returncode:
            raise LocalError(
                f"The SAM CLI cannot tell how it would run {name}.",
                "Read the lines above.",
                detail="\n".join(finished.stderr.splitlines()[-8:]),
            )
        facts: Mapping[str, Any] = json.loads(finished.stdout.splitlines()[-1])
        if "unknown" in facts:
            raise LocalError(
                f"The template has no function {name}.", f"Take one of {', '.join(facts['known'])}."
            )
        return facts

    def _in_process(self, name: str, facts: Mapping[str, Any], event_file: Path) -> Invocation:
        folder = event_file.parent
        runtime = folder / "runtime"
        runtime.mkdir()
        installed = Path(sysconfig.get_path("purelib"))
        for package in RUNTIME_PACKAGES:
            (runtime / package).symlink_to(installed / package)
        layers = [str(Path(layer) / "python") for layer in facts["layers"]]
        about = {
            "path": [facts["code"], *layers, str(runtime)],
            "handler": facts["handler"],
            "timeout": facts["timeout"],
        }
        facts_file, answer_file = folder / "facts.json", folder / "answer.json"
        facts_file.write_text(json.dumps(about), encoding="utf-8")
        kept = {each: os.environ[each] for each in _KEPT_VARIABLES if each in os.environ}
        python = [sys.executable, "-I", "-S", str(Path(__file__).with_name("plain_function.py"))]
        lines = self._shown(
            [*python, str(facts_file), str(event_file), str(answer_file)],
            kept | {"AWS_EC2_METADATA_DISABLED": "true"} | facts["environment"],
            facts["timeout"],
        )
        answer = answer_file.read_text(encoding="utf-8") if answer_file.exists() else ""
        return Invocation(name, answer, lines)

    def _in_container(self, name: str, event_file: Path) -> Invocation:
        # The container's Python and processor are Lambda's, so it needs the layer of a deploy.
        paths = replace(self._paths, shared=self._paths.shared / "lambda")
        deployer = SamDeployer(
            paths,
            venv=self._paths.sam_venv,
            build_environment=LAMBDA_BUILD,
            console=self._console,
        )
        template = deployer.build()
        with reachable_from_containers(self._product.endpoint) as endpoint:
            command = container_command(
                name,
                template=template,
                event=event_file,
                environment=self.write_environment(endpoint),
                parameters=self._parameters(endpoint),
            )
            lines = self._shown(
                [str(self._paths.sam_venv / "bin" / "sam"), *command],
                deployer.environment(client_environment({}, self._product.endpoint)),
                CONTAINER_LIMIT_SECONDS,
            )
        # SAM writes the answer last, behind what the function wrote.
        answers = [line for line in lines if _is_json(line)]
        return Invocation(name, answers[-1] if answers else "", lines)

    def _shown(
        self, command: Sequence[str], environment: Mapping[str, str], limit_seconds: float
    ) -> list[str]:
        """Run a command, show its output as it comes, and return its lines."""
        process = subprocess.Popen(
            list(command),
            cwd=self._paths.root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        timer = threading.Timer(limit_seconds, process.kill)
        timer.start()
        try:
            lines = []
            for line in process.stdout or ():
                lines.append(line.rstrip("\n"))
                self._console.show(lines[-1])
            process.wait()
        finally:
            if timer.finished.is_set():
                raise LocalError(
                    f"The function did not end within {limit_seconds:g} s, as in AWS.",
                    "Read its lines above.",
                    exit_code=ExitCode.FAILED,
                )
            timer.cancel()
            process.kill()
            process.wait()
        return lines


def container_command(
    name: str, *, template: Path, event: Path, environment: Path, parameters: Mapping[str, str]
) -> list[str]:
    """Return the arguments of SAM that run a function in a container.

    The container is on Docker's default bridge, as SAM puts it there if no network is named, and
    the environment's addresses hold there: see `reachable_from_containers`.
    """
    overrides = [f"{key}={value}" for key, value in parameters.items()]
    return [
        *("local", "invoke", name),
        *("--template-file", str(template)),
        *("--event", str(event)),
        *("--env-vars", str(environment)),
        *("--region", REGION),
        *("--parameter-overrides", *overrides),
    ]


@contextlib.contextmanager
def reachable_from_containers(endpoint: str) -> Iterator[str]:
    """Give an address of the emulator that holds inside of a container, as long as it is open.

    The emulator listens on loopback alone. Docker Desktop and Finch lead `host.docker.internal` there.
    Docker on Linux does not, but its bridge is an address of this machine: a relay listens there.
    """
    port = int(endpoint.rpartition(":")[2])
    gateway = bridge_gateway()
    if gateway is None:
        yield f"http://{HOST_NAME}:{port}"
        return
    with Relay(gateway, port) as relay:
        yield f"http://{gateway}:{relay.port}"


def bridge_gateway() -> str | None:
    """Return the address of Docker's bridge if it is one of this machine's own, as on Linux."""
    command = ["docker", "network", "inspect", "bridge", "--format"]
    try:
        found = subprocess.run(
            [*command, "{{(index .IPAM.Config 0).Gateway}}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()
        with socket.create_server((found, 0)):
            return found
    except (OSError, subprocess.SubprocessError):
        return None


class Relay:
    """Hands TCP connections to an address on to a port on loopback, while it is open."""

    def __init__(self, host: str, target_port: int) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", target_port)) as target:
                    back = threading.Thread(target=_pump, args=(target, self.request), daemon=True)
                    back.start()
                    _pump(self.request, target)
                    back.join()

        self._server = socketserver.ThreadingTCPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _as_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def show(invocation: Invocation, console: Console) -> ExitCode:
    """Say what became of an invocation; return the exit code."""
    console.show(invocation.answer)
    for rejection in invocation.rejections:
        console.say(f"on the dead-letter queue: {rejection}")
    if invocation.failure:
        console.say(f"{invocation.function} failed: {invocation.failure}")
        return ExitCode.FAILED
    console.say(f"{invocation.function} took the event")
    return ExitCode.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="make invoke", description=__doc__)
    parser.add_argument("event", type=Path, help="a file of events/, or one of your own")
    parser.add_argument(
        "--function", help="its logical id; by default the one that takes the event"
    )
    parser.add_argument("--keep-id", action="store_true", help="keep the event's own event_id")
    given = parser.parse_args(arguments)
    console = Console()

    def once() -> int:
        event = read_sample(given.event, keep_id=given.keep_id)
        with running_product(console, LocalPaths.of()) as product:
            invocation = Invoker(product, console).invoke(event, given.function)
        return show(invocation, console)

    return run_command(once, console)


if __name__ == "__main__":
    raise SystemExit(main())
