"""What an invocation says, and how a container reaches an emulator that listens on loopback alone."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.console import LocalError
from local.invoke import HOST_NAME, Invocation, Relay, container_command, reachable_from_containers
from local.locks import locked
from local.paths import LocalPaths
from local.running import find_running
from tests.aws.stack import SAM_PYTHON
from tests.unit.template.checks import ROOT

REFUSED = '{"level": "ERROR", "message": "message rejected", "field": "detail.x", "reason": "no"}'
FINE = '{"batchItemFailures": []}'


@pytest.mark.parametrize(
    ("answer", "log", "failure"),
    [
        (FINE, [], ""),
        (FINE, ['{"message": "taken"}', "not JSON"], ""),
        (FINE, [REFUSED], "the message is on the dead-letter queue"),
        ('{"batchItemFailures": [{"itemIdentifier": "1"}]}', [], "delivered again"),
        ('{"errorType": "KeyError", "errorMessage": "node"}', [], "KeyError: node"),
        ("", ["killed"], "it gave no answer"),
    ],
)
def test_what_went_wrong_is_reported(answer: str, log: list[str], failure: str) -> None:
    reported = Invocation("DispatcherFunction", answer, log).failure
    assert failure in reported
    assert bool(reported) == bool(failure)


def test_a_refusal_names_field_and_reason() -> None:
    assert Invocation("F", FINE, [REFUSED]).rejections == ["detail.x: no"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.path.encode() * 20_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def emulator_port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_relay_hands_calls_on_to_loopback(emulator_port: int) -> None:
    with Relay("127.0.0.1", emulator_port) as relay:
        for path in ("/one", "/two"):
            answer = httpx.get(f"http://127.0.0.1:{relay.port}{path}", trust_env=False)
            assert answer.text == path * 20_000


def test_without_a_bridge_of_this_machine_the_containers_own_name_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As on macOS: Docker names its bridge, and that is an address of its virtual machine.
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 192.0.2.1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with reachable_from_containers("http://127.0.0.1:8402") as endpoint:
        assert endpoint == "http://host.docker.internal:8402"


def test_with_a_bridge_of_this_machine_a_relay_listens_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, emulator_port: int
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 127.0.0.1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with reachable_from_containers(f"http://127.0.0.1:{emulator_port}") as endpoint:
        assert endpoint.startswith("http://127.0.0.1:")
        assert httpx.get(f"{endpoint}/x", trust_env=False).is_success


def test_a_product_that_is_not_up_is_reported_from_one_that_is_just_starting(
    tmp_path: Path,
) -> None:
    paths = LocalPaths.of(state=tmp_path)
    assert find_running(paths) is None
    with locked(paths.run_lock, wait=False), pytest.raises(LocalError, match="just being started"):
        find_running(paths)


PARSED_BY_SAM = """
import json, sys
from samcli.cli.context import Context
from samcli.commands.local.invoke.cli import cli

context = cli.make_context("invoke", sys.argv[1:])
given = {
    name: value for name, value in context.params.items()
    if value is not None and context.get_parameter_source(name).name == "COMMANDLINE"
}
given["region"] = context.find_object(Context).region
print(json.dumps(given, default=list))
"""


@pytest.mark.parametrize("host", ["172.17.0.1", HOST_NAME], ids=["linux", "macos"])
def test_sam_itself_reads_the_command_line_as_it_is_meant(tmp_path: Path, host: str) -> None:
    endpoint = f"http://{host}:41234"
    event, environment = tmp_path / "event.json", tmp_path / "env-vars.json"
    for file in (event, environment):
        file.write_text("{}")
    parameters = {
        "LocalEndpoint": endpoint,
        "SenderEmail": "desk@kayaks.example",
        "DashboardOrigin": "http://127.0.0.1:8401",
        "WebhookAllowedLoopback": "127.0.0.1:8403",
    }
    local, invoke, *arguments = container_command(
        "DispatcherFunction",
        template=ROOT / "template.yaml",
        event=event,
        environment=environment,
        parameters=parameters,
    )
    assert (local, invoke) == ("local", "invoke")
    finished = subprocess.run(
        [str(SAM_PYTHON), "-c", PARSED_BY_SAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"},
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout.splitlines()[-1]) == {
        "function_logical_id": "DispatcherFunction",
        "template_file": str(ROOT / "template.yaml"),
        "event": str(event),
        "env_vars": str(environment),
        "region": "eu-west-1",
        "parameter_overrides": parameters,
    }
