"""Holds that the README is true: each of its commands runs here or is known to run in CI."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from bookflow.cli import main

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")

ELSEWHERE = {
    "make run": "tests/e2e/test_demo.py runs the same steps; only the wait for Ctrl-C differs",
    "make test": "CI itself",
    "make soak": "CI itself",
    "make invoke EVENT=events/booking_created.json": "tests/e2e/test_invoke.py, for every sample",
    "make invoke EVENT=events/mail_feedback/hard_bounce.json FUNCTION=MailFeedbackFunction": (
        "tests/e2e/test_invoke.py, for every sample"
    ),
    "make event FILE=events/booking_created.json": "tests/e2e/test_invoke.py",
}
"""Commands that are not run by this file, and what runs them instead."""


def blocks(language: str) -> list[str]:
    """Return the README's fenced blocks of a language; plain ones have none."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return the one-line commands of the plain blocks, without their comments."""
    lines = [line for block in blocks("") for line in block.splitlines()]
    runs = ("make ", ".venv/bin/bookflow ", "sam ")
    return [line.split("#")[0].strip() for line in lines if line.startswith(runs)]


def test_every_command_runs_here_or_in_ci() -> None:
    unknown = [
        command
        for command in commands()
        if command not in ELSEWHERE and not command.startswith(".venv/bin/bookflow ")
    ]
    assert not unknown


@pytest.mark.parametrize(
    "command", [each for each in commands() if each.startswith(".venv/bin/bookflow ")]
)
def test_the_bookflow_commands_do_what_the_readme_says(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = shlex.split(command)[1:]
    assert main(arguments) == (1 if arguments[0] == "check-url" else 0)
    assert capsys.readouterr().out.strip()


def test_the_make_targets_of_the_text_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make (\w+)", README)) | {
        c.split()[1] for c in commands() if c.startswith("make ")
    }
    missing = [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)]
    assert not missing


def test_the_linked_files_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


@mock_aws
def test_the_python_example_puts_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name="bookflow-dev-events")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    events.put_rule(
        Name="all", EventBusName="bookflow-dev-events", EventPattern='{"source": [{"prefix": ""}]}'
    )
    events.put_targets(
        Rule="all", EventBusName="bookflow-dev-events", Targets=[{"Id": "1", "Arn": arn}]
    )
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - it is our own README
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    sample = json.loads((ROOT / "events/booking_created.json").read_text(encoding="utf-8"))
    assert json.loads(message["Body"])["detail"] == sample["detail"]


def test_the_shell_example_makes_a_valid_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (each for each in blocks("") if "aws events put-events" in each)
    program = re.search(r"python3 -c '\n?(.*?)'\)\"", block, flags=re.DOTALL)
    assert program
    printed: list[str] = []
    monkeypatch.chdir(ROOT)
    scope = {"print": printed.append}
    exec(compile(program.group(1), "README.md", "exec"), scope)  # noqa: S102 - it is our own README
    (entry,) = json.loads(printed[0])
    assert entry["DetailType"] == "Booking Created"
    assert json.loads(entry["Detail"])["booking_id"]
