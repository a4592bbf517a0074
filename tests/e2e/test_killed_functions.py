"""Functions are killed while they work: every execution ends by itself, and nothing happens twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode
from bookflow.domain.shared.pagination import pages
from bookflow.domain.staff.tasks import Task
from bookflow.ports import TaskFilter
from local.stack import LocalStack
from tests.e2e.location import OwnLocation

CREATED = {"event": "Booking Created"}
KILLED = ("add_booking_note", "create_task", "flow", "webhook")
"""Functions of steps. A killed dispatcher gets its events again when the queue shows them again, which
takes minutes; `tests/integration/handlers/test_wire.py` kills it at each of its writes."""

PAUSE_SECONDS = 3.0
LIMIT_SECONDS = 900.0


@dataclass
class Killer:
    """Kills a random process of the functions under test again and again.

    Attributes:
        killed: How often each function was killed.
    """

    stack: LocalStack
    killed: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        chance = random.Random(7)  # noqa: S311 - it hides nothing
        while not self._over.wait(PAUSE_SECONDS):
            workers = list(self._workers())
            if workers:
                pid, name = chance.choice(workers)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed[name] += 1

    def stop(self) -> None:
        self._over.set()

    def _workers(self) -> Iterator[tuple[int, str]]:
        """Yield the processes of functions of this emulator, by their folder's name."""
        listed = subprocess.run(
            ["/bin/ps", "-A", "-ww", "-o", "pid=,pgid=,args="],
            capture_output=True,
            text=True,
            check=True,
        )
        group = self.stack.emulator.process_group
        for line in listed.stdout.splitlines():
            pid, pgid, command = line.split(None, 2)
            found = re.search(r"ministack-lambda-\S*?-(" + "|".join(KILLED) + r")-", command)
            if int(pgid) == group and found:
                yield int(pid), found[1]


@pytest.fixture
def killer(stack: LocalStack) -> Iterator[Killer]:
    running = Killer(stack)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield running
    finally:
        running.stop()
        thread.join()


def ended(place: OwnLocation, workflow_id: str, event_ids: list[str]) -> list[Execution]:
    waiting = list(event_ids)
    found: list[Execution] = []

    def find() -> list[Execution] | None:
        while waiting:
            execution = place.execution(waiting[0], workflow_id)
            if execution is None or not execution.status.is_final:
                return None
            found.append(execution)
            del waiting[0]
        return found

    return place.stack.wait_until(find, LIMIT_SECONDS, f"the ends of {workflow_id}")


ONE_DIES_AT_ITS_START = """
import io, json, pathlib, sys, threading, time, zipfile
from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from local.patches import lambda_failed_start

lambda_failed_start.apply()
going, may_end = map(pathlib.Path, sys.argv[1:])
arn = "arn:aws:lambda:eu-west-1:000000000000:function:f"
config = {"FunctionName": "f", "FunctionArn": arn, "Runtime": "python3.13", "Handler": "app.handler"}

def call(code):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", code)
    function = {"config": config, "code_zip": archive.getvalue()}
    return lambda_svc._execute_function_warm(function, {}, "r-1")

at_work = '''
import pathlib, time
def handler(event, context):
    pathlib.Path("%s").touch()
    while not pathlib.Path("%s").exists():
        time.sleep(0.01)
    return "done"
''' % (going, may_end)
answers = []
other = threading.Thread(target=lambda: answers.append(call(at_work)))
other.start()
while not going.exists():
    time.sleep(0.01)
answers.append(call("import os; os._exit(9)"))
may_end.touch()
other.join()
print(json.dumps([each["body"] for each in answers]))
lambda_runtime.reset()
"""


def test_a_process_that_dies_at_its_start_leaves_the_others_of_its_function_alone(
    stack: LocalStack, tmp_path: Path
) -> None:
    finished = subprocess.run(
        [
            str(stack.paths.emulator_venv / "bin" / "python"),
            *("-c", ONE_DIES_AT_ITS_START),
            *(str(tmp_path / "going"), str(tmp_path / "may-end")),
        ],
        cwd=stack.paths.root,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "MINISTACK_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    failed, done = json.loads(finished.stdout.splitlines()[-1])
    assert failed["errorMessage"].startswith("Worker process exited immediately")
    assert done == "done"


@pytest.mark.parametrize("number", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_every_execution_ends_though_they_are_killed(
    place: OwnLocation, killer: Killer, number: int
) -> None:
    place.workflow(
        "keeping",
        CREATED,
        {
            "note": {"type": "add_booking_note", "config": {"note": "{{ event.event_id }}"}},
            "if": {
                "type": "condition",
                "config": {
                    "rule": {
                        "variable": "steps.note.status",
                        "operator": "equals",
                        "value": "completed",
                    }
                },
            },
            "task": {"type": "create_task", "config": {"title": "Call {{ event.event_id }}"}},
        },
        "trigger>note",
        "note>if",
        "if.true>task",
    )
    place.workflow(
        "telling",
        CREATED,
        {"crm": {"type": "webhook", "config": place.webhook("crm")}},
        "trigger>crm",
    )
    events = [
        place.created(booking_id=f"bk-{at}", booking={"id": f"bk-{at}"}) for at in range(number)
    ]
    for start in range(0, number, 10):
        place.put(*events[start : start + 10])
    event_ids = [event["detail"]["event_id"] for event in events]
    keeping = ended(place, "keeping", event_ids)
    telling = ended(place, "telling", event_ids)
    killer.stop()
    assert sum(killer.killed.values()) > 0
    failed = [
        each.error_message for each in keeping if each.status is not ExecutionStatus.COMPLETED
    ]
    assert failed == [], killer.killed
    for at, event_id in enumerate(event_ids):
        assert place.notes(f"bk-{at}") == [f"[Workflow] {event_id}"]
    titles = Counter(task.title for task in all_tasks(place))
    assert titles == {f"Call {event_id}": 1 for event_id in event_ids}
    requests = Counter(request.json()["data"]["event_id"] for request in place.requests("crm"))
    assert max(requests.values()) == 1, "doubled"
    for execution in telling:
        step = place.steps(execution)["crm"]
        if execution.status is ExecutionStatus.COMPLETED:
            assert requests[execution.event_id] == 1, "lost in silence"
        else:
            # Killed between the request and its record: nobody can know, and the step says so.
            assert step.reason_code is ReasonCode.OUTCOME_UNKNOWN, execution.error_message


def all_tasks(place: OwnLocation) -> list[Task]:
    listed = partial(place.services.tasks.list, place.id, TaskFilter())
    return [task for page in pages(listed) for task in page.items]
