"""Each action's real handler, killed after each of its calls in turn: no effect happens twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import count
from typing import Any

import pytest
from botocore.client import BaseClient

from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.bootstrap import Services, services
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution, ReasonCode, Step, StepStatus
from bookflow.domain.shared.errors import OutcomeUnknownError
from bookflow.domain.webhooks.secrets import Secret
from tests.actions import ACTIONS
from tests.fakes import Crash
from tests.integration.handlers.stack import OwnLocation, Stack, call_name
from tests.unit.runtime.samples import graph

HOSTS = ("127.0.0.1",)
"""Of the receiver, which the stack's list of loopback receivers names."""

SENDS = frozenset({"SendEmail", "Publish", "http"})
BEGINS = ("effect:PutItem", "effect:TransactWriteItems")
"""An effect begins alone, or with the message that it sends."""


class Death:
    """Kills the process right after one of its calls of the outside world.

    Attributes:
        calls: The calls made, by the name of their operation; effects of Powertools are reported
            apart by their table.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.at: int | None = None

    def after(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self.at:
            raise Crash(name)


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Iterator[Death]:
    watch = Death()
    call, send = BaseClient._make_api_call, GuardedHttpSender.send  # type: ignore[attr-defined]

    def counted(self: Any, operation: str, params: Mapping[str, Any]) -> Any:
        answer = call(self, operation, params)
        watch.after(call_name(operation, params))
        return answer

    def counted_send(self: Any, request: Any) -> Any:
        answer = send(self, request)
        watch.after("http")
        return answer

    @cache
    def client(service: str, tries: int) -> Any:
        return make(services(), service, tries=tries)

    make = Services._client
    with monkeypatch.context() as patched:
        # A new process makes new clients, which takes moto longer than all else.
        patched.setattr(Services, "_client", lambda _, name, *, tries=3: client(name, tries))
        patched.setattr(BaseClient, "_make_api_call", counted)
        patched.setattr(GuardedHttpSender, "send", counted_send)
        yield watch


class Rehearsal:
    """One step of one action, run by its handler as often as a test wants."""

    def __init__(self, stack: Stack, place: OwnLocation, node_type: str, death: Death) -> None:
        self._stack, self._place, self._type, self._death = stack, place, node_type, death
        config = dict(ACTIONS[node_type].config)
        if node_type == "webhook":
            config["url"] = f"{stack.receiver_url}/hook"
            config["headers"] = {"X-Crm": "{{ secret.crm_token }}"}
        self._config = config
        self._number = 0
        self._seen = (0, 0, 0)

    def begin(self, number: int) -> None:
        """Let a booking of its own arrive, and claim a run without a machine behind it."""
        self._number = number
        node = {"id": "step", "type": self._type, "config": self._config}
        ports, event = self._stack.ports, self._place.event(**self._names)
        ports.bookings.record(parse_event(event))
        workflow_id = "wf-step"
        if number == 0:
            self._place.publish(workflow_id, graph(node))
        ports.executions.claim(
            Execution(
                location_id=self._place.id,
                id=self.execution_id,
                workflow_id=workflow_id,
                version=1,
                event_id=self._names["event_id"],
                event_type="Booking Created",
                event_data=event["detail"],
                booking_id=self._names["booking_id"],
                started_at=ports.clock.now(),
            )
        )

    @property
    def execution_id(self) -> str:
        return f"ex_{self._type}_{self._number}"

    @property
    def _names(self) -> dict[str, Any]:
        return {
            "event_id": f"evt-{self._number}",
            "booking_id": f"bk-{self._number}",
            "booking": {"id": f"bk-{self._number}", "confirmation_code": f"CODE-{self._number}"},
        }

    def run(self, attempt: int, crash_after: int | None = None) -> list[str]:
        """Start the function anew and call it; return the calls that it made."""
        services.cache_clear()
        reference = {
            "location_id": self._place.id,
            "execution_id": self.execution_id,
            "workflow_id": "wf-step",
            "version": 1,
        }
        payload = {
            "schema_version": 2,
            "execution": reference,
            "node": {"id": "step", "type": self._type},
        }
        self._death.calls, self._death.at = [], crash_after
        try:
            self._stack.handlers[self._type](payload, None)
        finally:
            self._death.at = None
        return self._death.calls

    def step(self) -> Step:
        (step,) = self._stack.ports.executions.steps(self._place.id, self.execution_id)
        return step

    def effects(self) -> Mapping[str, int]:
        """Return how often each kind of thing happened since this was last asked."""
        ports, booking_id = self._stack.ports, self._names["booking_id"]
        context = ports.bookings.context(self._place.id, booking_id)
        assert context is not None
        assert context.booking is not None
        bodies = [json.loads(body) for body in self._stack.queue.take()]
        tasks = [
            task
            for task in ports.tasks.list(self._place.id).items
            if task.execution_id == self.execution_id
        ]
        emails = len(self._stack.emails("ada@example.com"))
        texts = len(self._stack.texts("+4915123456789"))
        requests = len(self._stack.received)
        before, self._seen = self._seen, (emails, texts, requests)
        return {
            "emails": emails - before[0],
            "texts": texts - before[1],
            "requests": requests - before[2],
            "notes": len(ports.notes.list(self._place.id, booking_id).items),
            "tasks": len(tasks),
            "events": len({body["detail"]["event_id"] for body in bodies}),
            "cancelled": int(context.booking.status == "cancelled"),
        }


@pytest.mark.parametrize("node_type", sorted(ACTIONS))
def test_a_crash_after_any_call_has_one_effect_or_an_unknown_one(
    node_type: str, stack: Stack, place: OwnLocation, death: Death
) -> None:
    place.texts()
    if node_type == "webhook":
        stack.ports.secrets.put(place.id, "crm_token", Secret("tok-0123456789", hosts=HOSTS))
    rehearsal = Rehearsal(stack, place, node_type, death)
    rehearsal.begin(0)
    rehearsal.effects()
    calls = list(rehearsal.run(0))
    once = rehearsal.effects()
    assert {kind: times for kind, times in once.items() if times} == ACTIONS[node_type].effects
    assert rehearsal.step().status is StepStatus.COMPLETED
    for number in count(1):
        rehearsal.begin(number)
        try:
            made = rehearsal.run(0, crash_after=number)
        except Crash:
            made_calls = list(death.calls)
            last = made_calls[-1]
        else:
            break
        # Between the record that an effect begins and the one that it ended, nobody can know.
        begun = sum(made_calls.count(each) for each in BEGINS)
        is_unknown = begun > made_calls.count("effect:UpdateItem")
        if is_unknown:
            with pytest.raises(OutcomeUnknownError):
                rehearsal.run(1)
            assert "left no record of how it ended" in str(rehearsal.step().error_message)
            assert rehearsal.step().status is StepStatus.FAILED
            assert rehearsal.step().reason_code is ReasonCode.OUTCOME_UNKNOWN
            assert "Check at the receiver" in str(rehearsal.step().error_message)
        else:
            rehearsal.run(1)
            assert rehearsal.step().status is StepStatus.COMPLETED
        happened = rehearsal.effects()
        for kind, times in happened.items():
            assert times <= once[kind], (number, last, kind)
            assert is_unknown or times == once[kind], (number, last, kind)
        assert last not in SENDS or sum(happened.values()) >= 1
    # Each of the calls was the last one once; the first time may take two more, for a key.
    assert number == len(made) + 1
    assert len(calls) <= len(made) + 2
