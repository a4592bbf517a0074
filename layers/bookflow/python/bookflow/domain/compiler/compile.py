"""Compiles a graph to a machine: parts of the drawing become Parallel, Choice and token joins."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, insort
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bookflow.domain.compiler import states
from bookflow.domain.compiler.canonical import CanonicalGraph, canonical_graph
from bookflow.domain.compiler.regions import components, joined_first
from bookflow.domain.compiler.states import ACTIVE, ANY_ERROR, INACTIVE, STOPPED, State
from bookflow.domain.compiler.structure import (
    FALSE_HANDLE,
    NO_HANDLE,
    TRUE_HANDLE,
    FlowGraph,
    GraphNotCompilableError,
    read_drawing,
)
from bookflow.domain.graph import ERROR_HANDLE, SUCCESS_HANDLE, Graph

COMPILER_VERSION = 1
"""Part of a machine's name: raised when the same graph shall give another machine."""

MAX_DEFINITION_BYTES = 1_048_576
"""Size of a definition that Step Functions takes (quota "Maximum state machine definition size")."""

MAX_PARALLEL_DEPTH = 50

END = -1
"""Exit of the parts that lead nowhere: the end of the run."""


@dataclass(frozen=True)
class CompiledGraph:
    """A graph as a machine.

    Attributes:
        definition: The machine, JSONPath dialect. Tasks share their parts: it is to be kept as is.
        definition_json: The definition in canonical JSON, as CreateStateMachine takes it.
        digest: SHA-256 of `definition_json`, hexadecimal.
        slots: For each slot `n1`, `n2` ... the node that stands there; the trigger has none.
        cases: For each switch's slot, its case ids as drawn and their names in the machine.
        after_delay: Slots of nodes that descend from a delay.
        decided: Slots whose decision the execution's input carries.
    """

    definition: dict[str, Any]
    definition_json: str
    digest: str
    slots: Mapping[str, str]
    cases: Mapping[str, Mapping[str, str]]
    after_delay: frozenset[str]
    decided: frozenset[str]


def canonical_json(value: Any) -> str:
    """Return compact JSON with sorted keys: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), check_circular=False)


def compile_graph(
    graph: Graph, *, function_arn_prefix: str, decided_at_start: Collection[str] = ()
) -> CompiledGraph:
    """Compile a drawing to a machine with the meaning that the design gives to graphs.

    The result depends on the graph's shape alone (node types, edges and handles, failure
    policies, retry settings), never on ids, names, texts, positions or the order drawn.

    Args:
        graph: The drawing; publishing has validated it.
        function_arn_prefix: What the ARNs of the action functions begin with, up to the node's
            type: `arn:aws:lambda:eu-west-1:123456789012:function:bookflow-prod-`.
        decided_at_start: Ids of the conditions and switches whose decision the execution's input
            carries; they cost no function call.

    Raises:
        GraphNotCompilableError: A cycle, an unknown handle and the like; nesting beyond
            `MAX_PARALLEL_DEPTH`; a definition beyond `MAX_DEFINITION_BYTES`.
    """
    canonical = canonical_graph(read_drawing(graph, decided_at_start))
    compiler = _Compiler(canonical, function_arn_prefix)
    definition = compiler.definition()
    text = compiler.text(definition)
    if len(text) > MAX_DEFINITION_BYTES:
        raise GraphNotCompilableError(
            f"The workflow needs a state machine of {len(text):,} bytes; "
            f"Step Functions takes {MAX_DEFINITION_BYTES:,}.",
            field="nodes",
            remedy="Split it into several workflows.",
        )
    return CompiledGraph(
        definition=definition,
        definition_json=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        slots={slot(index): node.id for index, node in enumerate(canonical.nodes) if index},
        cases={slot(index): names for index, names in canonical.cases.items()},
        after_delay=_after_delay(canonical),
        decided=frozenset(slot(index) for index in canonical.decided),
    )


def slot(number: int) -> str:
    """Return the name of a node's place in the machine."""
    return f"n{number}"


def _after_delay(canonical: CanonicalGraph) -> frozenset[str]:
    late: set[int] = set()
    for source, _, target in canonical.edges:
        if source in late or canonical.nodes[source].type == "delay":
            late.add(target)
    return frozenset(slot(index) for index in late)


Settled = tuple[tuple[int, str, str], ...]
"""(join, edge, decision) for each edge into a token join that a way settles."""


class Way(NamedTuple):
    """Where control goes on to, and what joins elsewhere must be told before.

    Attributes:
        state: Name of the next state; None ends the branch (or the run) with `outcome`.
        outcome: What the end of the branch means for the edges into the part's exit.
        decisions: What joins must be told on this way.
    """

    state: str | None
    outcome: str = ACTIVE
    decisions: Settled = ()

    @property
    def is_plain_end(self) -> bool:
        """Tell whether the branch (or the run) ends here with nothing left to tell."""
        return self.state is None and not self.decisions

    def telling(self, decisions: Settled) -> Way:
        """Return the same way with more decisions to tell."""
        if not decisions:
            return self
        return Way(self.state, self.outcome, self.decisions + decisions)


class Ways(NamedTuple):
    """Where a part of the drawing goes on to, by what its edges into the exit turned out to be."""

    active: Way
    inactive: Way
    stopped: Way


# For an exit that tells active from inactive, and for one that does not.
BRANCH_ENDS = Ways(Way(None, ACTIVE), Way(None, INACTIVE), Way(None, STOPPED))
RUN_ENDS = Ways(Way(None, ACTIVE), Way(None, ACTIVE), Way(None, STOPPED))


@dataclass(slots=True)
class Scope:
    """The states of one branch, or of the machine itself."""

    name: str
    depth: int
    states: dict[str, State] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)

    @property
    def is_top(self) -> bool:
        """Tell whether this is the machine itself, where a failure may simply fail."""
        return self.depth == 0


class Part(NamedTuple):
    """A part of the drawing being compiled.

    Attributes:
        exit: The node that all ways out of the part lead to, or END.
        leavers: Sorted subtree numbers of the nodes from which a way leaves the part.
        ways: Where to go on to.
        scope: Where the states belong.
    """

    exit: int
    leavers: Sequence[int]
    ways: Ways
    scope: Scope


Entries = dict[str, Way]
"""For each handle of a part's head, where control goes when the head takes it."""

Work = Generator[Any, Any, Any]
"""A step of the compilation: yields further steps and gets their results (see `_run`)."""


def _run(work: Work) -> Any:
    """Run nested generators without Python's own stack: graphs may nest a thousand deep."""
    stack = [work]
    result: Any = None
    while stack:
        try:
            stack.append(stack[-1].send(result))
            result = None
        except StopIteration as done:
            stack.pop()
            result = done.value
    return result


def _all_states(machine: State) -> Iterator[State]:
    waiting = [machine]
    while waiting:
        for state in waiting.pop()["States"].values():
            yield state
            waiting.extend(state.get("Branches", ()))


class _Compiler:
    """Walks the dominator tree: what a node dominates is compiled where the node stands."""

    def __init__(self, canonical: CanonicalGraph, function_arn_prefix: str) -> None:
        self._nodes = canonical.nodes
        self._decided = canonical.decided
        self._prefix = function_arn_prefix
        self._flow_arn = function_arn_prefix + states.FLOW_FUNCTION
        self._graph = FlowGraph(len(canonical.nodes), canonical.edges)
        self._names: set[str] = set()
        self._keeps_handle: set[int] = set()
        self._handles_of: dict[int, list[str]] = {}
        self._retriers: dict[tuple[int, int, float], list[State]] = {}
        self._join_retriers = states.join_retry()
        # Edges into token joins, by source: (join, handle). Their sources' subtree numbers, sorted.
        self._tokens: dict[int, list[tuple[int, str]]] = {}
        self._token_numbers: list[int] = []

    def definition(self) -> State:
        top = Scope(name="run", depth=0)
        leaves = sorted(
            self._graph.first[node]
            for node in range(self._graph.count)
            if not self._graph.out[node]
        )
        entries = _run(self._region(0, self._graph.children[0], Part(END, leaves, RUN_ENDS, top)))
        start = self._goto(top, entries[SUCCESS_HANDLE], "start")
        return {
            "StartAt": start,
            "TimeoutSeconds": states.EXECUTION_TIMEOUT_SECONDS,
            "States": top.states,
        }

    def text(self, definition: State) -> str:
        """Return the definition in canonical JSON.

        Two thirds of it are retriers, and few differ: each list is written once, and copied.
        """
        lists = {f"@retry{at}": retriers for at, retriers in enumerate(self._retriers.values())}
        marks = {id(retriers): mark for mark, retriers in lists.items()}
        marked = [
            (state, marks[id(state["Retry"])])
            for state in _all_states(definition)
            if id(state.get("Retry")) in marks
        ]
        for state, mark in marked:
            state["Retry"] = mark
        text = canonical_json(definition)
        for state, mark in marked:
            state["Retry"] = lists[mark]
        for mark, retriers in lists.items():
            text = text.replace(f'"Retry":"{mark}"', f'"Retry":{canonical_json(retriers)}')
        return text

    # Parts of the drawing

    def _region(self, head: int, members: Sequence[int], part: Part) -> Work:
        """Compile what `head` dominates; return where each of its handles leads.

        Members that are connected belong together; parts that no handle starts together are
        alternatives, parts that one handle starts together run in parallel.
        """
        direct = {handle for handle, target in self._graph.out[head] if target == part.exit}
        entries: Entries = {}
        for handles_in, parts in self._alternatives(head, members):
            bypass = [handle for handle in handles_in if handle in direct]
            inner = part
            if len(bypass) == len(handles_in):
                ways = Ways(part.ways.active, part.ways.active, part.ways.stopped)
                inner = Part(part.exit, part.leavers, ways, part.scope)
                bypass = []
            if len(parts) == 1 and not bypass:
                found: Entries = yield self._component(head, parts[0], inner, handles_in)
            else:
                found = yield self._fork(head, parts, inner, handles_in, bypass)
            settled: Settled = ()
            if self._token_numbers:
                inside = {node for group in parts for node in group}
                others = [node for node in members if node not in inside]
                settled = self._settled(others, INACTIVE)
            for handle in handles_in:
                entries[handle] = found[handle].telling(settled)
        self._pass_by(head, members, part, entries)
        return {handle: entries[handle] for handle in self._handles(head)}

    def _pass_by(self, head: int, members: Sequence[int], part: Part, entries: Entries) -> None:
        """Add the ways of the handles that start no member."""
        left = [handle for handle in self._handles(head) if handle not in entries]
        if not left:
            return
        settled = self._settled(members, INACTIVE)
        direct = {handle for handle, target in self._graph.out[head] if target == part.exit}
        for handle in left:
            way = part.ways.active if handle in direct else part.ways.inactive
            entries[handle] = way.telling(settled)

    def _alternatives(
        self, head: int, members: Sequence[int]
    ) -> list[tuple[list[str], list[list[int]]]]:
        """Group the connected parts of a region by the handles that start them."""
        if not members:
            return []
        groups = components(self._graph, head, members)
        if len(groups) == 1:
            return [(self._entered(head, groups[0], self._handles(head)), groups)]
        # Few handles and many parts: each handle merges the alternatives that it starts.
        starting: dict[str, int] = {}
        merged: dict[int, list[int]] = {}
        entered = [self._entered(head, group, self._handles(head)) for group in groups]
        for index, handles in enumerate(entered):
            known = sorted({starting[handle] for handle in handles if handle in starting})
            home = known[0] if known else index
            merged.setdefault(home, []).append(index)
            for other in known[1:]:
                merged[home] += merged.pop(other)
            for handle, at in list(starting.items()):
                if at in known:
                    starting[handle] = home
            for handle in handles:
                starting[handle] = home
        return [
            (
                [handle for handle in self._handles(head) if starting.get(handle) == home],
                [groups[index] for index in sorted(indexes)],
            )
            for home, indexes in sorted(merged.items())
        ]

    def _component(self, head: int, group: list[int], part: Part, handles: Sequence[str]) -> Work:
        """Compile connected members: one node and its own, a series, or a mesh."""
        if len(group) == 1:
            yield self._node(group[0], part)
            return dict.fromkeys(handles, Way(slot(group[0])))
        leaving = [node for node in group if self._graph.below(part.leavers, node)]
        if len(leaving) != 1:
            entries = yield self._mesh(head, group, part, handles)
            return entries
        # All ways out lead through this one: it follows the rest of the group in series.
        last = leaving[0]
        skipped = self._settled([last], INACTIVE)
        dropped = self._settled([last], STOPPED)
        ways = Ways(
            active=Way(slot(last)),
            inactive=part.ways.inactive.telling(skipped),
            stopped=part.ways.stopped.telling(dropped),
        )
        leavers = sorted({self._graph.first[source] for source, _ in self._graph.into[last]})
        before = [node for node in group if node != last]
        entries = yield self._region(head, before, Part(last, leavers, ways, part.scope))
        yield self._node(last, part)
        return entries

    def _fork(
        self,
        head: int,
        parts: list[list[int]],
        part: Part,
        handles: Sequence[str],
        bypass: Collection[str],
    ) -> Work:
        """Compile parts that run together; `bypass`: those of the handles that lead on as well."""
        name = self._unique(f"{slot(head)}.fork")
        self._check_depth(head, part.scope)
        ends = self._branch_ends(part.ways)
        branches: list[Scope] = []
        starts: list[str] = []
        for group in parts:
            branch = self._branch(part.scope, name, len(branches))
            inner = Part(part.exit, part.leavers, ends, branch)
            entered = self._entered(head, group, handles)
            entries: Entries = yield self._component(head, group, inner, entered)
            closed = ends.inactive.telling(self._settled(group, INACTIVE))
            gate = {handle: entries[handle] if handle in entered else closed for handle in handles}
            branches.append(branch)
            starts.append(self._gate(branch, head, gate))
        if bypass and all(INACTIVE in branch.ends for branch in branches):
            branch = self._branch(part.scope, name, len(branches))
            gate = {
                handle: ends.active if handle in bypass else ends.inactive for handle in handles
            }
            branches.append(branch)
            starts.append(self._gate(branch, head, gate))
        self._join_branches(name, branches, starts, part)
        return dict.fromkeys(handles, Way(name))

    def _mesh(self, head: int, group: list[int], part: Part, handles: Sequence[str]) -> Work:
        """Compile members that neither split nor follow one another: joins wait for tokens.

        Every member gets a branch of its own. An edge from one branch into another is settled by
        an arrival, on every way that control can take, so that no join waits for ever.
        """
        graph = self._graph
        name = self._unique(f"{slot(head)}.mesh")
        self._check_depth(head, part.scope)
        ends = self._branch_ends(part.ways)
        clusters = joined_first(graph, head, group, part.leavers)
        home = {node: index for index, cluster in enumerate(clusters) for node in cluster}
        expected: dict[int, int] = {}
        level = graph.depth[head] + 1
        for index, cluster in enumerate(clusters):
            for node in cluster:
                for source, handle in graph.into[node]:
                    if source != head and home[graph.ancestor(source, level)] != index:
                        self._add_token(source, node, handle)
                        expected[node] = expected.get(node, 0) + 1
        branches: list[Scope] = []
        starts: list[str] = []
        for cluster in clusters:
            branch = self._branch(part.scope, name, len(branches))
            inner = Part(part.exit, self._leavers(cluster, part.exit), ends, branch)
            entered = self._entered(head, cluster, handles)
            entries: Entries = yield self._component(head, cluster, inner, entered or handles)
            closed = ends.inactive.telling(self._settled(cluster, INACTIVE))
            gate = {handle: entries[handle] if handle in entered else closed for handle in handles}
            if cluster[0] in expected:
                start = self._wait(branch, head, cluster[0], expected[cluster[0]], gate, ends)
            else:
                start = self._gate(branch, head, gate)
            branches.append(branch)
            starts.append(start)
        self._join_branches(name, branches, starts, part)
        return dict.fromkeys(handles, Way(name))

    def _leavers(self, cluster: Iterable[int], exit_: int) -> list[int]:
        """Return the numbers of nodes in a branch that lead to the exit, or nowhere within it."""
        graph = self._graph
        leavers: list[int] = []
        spans = [(graph.first[node], graph.last[node]) for node in cluster]
        for first, last in spans:
            for number in range(first, last):
                targets = [target for _, target in graph.out[graph.by_number[number]]]
                inside = any(
                    begin <= graph.first[target] < end for target in targets for begin, end in spans
                )
                if not inside or exit_ in targets:
                    leavers.append(number)
        return sorted(leavers)

    # Nodes

    def _node(self, node: int, part: Part) -> Work:
        """Compile a node and all that it dominates."""
        while self._is_link(node, part.exit):
            following = self._graph.children[node][0]
            self._place(node, {SUCCESS_HANDLE: Way(slot(following))}, part)
            node = following
        children = self._graph.children[node]
        entries: Entries = {}
        if children:
            entries = yield self._region(node, children, part)
        else:
            self._pass_by(node, children, part, entries)
        self._place(node, entries, part)

    def _is_link(self, node: int, exit_: int) -> bool:
        """Tell whether the node leads to the one node that it dominates, and to no exit."""
        return (
            len(self._graph.children[node]) == 1
            and len(self._handles(node)) == 1
            and all(target != exit_ for _, target in self._graph.out[node])
        )

    def _place(self, node: int, entries: Entries, part: Part) -> None:
        """Emit the states of one node."""
        stopped = part.ways.stopped
        if self._token_numbers:
            stopped = self._tell_own(node, entries, stopped)
        kind = self._nodes[node].type
        if node in self._decided:
            name = slot(node)
            part.scope.states[name] = self._choice(
                part.scope, name, f"$.nodes.{name}.decision", entries, always=True
            )
        elif kind in ("condition", "switch"):
            self._deciding_task(node, entries, stopped, part.scope)
        elif kind == "delay":
            self._delay_task(node, entries, stopped, part.scope)
        else:
            self._action_task(node, entries, stopped, part.scope)

    def _tell_own(self, node: int, entries: Entries, stopped: Way) -> Way:
        """Add the decisions about the node's own edges into joins; return the stopped way."""
        tokens = self._tokens.get(node, ())
        if tokens:
            for handle, way in entries.items():
                own = tuple(
                    (join, self._edge(node, leaving), ACTIVE if leaving == handle else INACTIVE)
                    for join, leaving in tokens
                )
                entries[handle] = way.telling(own)
        dropped = tuple((join, self._edge(node, leaving), STOPPED) for join, leaving in tokens)
        return stopped.telling(dropped + self._settled(self._graph.children[node], STOPPED))

    def _action_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = slot(node)
        kind = self._nodes[node].type
        state = states.node_task(self._prefix + kind, name, self._retry(node), None)
        self._catch(state, node, entries, stopped, scope)
        if node in self._keeps_handle:
            state["ResultSelector"] = {"handle": SUCCESS_HANDLE}
            state["ResultPath"] = "$.taken"
        else:
            state["ResultPath"] = None
        self._leave(scope, name, state, entries[SUCCESS_HANDLE])

    def _delay_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = slot(node)
        wait_name = self._unique(f"{name}.wait")
        state = states.node_task(self._flow_arn, name, self._retry(node), "delay")
        selector: State = {"until.$": "$.until"}
        if node in self._keeps_handle:
            selector["handle"] = SUCCESS_HANDLE
        self._catch(state, node, entries, stopped, scope)
        state["ResultSelector"] = selector
        state["ResultPath"] = "$.taken"
        state["Next"] = wait_name
        scope.states[name] = state
        wait: State = {"Type": "Wait", "TimestampPath": "$.taken.until"}
        way = entries[SUCCESS_HANDLE]
        if way.is_plain_end and not scope.is_top:
            # A Wait cannot make an output, so the Task before it has prepared the branch's.
            selector.update(states.branch_outcome(way.outcome))
            wait["OutputPath"] = "$.taken"
        self._leave(scope, wait_name, wait, way)

    def _deciding_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = slot(node)
        kind = self._nodes[node].type
        state = states.node_task(self._flow_arn, name, self._retry(node), kind)
        self._catch(state, node, entries, stopped, scope)
        chosen = {
            handle: entries[handle]
            for handle in self._handles(node)
            if handle != ERROR_HANDLE and not (handle == NO_HANDLE and kind == "condition")
        }
        if len(set(chosen.values())) == 1 and node not in self._keeps_handle:
            state["ResultPath"] = None
            self._leave(scope, name, state, next(iter(chosen.values())))
            return
        state["ResultSelector"] = {"handle.$": "$.handle"}
        state["ResultPath"] = "$.taken"
        if len(set(chosen.values())) == 1:
            self._leave(scope, name, state, next(iter(chosen.values())))
            return
        choice = self._unique(f"{name}.choice")
        state["Next"] = choice
        scope.states[name] = state
        scope.states[choice] = self._choice(scope, name, states.HANDLE_PATH, chosen)

    def _catch(self, state: State, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = slot(node)
        catchers: list[State] = []
        if self._nodes[node].type == "delay":
            target = self._goto(scope, entries[NO_HANDLE], f"{name}.nothing")
            catchers.append(states.catch(states.NOTHING_FOLLOWS_ERROR, target, None))
        if ERROR_HANDLE in entries:
            keep = "$.taken" if node in self._keeps_handle else None
            target = self._goto(scope, entries[ERROR_HANDLE], f"{name}.on_error")
            catchers.append(states.catch(ANY_ERROR, target, keep))
        elif self._nodes[node].on_failure == "continue":
            handle = SUCCESS_HANDLE if SUCCESS_HANDLE in entries else NO_HANDLE
            target = self._goto(scope, entries[handle], f"{name}.continue")
            catchers.append(states.catch(ANY_ERROR, target, None))
        elif not scope.is_top:
            target = self._goto(scope, stopped, f"{name}.stop", caught=True)
            catchers.append(states.catch(ANY_ERROR, target, f"$.failure.{name}"))
        if catchers:
            state["Catch"] = catchers

    def _retry(self, node: int) -> list[State]:
        """Return the one list of retriers that all nodes of this policy share."""
        policy = self._nodes[node].retry
        key = (policy.max_attempts, policy.interval_seconds, policy.backoff_rate)
        known = self._retriers.get(key)
        if known is None:
            known = self._retriers[key] = states.retry(policy)
        return known

    # Choices

    def _handles(self, node: int) -> list[str]:
        """Return the handles that a node may take, `none` where it may take no drawn one."""
        known = self._handles_of.get(node)
        if known is None:
            known = self._handles_of[node] = self._possible_handles(node)
        return known

    def _possible_handles(self, node: int) -> list[str]:
        kind = self._nodes[node].type
        used = {handle for handle, _ in self._graph.out[node]}
        failing = [ERROR_HANDLE] if ERROR_HANDLE in used and node not in self._decided else []
        if kind == "condition":
            lost = node not in self._decided and self._continues(node)
            return [TRUE_HANDLE, FALSE_HANDLE, *failing, *([NO_HANDLE] if lost else [])]
        if kind == "switch":
            cases = sorted(used - {ERROR_HANDLE}, key=lambda handle: (len(handle), handle))
            return [*cases, *failing, NO_HANDLE]
        if kind == "delay":
            return [SUCCESS_HANDLE, *failing, NO_HANDLE]
        return [SUCCESS_HANDLE, *failing]

    def _continues(self, node: int) -> bool:
        handled = any(handle == ERROR_HANDLE for handle, _ in self._graph.out[node])
        return self._nodes[node].on_failure == "continue" and not handled

    def _entered(self, head: int, group: Iterable[int], handles: Sequence[str]) -> list[str]:
        """Return those of the handles that lead from the head into the group, in their order."""
        found = {
            handle for node in group for source, handle in self._graph.into[node] if source == head
        }
        return [handle for handle in handles if handle in found]

    def _gate(self, scope: Scope, head: int, ways: Entries) -> str:
        """Return the state that starts a branch: a Choice where the handles differ."""
        base = f"{scope.name}.gate"
        if len(set(ways.values())) == 1:
            return self._goto(scope, next(iter(ways.values())), base)
        name = self._unique(base)
        if head in self._decided:
            variable = f"$.nodes.{slot(head)}.decision"
        else:
            variable = states.HANDLE_PATH
            self._keeps_handle.add(head)
        scope.states[name] = self._choice(scope, name, variable, ways)
        return name

    def _choice(
        self,
        scope: Scope,
        base: str,
        variable: str,
        ways: Entries,
        *,
        always: bool = False,
    ) -> State:
        """Return a Choice by handle; `always` keeps a rule where all handles lead one way."""
        by_way: dict[Way, list[str]] = {}
        for handle, way in ways.items():
            by_way.setdefault(way, []).append(handle)
        fallback = ways[NO_HANDLE] if NO_HANDLE in ways else list(ways.values())[-1]
        rules: list[State] = []
        if ERROR_HANDLE in ways:
            # The caught error has taken the place of the handle.
            target = self._goto(scope, ways[ERROR_HANDLE], f"{base}.{ERROR_HANDLE}")
            rules.append({"Variable": variable, "IsPresent": False, "Next": target})
        for way, handles in by_way.items():
            named = [handle for handle in handles if handle not in (ERROR_HANDLE, NO_HANDLE)]
            if not named or (way == fallback and not (always and len(by_way) == 1)):
                continue
            tests = [{"Variable": variable, "StringEquals": handle} for handle in named]
            rule: State = dict(tests[0]) if len(tests) == 1 else {"Or": tests}
            rule["Next"] = self._goto(scope, way, f"{base}.{named[0]}")
            rules.append(rule)
        default = self._goto(scope, fallback, f"{base}.else")
        if not rules:
            rules.append({"Variable": variable, "IsPresent": True, "Next": default})
        return {"Type": "Choice", "Choices": rules, "Default": default}

    # Joins

    def _wait(
        self, scope: Scope, head: int, join: int, expected: int, gate: Entries, ends: Ways
    ) -> str:
        """Return the state that starts a token join's branch."""
        name = self._unique(f"{slot(join)}.join")
        decide = self._unique(f"{slot(join)}.joined")
        state = states.wait_task(self._flow_arn, self._join_retriers, slot(join), expected)
        state["Next"] = decide
        scope.states[name] = state
        # The stopped step's own branch reports it; this one only ends.
        dropped = ends.inactive.telling(self._settled([join], STOPPED))
        variable = states.DECISION_PATH
        stopped = self._goto(scope, dropped, f"{slot(join)}.stopped")
        rules = [
            {"Variable": variable, "StringEquals": STOPPED, "Next": stopped},
            {"Variable": variable, "StringEquals": ACTIVE, "Next": slot(join)},
        ]
        default = self._gate(scope, head, gate)
        if default == slot(join):
            rules.pop()
        scope.states[decide] = {"Type": "Choice", "Choices": rules, "Default": default}
        return name

    def _add_token(self, source: int, join: int, handle: str) -> None:
        known = self._tokens.setdefault(source, [])
        if not known:
            insort(self._token_numbers, self._graph.first[source])
        known.append((join, handle))

    @staticmethod
    def _edge(source: int, handle: str) -> str:
        return f"{slot(source)}.{handle}"

    def _settled(self, roots: Sequence[int], decision: str) -> Settled:
        """Return the decisions about edges that leave these subtrees for joins elsewhere."""
        if not self._token_numbers or not roots:
            return ()
        graph = self._graph
        own = set(roots)
        level = graph.depth[roots[0]]
        numbers = self._token_numbers
        settled: list[tuple[int, str, str]] = []
        for root in roots:
            begin = bisect_left(numbers, graph.first[root])
            for at in range(begin, bisect_left(numbers, graph.last[root], begin)):
                node = graph.by_number[numbers[at]]
                for join, handle in self._tokens[node]:
                    inside = graph.depth[join] >= level and graph.ancestor(join, level) in own
                    if not inside:
                        settled.append((join, self._edge(node, handle), decision))
        return tuple(settled)

    # Branches and names

    def _branch(self, scope: Scope, name: str, index: int) -> Scope:
        return Scope(name=f"{name}.b{index + 1}", depth=scope.depth + 1)

    def _check_depth(self, head: int, scope: Scope) -> None:
        if scope.depth >= MAX_PARALLEL_DEPTH:
            raise GraphNotCompilableError(
                f"Node {self._nodes[head].id!r} splits inside {MAX_PARALLEL_DEPTH} other splits.",
                field="nodes",
                remedy="Join some of the parallel ways earlier, or split the workflow.",
            )

    @staticmethod
    def _branch_ends(ways: Ways) -> Ways:
        if ways.active == ways.inactive:
            return RUN_ENDS
        return BRANCH_ENDS

    def _join_branches(
        self, name: str, branches: list[Scope], starts: list[str], part: Part
    ) -> None:
        """Emit the Parallel, and what follows by how its branches ended."""
        state = states.parallel(
            [
                {"StartAt": start, "States": branch.states}
                for branch, start in zip(branches, starts, strict=True)
            ]
        )
        ways, scope = part.ways, part.scope
        may_stop = any(STOPPED in branch.ends for branch in branches)
        may_miss = ways.active != ways.inactive and all(
            INACTIVE in branch.ends for branch in branches
        )
        possible = [
            ways.active,
            *([ways.stopped] if may_stop else []),
            *([ways.inactive] if may_miss else []),
        ]
        if not scope.is_top and all(way.is_plain_end for way in possible):
            scope.ends.update(way.outcome for way in possible)
            if may_stop or may_miss:
                known = None if may_miss else ways.active.outcome == ACTIVE
                state["ResultSelector"] = states.flattened(known)
            else:
                state["ResultSelector"] = states.branch_outcome(ways.active.outcome)
            state["End"] = True
            scope.states[name] = state
            return
        if not may_stop and not may_miss:
            state["ResultPath"] = None
            self._leave(scope, name, state, ways.active)
            return
        state["ResultSelector"] = states.flattened(None)
        state["ResultPath"] = states.JOINED_PATH
        following = self._unique(f"{name}.joined")
        state["Next"] = following
        scope.states[name] = state
        rules: list[State] = []
        choice: State = {"Type": "Choice", "Choices": rules}
        scope.states[following] = choice
        if may_stop:
            target = self._goto(scope, ways.stopped, f"{name}.stop")
            rules.append({**states.is_stopped(), "Next": target})
        active = self._goto(scope, ways.active, f"{name}.active")
        if may_miss:
            rules.append({**states.is_active(), "Next": active})
            choice["Default"] = self._goto(scope, ways.inactive, f"{name}.inactive")
        else:
            choice["Default"] = active

    def _leave(self, scope: Scope, name: str, state: State, way: Way) -> None:
        """Place a Task, Wait or Parallel and let it go on that way, or end there."""
        scope.states[name] = state
        if not way.is_plain_end:
            state["Next"] = self._goto(scope, way, name)
            return
        scope.ends.add(way.outcome)
        state["End"] = True
        if not scope.is_top and state["Type"] != "Wait":
            state["ResultSelector"] = states.branch_outcome(way.outcome)
            state.pop("ResultPath", None)

    def _goto(self, scope: Scope, way: Way, base: str, *, caught: bool = False) -> str:
        """Return the state that stands for a way; helper states are made where it needs them."""
        if way.decisions:
            name = self._unique(f"{base}.arrive")
            decisions: dict[str, dict[str, str]] = {}
            for join, edge, decision in way.decisions:
                decisions.setdefault(slot(join), {})[edge] = decision
            state = states.arrive_task(self._flow_arn, self._join_retriers, decisions)
            onward = Way(way.state, way.outcome)
            if onward.state is None and onward.outcome == STOPPED:
                scope.states[name] = state
                state["Next"] = self._end(scope, STOPPED, caught)
            else:
                self._leave(scope, name, state, onward)
            return name
        if way.state is not None:
            return way.state
        return self._end(scope, way.outcome, caught)

    def _end(self, scope: Scope, outcome: str, caught: bool) -> str:
        """Return the state that ends a branch or the run where no Task can do so itself."""
        scope.ends.add(outcome)
        name = f"{scope.name}.{'failed' if caught else outcome}"
        if name in scope.states:
            return name
        self._names.add(name)
        if scope.is_top:
            scope.states[name] = (
                {
                    "Type": "Fail",
                    "Error": states.STEP_FAILED_ERROR,
                    "CausePath": f"{states.JOINED_PATH}.stopped[0]",
                }
                if outcome == STOPPED
                else {"Type": "Succeed"}
            )
        elif outcome == STOPPED:
            stopped = (
                f"States.Array({states.CAUGHT_CAUSE})"
                if caught
                else f"{states.JOINED_PATH}.stopped"
            )
            scope.states[name] = {
                "Type": "Pass",
                "Parameters": {"active": [], "stopped.$": stopped},
                "End": True,
            }
        else:
            scope.states[name] = {
                "Type": "Pass",
                "Result": states.branch_outcome(outcome),
                "End": True,
            }
        return name

    def _unique(self, base: str) -> str:
        name = base
        count = 1
        while name in self._names:
            count += 1
            name = f"{base}{count}"
        self._names.add(name)
        return name
