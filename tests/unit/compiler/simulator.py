"""Plays compiled machines in memory, in any order that parallel branches may take.

It knows just the states and paths that the compiler emits. The integration tests play the same
kind of graphs on moto's interpreter; this one is a thousand times faster and reaches interleavings
that threads hardly ever show.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bookflow.domain.workflows.joins import JoinState

State = dict[str, Any]
Behaviour = Callable[[str], str]
FAILED = "failed"
WAITS = 2
"""Waits of a delay that follows its booking."""
NOTHING = "nothing follows"


class StateError(Exception):
    """An error as a state reports it."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(name, cause)
        self.name = name
        self.cause = cause


@dataclass
class Play:
    """What a run came to.

    Attributes:
        ran: Nodes called, in order.
        before_delays: Nodes called before the first delay was over; None if none was waited for.
        order: (begin or end, node) as the calls went.
        states: Names of the states entered.
    """

    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    ran: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    before_delays: list[str] | None = None
    order: list[tuple[str, str]] = field(default_factory=list)


def select(path: str, data: Any) -> list[Any]:
    """Return what a JSONPath selects."""
    found = [data]
    for name, index in re.findall(r"\.([^.\[]+)|\[(\*|\d+)\]", path):
        if name:
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
        elif index == "*":
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            at = int(index)
            found = [value[at] for value in found if isinstance(value, list) and at < len(value)]
    return found


def read(path: str, data: Any) -> Any:
    found = select(path, data)
    if "[*]" in path:
        return found
    if not found:
        raise StateError("States.Runtime", f"nothing at {path}")
    return found[0]


def template(value: Any, data: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [template(item, data, context) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {}
    for key, item in value.items():
        if not key.endswith(".$"):
            filled[key] = template(item, data, context)
        elif item.startswith("$$"):
            filled[key[:-2]] = read(item[1:], context)
        elif item.startswith("States."):
            text = json.dumps(data["failure"], separators=(",", ":"))
            filled[key[:-2]] = [text.split("[")[0]]
        else:
            filled[key[:-2]] = read(item, data)
    return filled


def put(data: Any, path: str | None, value: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return value
    data = copy.deepcopy(data)
    at = data
    *parents, last = path[2:].split(".")
    for name in parents:
        at = at.setdefault(name, {})
    at[last] = value
    return data


class Simulator:
    """One run of one machine."""

    def __init__(self, definition: State, behave: Behaviour, chance: random.Random) -> None:
        self._definition = definition
        self._behave = behave
        self._chance = chance
        self._joins: dict[str, JoinState] = {}
        self._tokens = 0
        self._asked: dict[str, int] = {}
        self._delays_over = False
        self.play = Play()

    def run(self, start_input: Any) -> Play:
        thread = self._machine(self._definition, start_input)
        try:
            for steps, moved in enumerate(thread):
                assert steps < 100_000, "never ends"
                if not moved and not self._delays_over:
                    # Nothing moves any more but the clock: delays end now, all at once.
                    self.play.before_delays = list(self.play.ran)
                    self._delays_over = True
        except StateError as error:
            self.play.status, self.play.error, self.play.cause = "FAILED", error.name, error.cause
        else:
            self.play.status = "SUCCEEDED"
        return self.play

    def _machine(self, machine: State, data: Any) -> Generator[bool, None, Any]:
        """Play a list of states; yields True for progress, False while it waits."""
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self.play.states.append(name)
            yield True
            kind = state["Type"]
            following = state.get("Next")
            if kind == "Succeed":
                return data
            if kind == "Fail":
                raise StateError(state["Error"], read(state["CausePath"], data))
            if kind == "Choice":
                following = next(
                    (rule["Next"] for rule in state["Choices"] if self._matches(rule, data)),
                    state["Default"],
                )
            elif kind == "Pass":
                data = (
                    state["Result"]
                    if "Result" in state
                    else template(state["Parameters"], data, {})
                )
            elif kind == "Wait":
                assert read(state["TimestampPath"], data)
                while not self._delays_over:
                    yield False
            else:
                work = (
                    self._parallel(state, data) if kind == "Parallel" else self._task(state, data)
                )
                try:
                    result = yield from work
                except StateError as error:
                    catch = next(
                        (
                            each
                            for each in state.get("Catch", ())
                            if {error.name, "States.ALL"} & set(each["ErrorEquals"])
                        ),
                        None,
                    )
                    if catch is None:
                        raise
                    caught = {"Error": error.name, "Cause": error.cause}
                    data = put(data, catch["ResultPath"], caught)
                    name = catch["Next"]
                    continue
                if "ResultSelector" in state:
                    result = template(state["ResultSelector"], result, {})
                data = put(data, state.get("ResultPath", "$"), result)
            if "OutputPath" in state:
                data = read(state["OutputPath"], data)
            if state.get("End"):
                return data
            assert following is not None
            name = following

    def _matches(self, rule: State, data: Any) -> bool:
        if "Or" in rule:
            return any(self._matches(part, data) for part in rule["Or"])
        found = select(rule["Variable"], data)
        if "IsPresent" in rule:
            return bool(found) == bool(rule["IsPresent"])
        assert found, f"the choice reads {rule['Variable']}, which is not there"
        return bool(found[0] == rule["StringEquals"])

    def _parallel(self, state: State, data: Any) -> Generator[bool, None, Any]:
        branches = dict(enumerate(state["Branches"]))
        running = {
            at: self._machine(branch, copy.deepcopy(data)) for at, branch in branches.items()
        }
        results: dict[int, Any] = {}
        while running:
            order = list(running)
            self._chance.shuffle(order)
            moved = False
            for at in order:
                try:
                    moved = next(running[at])
                except StopIteration as done:
                    results[at] = done.value
                    del running[at]
                    moved = True
                if moved:
                    break
            yield moved
        return [results[at] for at in branches]

    def _task(self, state: State, data: Any) -> Generator[bool, None, Any]:
        self._tokens += 1
        token = f"token-{self._tokens}"
        context = {"State": {"RetryCount": 0}, "Task": {"Token": token}}
        payload = template(state["Parameters"], data, context)
        if "Payload" in payload:
            payload = payload["Payload"]
            join = payload["join"]
            before = self._joins.get(join, JoinState())
            assert before.token is None, f"{join} waits twice"
            self._joins[join] = before.wait(payload["token"], payload["expected"])
            waited = 0
            while (outcome := self._joins[join].outcome()) is None:
                waited += 1
                assert waited < 10_000, f"{join} waits for ever: {self._joins[join]}"
                yield False
            return {"decision": str(outcome)}
        if payload.get("op") == "join_arrive":
            for join, decisions in payload["decisions"].items():
                known = self._joins.get(join, JoinState())
                assert not set(known.decided) & set(decisions), f"{decisions} decided twice"
                self._joins[join] = known.arrive(decisions)
            return {}
        node = payload["node"]
        assert read(state["TimeoutSecondsPath"], data) > 0
        if self._asked.get(node["id"], 0) == 0:
            self.play.ran.append(node["id"])
            self.play.order.append(("begin", node["id"]))
        yield True
        self.play.order.append(("end", node["id"]))
        handle = self._behave(node["id"])
        if handle == FAILED:
            raise StateError("PermanentError", "refused [by a test]")
        if handle == NOTHING:
            raise StateError("NothingFollows", "skipped [by a test]")
        if payload.get("op") == "delay_until":
            waited = self._asked.get(node["id"], 0)
            self._asked[node["id"]] = waited + 1
            following = "wait" if waited < WAITS else "go"
            return {"until": "2020-01-01T00:00:00Z", "next": following}
        if payload.get("op") == "delay":
            return {"until": "2020-01-01T00:00:00Z"}
        return {"handle": node.get("cases", {}).get(handle, handle)}
