"""After a deploy with a newer compiler, enabled workflows move to new machines, a second apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.compiler import contract
from bookflow.domain.compiler.compiled import COMPILER_VERSION
from bookflow.domain.shared.errors import ConflictError
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.workflows import renew_machines
from bookflow.use_cases.workflows.publish import Publisher
from bookflow.use_cases.workflows.renew_machines import LONGEST, MachineRenewal
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, TARGET, event, graph, new_ports, publish

NEWER = COMPILER_VERSION + 1


def deploy_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "COMPILER_VERSION", NEWER)
    monkeypatch.setattr(renew_machines, "COMPILER_VERSION", NEWER)


def with_workflows(number: int) -> FakePorts:
    """Return ports with enabled workflows, each of another shape."""
    ports = new_ports()
    for length in range(1, number + 1):
        nodes = [{**NOTE, "id": f"note-{place}"} for place in range(length)]
        publish(ports, f"wf-{length}", graph(*nodes))
    return ports


def renew(ports: FakePorts) -> dict[str, int]:
    def sleep(seconds: float) -> None:
        ports.clock.advance(seconds=seconds)

    return dict(MachineRenewal(ports, TARGET, sleep=sleep).run())


def versions(ports: FakePorts) -> set[int]:
    """Return the versions of the compiler that enabled workflows run on."""
    used = ports.workflows.subscriptions(LOCATION_ID)
    return {contract.compiler_version_of(each.machine_arn) for each in used}


def test_nothing_is_done_while_the_compiler_stays_the_same() -> None:
    ports = with_workflows(3)
    before = ports.workflows.subscriptions(LOCATION_ID)
    assert renew(ports) == {}
    assert ports.workflows.subscriptions(LOCATION_ID) == before


def test_enabled_workflows_move_and_executions_in_flight_finish_on_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = with_workflows(2)
    under_way = Dispatcher(ports).dispatch(event())
    deploy_newer(monkeypatch)
    began = ports.clock.now()
    assert renew(ports) == {"renewed": 2}
    assert ports.clock.now() - began >= timedelta(seconds=2)
    assert versions(ports) == {NEWER}
    for used in ports.workflows.subscriptions(LOCATION_ID):
        workflow = ports.workflows.get(LOCATION_ID, used.workflow_id)
        assert workflow.enabled
        assert workflow.published_version == used.version == 2
        version = ports.workflows.version(LOCATION_ID, used.workflow_id, 2)
        assert version.machine_arn == used.machine_arn
        assert version.graph == ports.workflows.version(LOCATION_ID, used.workflow_id, 1).graph
    for execution in under_way:
        assert execution.machine_arn in ports.machines.definitions
        # A redelivery meets its claim, and starts the machine that was pinned.
        assert ports.executions.get(LOCATION_ID, execution.id).version == 1
    started = set(ports.machines.started)
    Dispatcher(ports).dispatch(event())
    assert set(ports.machines.started) == started
    assert renew(ports) == {}


def test_a_disabled_workflow_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = with_workflows(1)
    publisher = Publisher(ports, TARGET)
    publisher.set_enabled(LOCATION_ID, "wf-1", False, based_on=revision(ports, "wf-1"))
    deploy_newer(monkeypatch)
    assert renew(ports) == {}


def revision(ports: FakePorts, workflow_id: str) -> int:
    return ports.workflows.get(LOCATION_ID, workflow_id).revision


def test_a_pass_ends_in_time_and_the_next_one_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = with_workflows(5)
    deploy_newer(monkeypatch)
    monkeypatch.setattr(renew_machines, "SECONDS_A_MACHINE", LONGEST.total_seconds() / 2)
    assert renew(ports) == {"renewed": 2}
    assert versions(ports) == {COMPILER_VERSION, NEWER}
    assert renew(ports) == {"renewed": 2}
    assert renew(ports) == {"renewed": 1}
    assert versions(ports) == {NEWER}


def test_a_crash_after_any_call_is_resumed_by_the_next_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = 0
    while True:
        number += 1
        with monkeypatch.context() as deployed:
            ports = with_workflows(2)
            deploy_newer(deployed)
            ports.crash_after(number)
            try:
                renew(ports)
            except Crash:
                renew(ports)
            else:
                break
            assert versions(ports) == {NEWER}
            for used in ports.workflows.subscriptions(LOCATION_ID):
                assert used.version == 2
    assert number > 6


def test_a_workflow_that_fails_keeps_no_other_from_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = with_workflows(3)
    deploy_newer(monkeypatch)
    ports.fail_next("workflows.publish", ConflictError("another save came first"))
    assert renew(ports) == {"unrenewed": 1, "renewed": 2}
    assert renew(ports) == {"renewed": 1}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        (f"bookflow-dev-wf-04-{'a1' * 14}b", 4),
        (f"arn:aws:states:eu-central-1:1:stateMachine:s-wf-12-{'0' * 29}", 12),
        ("bookflow-dev-wf-" + "0f" * 16, 0),
        ("", 0),
    ],
)
def test_a_machine_s_name_says_which_compiler_made_it(name: str, version: Any) -> None:
    assert contract.compiler_version_of(name) == version
