"""`make invoke` and `make event` on the deployed stack: every sample, and what a rejection looks like."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import ExecutionStatus
from local.console import Console, ExitCode, LocalError
from local.event import follow, put_event, put_events_line
from local.invoke import Invoker, show
from local.running import RunningProduct
from local.samples import Envelope, function_of, read_sample
from local.stack import LocalStack
from tests.e2e.location import OwnLocation

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "events").rglob("*.json"))
ALL_TAKEN = {"batchItemFailures": list[str]()}
TAKEN_BY = {
    "mail_feedback": ("MailFeedbackFunction", ALL_TAKEN),
    "sms_feedback": ("SmsFeedbackFunction", None),
}
"""Function and answer, by folder."""


@pytest.fixture(scope="module")
def product(stack: LocalStack) -> RunningProduct:
    return RunningProduct(stack.endpoint, stack.outputs, stack.paths)


@pytest.fixture(scope="module")
def invoker(product: RunningProduct) -> Invoker:
    return Invoker(product, Console(quiet=True))


@pytest.fixture(scope="module", autouse=True)
def as_found(services: Services) -> Iterator[None]:
    """Take the guest of the samples off the list again: other tests write to her too."""
    yield
    location_id = read_sample(SAMPLES[0])["detail"]["location_id"]
    for each in services.suppressions.list(location_id).items:
        services.suppressions.remove(location_id, each.address_hash)


def without_customer() -> Envelope:
    sample = read_sample(ROOT / "events" / "booking_created.json")
    detail = {name: value for name, value in sample["detail"].items() if name != "customer"}
    return {**sample, "detail": detail}


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_the_function_that_takes_a_sample_takes_it(invoker: Invoker, path: Path) -> None:
    sample = read_sample(path)
    invocation = invoker.invoke(sample)
    function, answer = TAKEN_BY.get(path.parent.name, ("DispatcherFunction", ALL_TAKEN))
    assert invocation.function == function
    assert invocation.failure == "", "\n".join(invocation.log)
    assert json.loads(invocation.answer) == answer


def test_the_function_works_on_the_running_stack(invoker: Invoker, place: OwnLocation) -> None:
    note = {"note": {"type": "add_booking_note", "config": {"note": "invoked"}}}
    place.workflow("noting", {"event": "Booking Created"}, note, "trigger>note")
    event = place.created()
    assert invoker.invoke(event).failure == ""
    execution = place.ended(event["detail"]["event_id"], "noting")
    assert execution.status is ExecutionStatus.COMPLETED


def test_a_refused_message_shows_its_reason(invoker: Invoker) -> None:
    invocation = invoker.invoke(without_customer())
    (rejection,) = invocation.rejections
    assert rejection.startswith("detail.customer: ")
    said = io.StringIO()
    assert show(invocation, Console(said)) is ExitCode.FAILED
    assert f"on the dead-letter queue: {rejection}" in said.getvalue()


def test_a_function_that_raises_shows_its_error(invoker: Invoker) -> None:
    invocation = invoker.invoke({"execution": {}}, "SendTemplateFunction")
    assert "Error: " in invocation.failure
    assert any("Traceback" in line for line in invocation.log)


def test_an_unknown_function_is_reported_with_those_that_there_are(invoker: Invoker) -> None:
    with pytest.raises(LocalError, match="no function NoFunction") as caught:
        invoker.invoke({}, "NoFunction")
    assert "DispatcherFunction" in caught.value.todo


def test_every_function_of_the_template_is_given_the_emulators_address(
    invoker: Invoker, product: RunningProduct
) -> None:
    variables = json.loads(invoker.write_environment("http://192.0.2.1:1").read_text())
    assert len(variables) >= 16
    assert {each["AWS_ENDPOINT_URL"] for each in variables.values()} == {"http://192.0.2.1:1"}
    assert variables["DispatcherFunction"]["BOOKFLOW_TABLE"] == product.outputs["TableName"]


def test_an_event_is_followed_to_its_executions(product: RunningProduct) -> None:
    said = io.StringIO()
    sample = read_sample(ROOT / "events" / "booking_created.json")
    put_event(product, sample)
    assert follow(product, sample, Console(said)) is ExitCode.OK
    assert "Booking Confirmation  completed" in said.getvalue()


def test_a_refused_event_is_followed_to_the_dead_letters(product: RunningProduct) -> None:
    said = io.StringIO()
    put_event(product, without_customer())
    event = without_customer()
    put_event(product, event)
    assert follow(product, event, Console(said)) is ExitCode.FAILED
    assert "on the dead-letter queue: detail.customer: " in said.getvalue()


def test_the_line_for_the_aws_cli_puts_an_event(
    product: RunningProduct, services: Services, tmp_path: Path
) -> None:
    # In the place of the AWS CLI, which is no part of the set-up: it keeps what it was called with.
    fake = tmp_path / "aws"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\n')
    fake.chmod(0o755)
    line = put_events_line(product.endpoint, product.outputs["EventBusName"])
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", line], cwd=ROOT, env={**os.environ, "PATH": path}, check=True)  # noqa: S607
    given = (tmp_path / "arguments").read_text().splitlines()
    assert given[:6] == [
        "events",
        "put-events",
        "--endpoint-url",
        product.endpoint,
        "--region",
        "eu-west-1",
    ]
    entries = json.loads(given[7])
    assert product.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    detail = json.loads(entries[0]["Detail"])
    envelope = {"detail-type": entries[0]["DetailType"], "detail": detail}
    assert follow(product, envelope, Console(quiet=True)) is ExitCode.OK
    assert function_of(envelope) == "DispatcherFunction"
