"""What a starting function leaves for later: models, and the parts that its first event may not need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.unit.template.checks import ROOT

LAYER = ROOT / "layers" / "bookflow" / "python"
ASK = """
import sys
import app
from bookflow.bootstrap import services
from pydantic import BaseModel

services().bookings, services().machines

def below(model):
    for each in model.__subclasses__():
        yield each
        yield from below(each)

print(*(f"model {m.__name__}" for m in below(BaseModel) if m.__pydantic_complete__), sep="\\n")
print(*sys.modules, sep="\\n")
"""
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "BOOKFLOW_TABLE": "table",
    "BOOKFLOW_IDEMPOTENCY_TABLE": "effects",
    "BOOKFLOW_EVENT_BUS": "bus",
    "PATH": os.environ["PATH"],
}


@pytest.fixture(scope="module")
def dispatcher() -> set[str]:
    """What the dispatcher has once its code is imported and its clients are made."""
    path = os.pathsep.join(map(str, (ROOT / "functions" / "dispatcher", LAYER)))
    command = [sys.executable, "-B", "-c", ASK]
    environment = ENVIRONMENT | {"PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


def test_no_model_is_built(dispatcher: set[str]) -> None:
    assert not {each for each in dispatcher if each.startswith("model ")}


@pytest.mark.parametrize(
    "module",
    [
        "boto3",
        "bookflow.domain.compiler",
        "bookflow.domain.flow.conditions",
        "bookflow.domain.reminders.eligibility",
        "bookflow.use_cases.reminders.plan_reminders",
        "bookflow.domain.rendering",
        "bookflow.domain.webhooks.url_policy",
        "babel",
        "httpx",
        "jinja2",
        "phonenumbers",
    ],
)
def test_what_few_events_need_is_not_imported(dispatcher: set[str], module: str) -> None:
    assert module not in dispatcher


def test_the_names_are_those_of_modules() -> None:
    """A name that no longer exists would pass above for ever."""
    assert (LAYER / "bookflow/domain/flow/conditions").is_dir()
    assert (LAYER / "bookflow/domain/reminders/eligibility.py").is_file()
    assert (LAYER / "bookflow/use_cases/reminders/plan_reminders.py").is_file()
    assert (LAYER / "bookflow/domain/webhooks/url_policy").is_dir()
    assert (LAYER / "bookflow/domain/rendering").is_dir()
    assert (LAYER / "bookflow/domain/compiler").is_dir()
