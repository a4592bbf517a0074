"""Holds that the page for recipient runs the stack names each alarm and queue of the template."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.template import checks

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TEMPLATE = checks.load()
CODE = ROOT / "layers" / "bookflow" / "python" / "bookflow"
FUNCTION_ERRORS = "-errors"


def names(key: str) -> list[str]:
    """Return the names that resources of the template get, without the stack's."""
    found = [resource.get("Properties", {}) for resource in TEMPLATE["Resources"].values()]
    return [
        each[key]["Fn::Sub"].removeprefix("${AWS::StackName}-") for each in found if key in each
    ]


def test_the_template_has_alarms_and_dead_letter_queues() -> None:
    assert len(names("AlarmName")) > 20
    assert len([name for name in names("QueueName") if name.endswith("-dead")]) > 4


@pytest.mark.parametrize("alarm", names("AlarmName"))
def test_each_alarm_is_reported(alarm: str) -> None:
    assert f"`{alarm}`" in PAGE or f"`{alarm.removesuffix(FUNCTION_ERRORS)}`" in PAGE


@pytest.mark.parametrize("queue", [n for n in names("QueueName") if n.endswith("-dead")])
def test_each_dead_letter_queue_is_reported(queue: str) -> None:
    assert f"`{queue}`" in PAGE


def test_each_metric_is_reported() -> None:
    alarms = checks.resources(TEMPLATE, "AWS::CloudWatch::Alarm").values()
    alarmed = [each["MetricName"] for each in alarms if each.get("Namespace") == "Bookflow"]
    sources = (path.read_text() for path in CODE.rglob("*.py"))
    counted = [name for text in sources for name in re.findall(r'counter\.count\("(\w+)"', text)]
    assert {"ExecutionsFailed", "RemindersLate"} <= set(alarmed)
    assert {"ExecutionsFailed", "SurveysAnnouncedLater"} <= set(counted)
    assert not [metric for metric in {*alarmed, *counted} if f"`{metric}`" not in PAGE]
