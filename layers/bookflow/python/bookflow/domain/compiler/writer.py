"""Writes the states of a machine: for a node, a split, a join, and the targets between."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bookflow.domain.compiler import states
from bookflow.domain.compiler.compiled import MAX_DEFINITION_BYTES, too_large
from bookflow.domain.compiler.flow_graph import FlowGraph, slot
from bookflow.domain.compiler.retriers import ANY_ERROR, retriers_of
from bookflow.domain.compiler.states import (
    ACTIVE,
    HANDLE_PATH,
    INACTIVE,
    STOPPED,
    TAKEN_PATH,
    Rule,
    State,
)
from bookflow.domain.compiler.targets import Branch, BranchScope, Entries, Part, Target, Targets
from bookflow.domain.compiler.tokens import Tokens
from bookflow.domain.workflows.graph import (
    DELAY_UNTIL,
    ERROR_HANDLE,
    FLOW_NODES,
    NO_HANDLE,
    SUCCESS_HANDLE,
    Node,
)


class Writer:
    """Puts states into scopes; what leads where is decided by its caller.

    Args:
        graph: The graph.
        tokens: Its edges into joins of other branches.
        function_arn_prefix: What the functions' ARNs begin with.
        asking_for_waits: Node types whose function may ask to be retried after a wait.
    """

    def __init__(
        self,
        graph: FlowGraph,
        tokens: Tokens,
        function_arn_prefix: str,
        asking_for_waits: Collection[str],
    ) -> None:
        self._graph = graph
        self._tokens = tokens
        self._prefix = function_arn_prefix
        self._flow_arn = function_arn_prefix + states.FLOW_FUNCTION
        self._asking_for_waits = asking_for_waits
        self._names: set[str] = set()
        self._asked_again: set[int] = set()
        """Nodes whose handle the branches after them ask for once more."""
        self._arrivals_size = 0

    def place(self, number: int, entries: Entries, part: Part) -> None:
        """Write the states of a node, which continues at the target of the handle that it takes."""
        scope, stopped = part.scope, part.targets.stopped
        if self._tokens.leave(number):
            entries, stopped = self._with_own(number, entries, stopped)
        name, node = slot(number), self._graph.nodes[number]
        if number in self._graph.decided:
            scope.states[name] = self._choice(scope, name, _decision_path(number), entries)
            return
        is_flow = node.type in FLOW_NODES
        task = states.task(
            self._flow_arn if is_flow else self._prefix + node.type,
            name,
            node.operation if is_flow else None,
            retriers_of(node.retry, asks_for_waits=node.type in self._asking_for_waits),
        )
        if catchers := self._catchers(number, entries, stopped, scope):
            task["Catch"] = catchers
        scope.states[name] = task
        if node.type != "delay":
            task |= self._taking(number, entries, scope)
        elif node.operation == DELAY_UNTIL:
            task |= self._waiting_until(number, entries[SUCCESS_HANDLE], scope)
        else:
            task |= self._waiting(number, entries[SUCCESS_HANDLE], scope)

    def _with_own(self, number: int, entries: Entries, stopped: Target) -> tuple[Entries, Target]:
        """Add the decisions about the node's own edges into joins."""
        own_entries = {
            handle: onward.reporting(self._tokens.own(number, handle))
            for handle, onward in entries.items()
        }
        below = self._tokens.settled(self._graph.children[number], STOPPED)
        return own_entries, stopped.reporting(self._tokens.own(number, None) + below)

    def _catchers(
        self, number: int, entries: Entries, stopped: Target, scope: BranchScope
    ) -> list[State]:
        """Return what a node's Task catches; a failure at the top may simply fail the execution."""
        name, node = slot(number), self._graph.nodes[number]
        catchers: list[State] = []
        if node.type == "delay":
            nothing = self.goto(scope, entries[NO_HANDLE], f"{name}.nothing")
            catchers.append(states.catcher(states.NOTHING_FOLLOWS_ERROR, nothing))
        if ERROR_HANDLE in entries:
            failed = self.goto(scope, entries[ERROR_HANDLE], f"{name}.on_error")
            keep = TAKEN_PATH if number in self._asked_again else None
            catchers.append(states.catcher(ANY_ERROR, failed, keep))
        elif node.on_failure == "continue":
            onward = entries.get(SUCCESS_HANDLE) or entries[NO_HANDLE]
            passed = self.goto(scope, onward, f"{name}.continue")
            catchers.append(states.catcher(ANY_ERROR, passed))
        elif not scope.is_top:
            # What follows stops, the siblings finish.
            ended = self.goto(scope, stopped, f"{name}.stop", caught=True)
            catchers.append(states.catcher(ANY_ERROR, ended, f"$.failure.{name}"))
        return catchers

    def _taking(self, number: int, entries: Entries, scope: BranchScope) -> State:
        """Return how the Task of an action, a condition or a switch continues by its result."""
        name, node = slot(number), self._graph.nodes[number]
        kept = {"handle": SUCCESS_HANDLE} if node.is_action else {"handle.$": "$.handle"}
        chosen = {
            handle: onward
            for handle, onward in entries.items()
            if handle in _results(node, entries)
        }
        if len(set(chosen.values())) > 1:
            following = self.unique(f"{name}.choice")
            scope.states[following] = self._choice(scope, name, HANDLE_PATH, chosen)
            return {"Next": following, "ResultPath": TAKEN_PATH, "ResultSelector": kept}
        onward = next(iter(chosen.values()))
        if number in self._asked_again and not onward.is_plain_end:
            following = self.goto(scope, onward, name)
            return {"Next": following, "ResultPath": TAKEN_PATH, "ResultSelector": kept}
        return self._then(scope, onward, name)

    def _waiting(self, number: int, onward: Target, scope: BranchScope) -> State:
        """Write the Wait of a delay; return how its Task continues."""
        name = slot(number)
        wait_name = self.unique(f"{name}.wait")
        scope.states[wait_name] = wait = states.wait()
        kept: State = {"until.$": "$.until"}
        if number in self._asked_again:
            kept["handle"] = SUCCESS_HANDLE
        if not onward.is_plain_end:
            wait["Next"] = self.goto(scope, onward, wait_name)
        else:
            wait["End"] = True
            scope.ends.add(onward.outcome)
            if not scope.is_top:
                # A Wait cannot make an output, so the Task before it prepares the branch's.
                kept |= states.OUTCOMES[onward.outcome]
                wait["OutputPath"] = TAKEN_PATH
        return {"Next": wait_name, "ResultPath": TAKEN_PATH, "ResultSelector": kept}

    def _waiting_until(self, number: int, onward: Target, scope: BranchScope) -> State:
        """Write the states of a delay that is asked again after each wait; return how its Task continues.

        Its booking may have moved meanwhile.
        """
        name = slot(number)
        wait_name, next_name = self.unique(f"{name}.wait"), self.unique(f"{name}.next")
        again = states.when_equal(f"{TAKEN_PATH}.next", ["wait"], wait_name)
        scope.states[next_name] = states.choice([again], self.goto(scope, onward, name))
        scope.states[wait_name] = {**states.wait(), "Next": name}
        kept = {"next.$": "$.next", "until.$": "$.until"}
        if number in self._asked_again:
            kept["handle"] = SUCCESS_HANDLE
        return {"Next": next_name, "ResultPath": TAKEN_PATH, "ResultSelector": kept}

    def _then(self, scope: BranchScope, onward: Target, base: str) -> State:
        """Return how a state continues whose own result is of no use."""
        if onward.is_plain_end:
            return self._ending(scope, onward.outcome)
        return {"Next": self.goto(scope, onward, base), "ResultPath": None}

    def _ending(self, scope: BranchScope, outcome: str) -> State:
        """Return how a state ends the branch, which puts the outcome out, or the execution."""
        scope.ends.add(outcome)
        if scope.is_top:
            return {"End": True, "ResultPath": None}
        return {"End": True, "ResultSelector": states.OUTCOMES[outcome]}

    def gate(self, scope: BranchScope, head: int, targets: Entries) -> str:
        """Return the state that starts a branch: a Choice where the handles differ."""
        base = f"{scope.name}.gate"
        if len(set(targets.values())) == 1:
            return self.goto(scope, next(iter(targets.values())), base)
        name = self.unique(base)
        variable = HANDLE_PATH
        if head in self._graph.decided:
            variable = _decision_path(head)
        else:
            self._asked_again.add(head)
        scope.states[name] = self._choice(scope, name, variable, targets)
        return name

    def _choice(self, scope: BranchScope, base: str, variable: str, targets: Entries) -> State:
        """Return a Choice by the handle that a variable holds."""
        by_target: dict[Target, list[str]] = {}
        for handle, onward in targets.items():
            by_target.setdefault(onward, []).append(handle)
        fallback = targets.get(NO_HANDLE) or list(targets.values())[-1]
        rules: list[Rule] = []
        if ERROR_HANDLE in targets:
            # The caught error has taken the place of the handle.
            failed = self.goto(scope, targets[ERROR_HANDLE], f"{base}.{ERROR_HANDLE}")
            rules.append(states.when_present(variable, False, failed))
        for onward, handles in by_target.items():
            named = [handle for handle in handles if handle not in (ERROR_HANDLE, NO_HANDLE)]
            if named and onward != fallback:
                following = self.goto(scope, onward, f"{base}.{named[0]}")
                rules.append(states.when_equal(variable, named, following))
        default = self.goto(scope, fallback, f"{base}.else")
        return states.choice(rules or [states.when_present(variable, True, default)], default)

    def wait(
        self, scope: BranchScope, head: int, join: int, expected: int, gate: Entries, ends: Targets
    ) -> str:
        """Return the state that starts a token join's branch."""
        own = slot(join)
        name, decide = self.unique(f"{own}.join"), self.unique(f"{own}.joined")
        scope.states[name] = states.join(self._flow_arn, own, expected, decide)
        # The stopped step's own branch reports it; this one only ends.
        dropped = ends.inactive.reporting(self._tokens.settled([join], STOPPED))
        stopped = self.goto(scope, dropped, f"{own}.stopped")
        rules = [states.when_equal(states.DECISION_PATH, [STOPPED], stopped)]
        default = self.gate(scope, head, gate)
        if default != own:
            rules.append(states.when_equal(states.DECISION_PATH, [ACTIVE], own))
        scope.states[decide] = states.choice(rules, default)
        return name

    def join_branches(self, name: str, branches: Sequence[Branch], part: Part) -> None:
        """Write the Parallel, and what follows by how its branches ended."""
        targets, scope = part.targets, part.scope
        may_stop = any(STOPPED in branch.ends for branch in branches)
        may_miss = targets.active != targets.inactive and all(
            INACTIVE in branch.ends for branch in branches
        )
        possible = [targets.active]
        possible += [targets.stopped] if may_stop else []
        possible += [targets.inactive] if may_miss else []
        parallel = states.parallel([branch.machine for branch in branches])
        if len(possible) == 1:
            parallel |= self._then(scope, targets.active, name)
        else:
            parallel["ResultSelector"] = states.summary(may_miss=may_miss)
            if not scope.is_top and all(onward.is_plain_end for onward in possible):
                scope.ends.update(onward.outcome for onward in possible)
                parallel["End"] = True
            else:
                parallel["ResultPath"] = states.JOINED_PATH
                parallel["Next"] = self._sort_out(name, part, may_stop, may_miss)
        scope.states[name] = parallel

    def _sort_out(self, name: str, part: Part, may_stop: bool, may_miss: bool) -> str:
        """Return the state after a Parallel whose branches may have ended otherwise than active."""
        targets, scope = part.targets, part.scope
        following = self.unique(f"{name}.joined")
        rules: list[Rule] = []
        if may_stop:
            stop = self.goto(scope, targets.stopped, f"{name}.stop")
            rules.append(states.when_any(STOPPED, stop))
        default = self.goto(scope, targets.active, f"{name}.active")
        if may_miss:
            rules.append(states.when_any(ACTIVE, default))
            default = self.goto(scope, targets.inactive, f"{name}.inactive")
        scope.states[following] = states.choice(rules, default)
        return following

    def goto(self, scope: BranchScope, onward: Target, base: str, *, caught: bool = False) -> str:
        """Return the state that stands for a target; helper states are made where it needs them."""
        if not onward.decisions:
            return onward.state or self._end(scope, onward.outcome, caught)
        if (onward, caught) not in scope.arrivals:
            scope.arrivals[onward, caught] = self._arrive(scope, onward, base, caught)
        return scope.arrivals[onward, caught]

    def _arrive(self, scope: BranchScope, onward: Target, base: str, caught: bool) -> str:
        """Return the state that reports to joins what the target decides, and then continues.

        Raises:
            GraphNotCompilableError: The definition is too large. Arrivals may grow with the square
                of the nodes, all else is linear.
        """
        name = self.unique(f"{base}.arrive")
        decisions: dict[str, dict[str, str]] = {}
        for join, edge, decision in onward.decisions:
            decisions.setdefault(slot(join), {})[edge] = decision
        arrive = states.arrive(self._flow_arn, decisions)
        after = Target(onward.state, onward.outcome)
        if after.outcome == STOPPED:
            arrive |= {"Next": self.goto(scope, after, base, caught=caught), "ResultPath": None}
        else:
            arrive |= self._then(scope, after, base)
        scope.states[name] = arrive
        self._arrivals_size += len(states.canonical_json(arrive))
        if self._arrivals_size > MAX_DEFINITION_BYTES:
            raise too_large(f"more than {MAX_DEFINITION_BYTES:,} bytes")
        return name

    def _end(self, scope: BranchScope, outcome: str, caught: bool) -> str:
        """Return the state that ends a branch or the execution where no Task can do so itself."""
        scope.ends.add(outcome)
        name = f"{scope.name}.{'failed' if caught else outcome}"
        if name not in scope.states:
            self._names.add(name)
            if outcome == STOPPED:
                ended = states.fail() if scope.is_top else states.ended_stopped(caught=caught)
            else:
                ended = states.succeed() if scope.is_top else states.ended(outcome)
            scope.states[name] = ended
        return name

    def unique(self, base: str) -> str:
        """Return the name, with a number where it is taken; it is taken from now on."""
        name = base
        count = 1
        while name in self._names:
            count += 1
            name = f"{base}{count}"
        self._names.add(name)
        return name


def _results(node: Node, entries: Entries) -> Collection[str]:
    """Return the handles that a node may name as its result; a failure takes another way."""
    lost = [NO_HANDLE] if node.type == "condition" else []
    return entries.keys() - {ERROR_HANDLE, *lost}


def _decision_path(number: int) -> str:
    return f"$.nodes.{slot(number)}.decision"
