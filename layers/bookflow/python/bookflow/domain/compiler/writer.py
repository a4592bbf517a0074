"""Writes the states of a machine: for a node, a split, a join, and the targets between."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bookflow.domain.compiler import states
from bookflow.domain.compiler.chains import Chains
from bookflow.domain.compiler.compiled import MAX_DEFINITION_BYTES, too_large
from bookflow.domain.compiler.states import (
    ACTIVE,
    ANY_ERROR,
    HANDLE_PATH,
    INACTIVE,
    NOTHING_FOLLOWS_ERROR,
    OUTCOMES,
    STOPPED,
    TAKEN_PATH,
    Catcher,
    TaskKind,
    TaskTemplate,
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

_NOTHING_FOLLOWS = Catcher(NOTHING_FOLLOWS_ERROR, None)
_DROP = Catcher(ANY_ERROR, None)
_KEEP = Catcher(ANY_ERROR, TAKEN_PATH)
_STOP = Catcher(ANY_ERROR, f"$.failure.{states.SLOT}")
"""Catcher of a failure that stops what follows, and lets the siblings finish."""

_BRANCH_BEFORE, _BRANCH_AFTER = "<branch>", "<under>"
"""Marks of a branch's name: one sorts before the slot's mark, the other after it."""


class Writer:
    """Puts states into scopes; what leads where is decided by its caller.

    Args:
        chains: The graph.
        tokens: Its edges into joins of other branches.
        function_arn_prefix: What the functions' ARNs begin with.
        asking_for_waits: Node types whose function may ask to be retried after a wait.
    """

    def __init__(
        self,
        chains: Chains,
        tokens: Tokens,
        function_arn_prefix: str,
        asking_for_waits: Collection[str],
    ) -> None:
        self._chains = chains
        self._tokens = tokens
        self._prefix = function_arn_prefix
        self._flow_arn = function_arn_prefix + states.FLOW_FUNCTION
        self._asking_for_waits = asking_for_waits
        self._names: set[str] = set()
        # Slots whose handle the branches after them ask for once more.
        self._keeps_handle: set[str] = set()
        self._kinds: dict[tuple[Any, ...], TaskTemplate] = {}
        self._plain: dict[tuple[Any, ...], Branch] = {}
        self._arrivals_size = 0

    def place_chain(self, chain: int, entries: Entries, part: Part) -> None:
        """Write the states of a chain; its last node decides how it continues."""
        scope, stopped = part.scope, part.targets.stopped
        if self._tokens.leave(chain):
            entries, stopped = self._mark_own(chain, entries, stopped)
        name, node = self._chains.slot[chain], self._chains.last[chain]
        if node.type not in FLOW_NODES:
            self._action_task(name, node, entries, stopped, scope)
        elif chain in self._chains.decided:
            scope.states[name] = self._choice(
                scope, name, _decision_path(name), entries, always=True
            )
        elif node.type == "delay":
            self._delay_task(name, node, entries, stopped, scope)
        else:
            self._deciding_task(name, node, entries, stopped, scope)
        if links := self._chains.links(chain):
            self._place_links(links, name, stopped, scope)

    def _place_links(
        self, links: Sequence[tuple[str, Node]], last: str, stopped: Target, scope: BranchScope
    ) -> None:
        """Write the states of a chain's other nodes; a failure of any stops the same."""
        failed = ""
        if not scope.is_top and any(node.on_failure == "stop" for _, node in links):
            failed = self.goto(scope, stopped, f"{scope.name}.stop", caught=True)
        onward = [*(name for name, _ in links[1:]), last]
        for (name, node), following in zip(links, onward, strict=True):
            catchers: tuple[Catcher, ...] = () if scope.is_top else (_STOP,)
            caught = failed
            if node.on_failure == "continue":
                catchers, caught = (_DROP,), following
            scope.states[name] = self._kind(node, catchers).named(name, following, (caught,))

    def plain_branch(
        self, branch: BranchScope, chain: int, onward: Target, stopped: Target
    ) -> Branch:
        """Return the branch of a plain action: such branches are the same but for two names.

        Most branches that people draw are, so the first of a kind is compiled with marks in the
        place of the names, and the others are its copies.
        """
        own, node = self._chains.slot[chain], self._chains.last[chain]
        # States stand in the order of their names, so the marks must be in that order too.
        mark = _BRANCH_BEFORE if branch.name < own else _BRANCH_AFTER
        key = (node.operation, id(node.retry), node.on_failure, onward, stopped, mark)
        known = self._plain.get(key)
        if known is None:
            scope = BranchScope(mark, 1)
            self._action_task(states.SLOT, node, {SUCCESS_HANDLE: onward}, stopped, scope)
            known = self._plain[key] = scope.compiled(states.SLOT)
        return Branch(known.text.replace(states.SLOT, own).replace(mark, branch.name), known.ends)

    def _mark_own(self, chain: int, entries: Entries, stopped: Target) -> tuple[Entries, Target]:
        """Add the decisions about the chain's own edges into joins."""
        own_entries = {
            handle: onward.reporting(self._tokens.own(chain, handle))
            for handle, onward in entries.items()
        }
        below = self._tokens.settled(self._chains.graph.children[chain], STOPPED)
        return own_entries, stopped.reporting(self._tokens.own(chain, None) + below)

    def _action_task(
        self, name: str, node: Node, entries: Entries, stopped: Target, scope: BranchScope
    ) -> None:
        onward = entries[SUCCESS_HANDLE]
        catchers, caught = self._catch(name, node, entries, stopped, scope)
        result_path, selector, following = None, "", None
        if not onward.is_plain_end:
            following = self.goto(scope, onward, name)
            if name in self._keeps_handle:
                result_path, selector = TAKEN_PATH, f'{{"handle":"{SUCCESS_HANDLE}"}}'
        else:
            result_path, selector = self._end_here(scope, onward)
        task = self._kind(node, catchers, result_path, selector, following is None)
        scope.states[name] = task.named(name, following, caught)

    def _delay_task(
        self, name: str, node: Node, entries: Entries, stopped: Target, scope: BranchScope
    ) -> None:
        wait_name = self.unique(f"{name}.wait")
        catchers, caught = self._catch(name, node, entries, stopped, scope)
        if node.operation == DELAY_UNTIL:
            self._following_delay(name, node, entries[SUCCESS_HANDLE], (catchers, caught), scope)
            return
        selected = ['"until.$":"$.until"']
        if name in self._keeps_handle:
            selected.insert(0, f'"handle":"{SUCCESS_HANDLE}"')
        onward = entries[SUCCESS_HANDLE]
        following, prepares_output = None, False
        if not onward.is_plain_end:
            following = self.goto(scope, onward, wait_name)
        else:
            scope.ends.add(onward.outcome)
            # A Wait cannot make an output, so the Task before it has prepared the branch's.
            prepares_output = not scope.is_top
            if prepares_output:
                selected = [OUTCOMES[onward.outcome][1:-1], '"until.$":"$.until"']
        selector = f"{{{','.join(selected)}}}"
        task = self._kind(node, catchers, TAKEN_PATH, selector)
        scope.states[name] = task.named(name, wait_name, caught)
        scope.states[wait_name] = states.wait(following, only_taken=prepares_output)

    def _following_delay(
        self,
        name: str,
        node: Node,
        onward: Target,
        caught: tuple[tuple[Catcher, ...], Sequence[str]],
        scope: BranchScope,
    ) -> None:
        """Write a delay that is asked again after each wait: its booking may have moved meanwhile."""
        wait_name, next_name = f"{name}.wait", self.unique(f"{name}.next")
        handle = f'"handle":"{SUCCESS_HANDLE}",' if name in self._keeps_handle else ""
        selector = f'{{{handle}"next.$":"$.next","until.$":"$.until"}}'
        task = self._kind(node, caught[0], TAKEN_PATH, selector)
        following = self.goto(scope, onward, name)
        again = states.when_equal(f"{TAKEN_PATH}.next", ["wait"], wait_name)
        scope.states[name] = task.named(name, next_name, caught[1])
        scope.states[next_name] = states.choice([again], following)
        scope.states[wait_name] = states.wait(name, only_taken=False)

    def _deciding_task(
        self, name: str, node: Node, entries: Entries, stopped: Target, scope: BranchScope
    ) -> None:
        catchers, caught = self._catch(name, node, entries, stopped, scope)
        chosen = {
            handle: onward
            for handle, onward in entries.items()
            if handle != ERROR_HANDLE and not (handle == NO_HANDLE and node.type == "condition")
        }
        result_path: str | None = None
        selector, following = "", None
        keeps_handle = name in self._keeps_handle
        if len(set(chosen.values())) > 1:
            following = self.unique(f"{name}.choice")
            scope.states[following] = self._choice(scope, name, HANDLE_PATH, chosen)
            keeps_handle = True
        else:
            onward = next(iter(chosen.values()))
            if not onward.is_plain_end:
                following = self.goto(scope, onward, name)
            else:
                result_path, selector = self._end_here(scope, onward)
                keeps_handle = False
        if keeps_handle:
            result_path, selector = TAKEN_PATH, '{"handle.$":"$.handle"}'
        task = self._kind(node, catchers, result_path, selector, following is None)
        scope.states[name] = task.named(name, following, caught)

    def _catch(
        self, name: str, node: Node, entries: Entries, stopped: Target, scope: BranchScope
    ) -> tuple[tuple[Catcher, ...], Sequence[str]]:
        """Return what a Task catches, and the state where it goes then for each."""
        catchers: tuple[Catcher, ...] = ()
        targets: list[str] = []
        if node.type == "delay":
            catchers = (_NOTHING_FOLLOWS,)
            targets.append(self.goto(scope, entries[NO_HANDLE], f"{name}.nothing"))
        if ERROR_HANDLE in entries:
            catchers += (_KEEP if name in self._keeps_handle else _DROP,)
            targets.append(self.goto(scope, entries[ERROR_HANDLE], f"{name}.on_error"))
        elif node.on_failure == "continue":
            handle = SUCCESS_HANDLE if SUCCESS_HANDLE in entries else NO_HANDLE
            catchers += (_DROP,)
            targets.append(self.goto(scope, entries[handle], f"{name}.continue"))
        elif not scope.is_top:
            catchers += (_STOP,)
            targets.append(self.goto(scope, stopped, f"{name}.stop", caught=True))
        return catchers, targets

    def _end_here(self, scope: BranchScope, onward: Target) -> tuple[str | None, str]:
        """Note that a branch (or the chain) ends; return result path and selector of its last Task."""
        scope.ends.add(onward.outcome)
        return (None, "") if scope.is_top else ("$", OUTCOMES[onward.outcome])

    def _kind(
        self,
        node: Node,
        catchers: tuple[Catcher, ...],
        result_path: str | None = None,
        selector: str = "",
        is_end: bool = False,
    ) -> TaskTemplate:
        """Return a kind of Task: each is written once and copied with other names."""
        key = (node.operation, id(node.retry), catchers, result_path, selector, is_end)
        known = self._kinds.get(key)
        if known is None:
            is_flow = node.type in FLOW_NODES
            kind = TaskKind(
                self._prefix + (states.FLOW_FUNCTION if is_flow else node.type),
                node.operation if is_flow else None,
                states.retry(node.retry, node.type in self._asking_for_waits),
                catchers,
                result_path,
                selector,
                is_end,
            )
            known = self._kinds[key] = kind.template()
        return known

    def gate(self, scope: BranchScope, head: int, targets: Entries) -> str:
        """Return the state that starts a branch: a Choice where the handles differ."""
        base = f"{scope.name}.gate"
        if len(targets) == 1 or len(set(targets.values())) == 1:
            return self.goto(scope, next(iter(targets.values())), base)
        name = self.unique(base)
        if head in self._chains.decided:
            variable = _decision_path(self._chains.slot[head])
        else:
            variable = HANDLE_PATH
            self._keeps_handle.add(self._chains.slot[head])
        scope.states[name] = self._choice(scope, name, variable, targets)
        return name

    def _choice(
        self,
        scope: BranchScope,
        base: str,
        variable: str,
        targets: Entries,
        *,
        always: bool = False,
    ) -> str:
        """Return a Choice by handle; `always` keeps a rule where all handles lead one target."""
        by_target: dict[Target, list[str]] = {}
        for handle, onward in targets.items():
            by_target.setdefault(onward, []).append(handle)
        fallback = targets[NO_HANDLE] if NO_HANDLE in targets else list(targets.values())[-1]
        rules: list[str] = []
        if ERROR_HANDLE in targets:
            # The caught error has taken the place of the handle.
            target = self.goto(scope, targets[ERROR_HANDLE], f"{base}.{ERROR_HANDLE}")
            rules.append(states.when_present(variable, False, target))
        for onward, handles in by_target.items():
            named = [handle for handle in handles if handle not in (ERROR_HANDLE, NO_HANDLE)]
            if not named or (onward == fallback and not (always and len(by_target) == 1)):
                continue
            target = self.goto(scope, onward, f"{base}.{named[0]}")
            rules.append(states.when_equal(variable, named, target))
        default = self.goto(scope, fallback, f"{base}.else")
        if not rules:
            rules.append(states.when_present(variable, True, default))
        return states.choice(rules, default)

    def wait(
        self, scope: BranchScope, head: int, join: int, expected: int, gate: Entries, ends: Targets
    ) -> str:
        """Return the state that starts a token join's branch."""
        own = self._chains.entry[join]
        name = self.unique(f"{own}.join")
        decide = self.unique(f"{own}.joined")
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

    def join_branches(self, name: str, branches: list[Branch], part: Part) -> None:
        """Emit the Parallel, and what follows by how its branches ended."""
        targets, scope = part.targets, part.scope
        may_stop = any(STOPPED in branch.ends for branch in branches)
        may_miss = targets.active != targets.inactive and all(
            INACTIVE in branch.ends for branch in branches
        )
        possible = [
            targets.active,
            *([targets.stopped] if may_stop else []),
            *([targets.inactive] if may_miss else []),
        ]
        following: str | None = None
        result_path: str | None = "$"
        if not scope.is_top and all(onward.is_plain_end for onward in possible):
            scope.ends.update(onward.outcome for onward in possible)
            selector = OUTCOMES[targets.active.outcome]
            if may_stop or may_miss:
                selector = states.summary(None if may_miss else targets.active.outcome)
        elif may_stop or may_miss:
            selector = states.summary(None if may_miss else ACTIVE)
            result_path = states.JOINED_PATH
            following = self._sort_out(name, part, may_stop=may_stop, may_miss=may_miss)
        elif targets.active.is_plain_end:
            result_path, selector = self._end_here(scope, targets.active)
        else:
            result_path, selector = None, ""
            following = self.goto(scope, targets.active, name)
        scope.states[name] = states.parallel(
            [branch.text for branch in branches],
            following,
            selector=selector,
            result_path=result_path,
        )

    def _sort_out(self, name: str, part: Part, *, may_stop: bool, may_miss: bool) -> str:
        """Return the state after a Parallel whose branches may have ended otherwise than active."""
        targets, scope = part.targets, part.scope
        following = self.unique(f"{name}.joined")
        rules: list[str] = []
        if may_stop:
            rules.append(
                states.when_any(STOPPED, self.goto(scope, targets.stopped, f"{name}.stop"))
            )
        default = self.goto(scope, targets.active, f"{name}.active")
        if may_miss:
            rules.append(states.when_any(ACTIVE, default))
            default = self.goto(scope, targets.inactive, f"{name}.inactive")
        scope.states[following] = states.choice(rules, default)
        return following

    def goto(self, scope: BranchScope, onward: Target, base: str, *, caught: bool = False) -> str:
        """Return the state that stands for a target; helper states are made where it needs them."""
        if onward.decisions:
            return self._arrive(scope, onward, base, caught)
        return onward.state or self._end(scope, onward.outcome, caught)

    def _arrive(self, scope: BranchScope, onward: Target, base: str, caught: bool) -> str:
        """Return the state that reports to joins what the target decides, and then continues."""
        name = self.unique(f"{base}.arrive")
        decisions: dict[str, dict[str, str]] = {}
        for join, edge, decision in onward.decisions:
            decisions.setdefault(self._chains.entry[join], {})[edge] = decision
        following, selector = onward.state, ""
        if following is None and onward.outcome == STOPPED:
            following = self._end(scope, STOPPED, caught)
        elif following is None:
            _, selector = self._end_here(scope, onward)
        text = states.arrive(self._flow_arn, decisions, following, selector)
        scope.states[name] = text
        # Arrivals may grow with the square of the nodes, all else is linear.
        self._arrivals_size += len(text)
        if self._arrivals_size > MAX_DEFINITION_BYTES:
            raise too_large(f"more than {MAX_DEFINITION_BYTES:,} bytes")
        return name

    def _end(self, scope: BranchScope, outcome: str, caught: bool) -> str:
        """Return the state that ends a branch or the chain where no Task can do so itself."""
        scope.ends.add(outcome)
        name = f"{scope.name}.{'failed' if caught else outcome}"
        if name in scope.states:
            return name
        self._names.add(name)
        if outcome == STOPPED:
            ended = states.FAIL if scope.is_top else states.ended_stopped(caught=caught)
        else:
            ended = states.SUCCEED if scope.is_top else states.ended(outcome)
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


def _decision_path(slot: str) -> str:
    return f"$.nodes.{slot}.decision"
