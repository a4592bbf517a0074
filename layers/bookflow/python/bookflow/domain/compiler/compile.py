"""Compiles a graph to a machine: parts of the drawing become Parallel, Choice and token joins."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from bookflow.domain.compiler import states
from bookflow.domain.compiler.canonical import CanonicalGraph, canonical_graph
from bookflow.domain.compiler.regions import components, joined_first
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
)
from bookflow.domain.compiler.structure import (
    FALSE_HANDLE,
    NO_HANDLE,
    TRUE_HANDLE,
    FlowGraph,
    GraphNotCompilableError,
    read_drawing,
)
from bookflow.domain.graph import ERROR_HANDLE, SUCCESS_HANDLE, Graph, Node

COMPILER_VERSION = 1
"""Part of a machine's name: raised when the same graph shall give another machine."""

MAX_DEFINITION_BYTES = 1_048_576
"""Size of a definition that Step Functions takes (quota "Maximum state machine definition size")."""

MAX_PARALLEL_DEPTH = 50

_STOP = Catcher(ANY_ERROR, "$.failure.%(slot)s")
"""Catcher of a failure that stops what follows, and lets the siblings finish."""

END = -1
"""Exit of the parts that lead nowhere: the end of the run."""


@dataclass(frozen=True)
class CompiledGraph:
    """A graph as a machine.

    Attributes:
        definition_json: The machine, JSONPath dialect, in canonical JSON: what
            CreateStateMachine takes.
        digest: SHA-256 of `definition_json`, hexadecimal.
        slots: For each slot `n1`, `n2` ... the node that stands there; the trigger has none.
        cases: For each switch's slot, its case ids as drawn and their names in the machine.
        after_delay: Slots of nodes that descend from a delay.
        decided: Slots whose decision the execution's input carries.
    """

    definition_json: str
    digest: str
    slots: Mapping[str, str]
    cases: Mapping[str, Mapping[str, str]]
    after_delay: frozenset[str]
    decided: frozenset[str]

    @cached_property
    def definition(self) -> dict[str, Any]:
        """Return the machine as values, for those who want to look into it."""
        machine: dict[str, Any] = json.loads(self.definition_json)
        return machine


def compile_graph(
    graph: Graph,
    *,
    function_arn_prefix: str,
    decided_at_start: Collection[str] = (),
    asking_for_waits: Collection[str] = (),
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
        asking_for_waits: Node types whose function may ask to be tried again after a wait.

    Raises:
        GraphNotCompilableError: A cycle, an unknown handle and the like; nesting beyond
            `MAX_PARALLEL_DEPTH`; a definition beyond `MAX_DEFINITION_BYTES`.
    """
    canonical = canonical_graph(read_drawing(graph, decided_at_start))
    text = _Compiler(canonical, function_arn_prefix, asking_for_waits).machine()
    if len(text) > MAX_DEFINITION_BYTES:
        raise GraphNotCompilableError(
            f"The workflow needs a state machine of {len(text):,} bytes; "
            f"Step Functions takes {MAX_DEFINITION_BYTES:,}.",
            field="nodes",
            remedy="Split it into several workflows.",
        )
    return CompiledGraph(
        definition_json=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        slots={slot(index): node.id for index, node in enumerate(canonical.nodes) if index},
        cases={slot(canonical.runs[run][-1]): names for run, names in canonical.cases.items()},
        after_delay=_after_delay(canonical),
        decided=frozenset(slot(canonical.runs[run][-1]) for run in canonical.decided),
    )


def slot(number: int) -> str:
    """Return the name of a node's place in the machine."""
    return f"n{number}"


def _after_delay(canonical: CanonicalGraph) -> frozenset[str]:
    late: set[int] = set()
    for source, _, target in canonical.edges:
        if source in late or canonical.nodes[canonical.runs[source][-1]].type == "delay":
            late.add(target)
    return frozenset(slot(index) for run in late for index in canonical.runs[run])


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
    """The states of one branch, or of the machine itself, as text by name."""

    name: str
    depth: int
    states: dict[str, str] = field(default_factory=dict)
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


class _Compiler:
    """Walks the dominator tree: what a run dominates is compiled where the run stands.

    The graph's nodes are runs here: a run is entered at its first node, and its last one decides
    how it goes on.
    """

    def __init__(
        self,
        canonical: CanonicalGraph,
        function_arn_prefix: str,
        asking_for_waits: Collection[str],
    ) -> None:
        self._nodes = canonical.nodes
        self._runs = canonical.runs
        self._last: list[Node] = [canonical.nodes[run[-1]] for run in canonical.runs]
        self._entry = [slot(run[0]) for run in canonical.runs]
        self._slot = [slot(run[-1]) for run in canonical.runs]
        self._decided = canonical.decided
        self._prefix = function_arn_prefix
        self._flow_arn = function_arn_prefix + states.FLOW_FUNCTION
        self._graph = FlowGraph(len(canonical.runs), canonical.edges)
        self._names: set[str] = set()
        self._keeps_handle: set[int] = set()
        self._handles_of: dict[int, list[str]] = {}
        self._asking_for_waits = asking_for_waits
        self._retriers: dict[tuple[int, bool], str] = {}
        self._templates: dict[TaskKind, str] = {}
        # Edges into token joins, by source: (join, handle). Their sources' subtree numbers, sorted.
        self._tokens: dict[int, list[tuple[int, str]]] = {}
        self._token_numbers: list[int] = []

    def machine(self) -> str:
        top = Scope(name="run", depth=0)
        leaves = sorted(
            self._graph.first[node]
            for node in range(self._graph.count)
            if not self._graph.out[node]
        )
        entries = _run(self._region(0, self._graph.children[0], Part(END, leaves, RUN_ENDS, top)))
        start = self._goto(top, entries[SUCCESS_HANDLE], "start")
        return states.whole_machine(start, top.states)

    # Parts of the drawing

    def _region(self, head: int, members: Sequence[int], part: Part) -> Work:
        """Compile what `head` dominates; return where each of its handles leads.

        Members that are connected belong together; parts that no handle starts together are
        alternatives, parts that one handle starts together run in parallel.
        """
        out = self._graph.out[head]
        entries: Entries = {}
        for handles_in, parts in self._alternatives(head, members):
            bypass = [handle for handle in handles_in if (handle, part.exit) in out]
            inner = part
            if len(bypass) == len(handles_in):
                ways = part.ways._replace(inactive=part.ways.active)
                inner = part._replace(ways=ways)
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
        out = self._graph.out[head]
        for handle in left:
            way = part.ways.active if (handle, part.exit) in out else part.ways.inactive
            entries[handle] = way.telling(settled)

    def _alternatives(
        self, head: int, members: Sequence[int]
    ) -> list[tuple[list[str], list[list[int]]]]:
        """Group the connected parts of a region by the handles that start them."""
        if not members:
            return []
        groups = components(self._graph, head, members)
        handles = self._handles(head)
        if len(handles) == 1:
            return [(handles, groups)]
        if len(groups) == 1:
            return [(self._entered(head, groups[0], handles), groups)]
        entered = [self._entered(head, group, handles) for group in groups]
        if sum(map(len, entered)) == len(set().union(*entered)):
            return [(own, [group]) for own, group in zip(entered, groups, strict=True)]
        # Few handles and many parts: each handle merges the alternatives that it starts.
        starting: dict[str, int] = {}
        merged: dict[int, list[int]] = {}
        for index, own in enumerate(entered):
            known = sorted({starting[handle] for handle in own if handle in starting})
            home = known[0] if known else index
            merged.setdefault(home, []).append(index)
            for other in known[1:]:
                merged[home] += merged.pop(other)
            for handle, at in list(starting.items()):
                if at in known:
                    starting[handle] = home
            starting |= dict.fromkeys(own, home)
        return [
            (
                [handle for handle in handles if starting.get(handle) == home],
                [groups[index] for index in sorted(indexes)],
            )
            for home, indexes in sorted(merged.items())
        ]

    def _component(self, head: int, group: list[int], part: Part, handles: Sequence[str]) -> Work:
        """Compile connected members: one node and its own, a series, or a mesh."""
        if len(group) == 1:
            if self._graph.children[group[0]]:
                yield self._node(group[0], part)
            else:
                self._leaf(group[0], part)
            return dict.fromkeys(handles, Way(self._entry[group[0]]))
        leaving = [node for node in group if self._graph.below(part.leavers, node)]
        if len(leaving) != 1:
            entries = yield self._mesh(head, group, part, handles)
            return entries
        # All ways out lead through this one: it follows the rest of the group in series.
        last = leaving[0]
        skipped = self._settled([last], INACTIVE)
        dropped = self._settled([last], STOPPED)
        ways = Ways(
            active=Way(self._entry[last]),
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
        name = self._unique(f"{self._slot[head]}.fork")
        self._check_depth(head, part.scope)
        ends = self._branch_ends(part.ways)
        branches: list[Scope] = []
        starts: list[str] = []
        for group in parts:
            branch = self._branch(part.scope, name, len(branches))
            inner = Part(part.exit, part.leavers, ends, branch)
            entered = self._entered(head, group, handles)
            gate: Entries = yield self._component(head, group, inner, entered)
            if len(entered) < len(handles):
                closed = ends.inactive.telling(self._settled(group, INACTIVE))
                gate = {handle: gate.get(handle, closed) for handle in handles}
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
        name = self._unique(f"{self._slot[head]}.mesh")
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
        """Compile a run and all that it dominates."""
        entries: Entries = yield self._region(node, self._graph.children[node], part)
        self._place_run(node, entries, part)

    def _leaf(self, node: int, part: Part) -> None:
        """Compile a run that dominates nothing."""
        entries: Entries = {}
        self._pass_by(node, (), part, entries)
        self._place_run(node, entries, part)

    def _place_run(self, node: int, entries: Entries, part: Part) -> None:
        stopped = part.ways.stopped
        if self._token_numbers:
            stopped = self._tell_own(node, entries, stopped)
        self._place(node, entries, stopped, part.scope)
        if len(self._runs[node]) > 1:
            self._place_links(self._runs[node], stopped, part.scope)

    def _place(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        """Emit the states of a run's last node."""
        kind = self._last[node].type
        if node in self._decided:
            name = self._slot[node]
            scope.states[name] = self._choice(
                scope, name, f"$.nodes.{name}.decision", entries, always=True
            )
        elif kind in ("condition", "switch"):
            self._deciding_task(node, entries, stopped, scope)
        elif kind == "delay":
            self._delay_task(node, entries, stopped, scope)
        else:
            self._action_task(node, entries, stopped, scope)

    def _place_links(self, run: range, stopped: Way, scope: Scope) -> None:
        """Emit the states of a run's other nodes; a failure of any stops the same."""
        links = [self._nodes[number] for number in run[:-1]]
        failed = ""
        if not scope.is_top and any(node.on_failure == "stop" for node in links):
            failed = self._goto(scope, stopped, f"{scope.name}.stop", caught=True)
        templates: dict[tuple[str, str, int], str] = {}
        name = slot(run[0])
        for node, number in zip(links, run[1:], strict=True):
            key = (node.type, node.on_failure, id(node.retry))
            template = templates.get(key)
            if template is None:
                template = templates[key] = self._template(self._link_kind(node, scope))
            following = slot(number)
            caught = failed if node.on_failure == "stop" else following
            scope.states[name] = template % {"slot": name, "next": following, "caught0": caught}
            name = following

    def _link_kind(self, node: Node, scope: Scope) -> TaskKind:
        catchers: tuple[Catcher, ...] = ()
        if node.on_failure == "continue":
            catchers = (Catcher(ANY_ERROR, None),)
        elif not scope.is_top:
            catchers = (_STOP,)
        return TaskKind(self._prefix + node.type, None, self._retry(node), catchers)

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
        name = self._slot[node]
        way = entries[SUCCESS_HANDLE]
        catchers, names = self._catch(node, entries, stopped, scope)
        result_path, selector, following = None, "", None
        if not way.is_plain_end:
            following = self._goto(scope, way, name)
            if node in self._keeps_handle:
                result_path, selector = TAKEN_PATH, f'{{"handle":"{SUCCESS_HANDLE}"}}'
        else:
            result_path, selector = self._end_here(scope, way)
        kind = TaskKind(
            self._prefix + self._last[node].type,
            None,
            self._retry(self._last[node]),
            catchers,
            result_path,
            selector,
            following is None,
        )
        scope.states[name] = self._template(kind) % {**names, "slot": name, "next": following}

    def _delay_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = self._slot[node]
        wait_name = self._unique(f"{name}.wait")
        catchers, names = self._catch(node, entries, stopped, scope)
        selected = ['"until.$":"$.until"']
        if node in self._keeps_handle:
            selected.insert(0, f'"handle":"{SUCCESS_HANDLE}"')
        way = entries[SUCCESS_HANDLE]
        following, prepares_output = None, False
        if not way.is_plain_end:
            following = self._goto(scope, way, wait_name)
        else:
            scope.ends.add(way.outcome)
            # A Wait cannot make an output, so the Task before it has prepared the branch's.
            prepares_output = not scope.is_top
            if prepares_output:
                selected = [OUTCOMES[way.outcome][1:-1], '"until.$":"$.until"']
        kind = TaskKind(
            self._flow_arn,
            "delay",
            self._retry(self._last[node]),
            catchers,
            TAKEN_PATH,
            f"{{{','.join(selected)}}}",
        )
        scope.states[name] = self._template(kind) % {**names, "slot": name, "next": wait_name}
        scope.states[wait_name] = states.wait(following, only_taken=prepares_output)

    def _deciding_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = self._slot[node]
        kind = self._last[node].type
        catchers, names = self._catch(node, entries, stopped, scope)
        chosen = {
            handle: entries[handle]
            for handle in self._handles(node)
            if handle != ERROR_HANDLE and not (handle == NO_HANDLE and kind == "condition")
        }
        result_path: str | None = None
        selector, following = "", None
        keeps_handle = node in self._keeps_handle
        if len(set(chosen.values())) > 1:
            following = self._unique(f"{name}.choice")
            scope.states[following] = self._choice(scope, name, HANDLE_PATH, chosen)
            keeps_handle = True
        else:
            way = next(iter(chosen.values()))
            if not way.is_plain_end:
                following = self._goto(scope, way, name)
            else:
                result_path, selector = self._end_here(scope, way)
                keeps_handle = False
        if keeps_handle:
            result_path, selector = TAKEN_PATH, '{"handle.$":"$.handle"}'
        task = TaskKind(
            self._flow_arn,
            kind,
            self._retry(self._last[node]),
            catchers,
            result_path,
            selector,
            following is None,
        )
        scope.states[name] = self._template(task) % {**names, "slot": name, "next": following}

    def _catch(
        self, node: int, entries: Entries, stopped: Way, scope: Scope
    ) -> tuple[tuple[Catcher, ...], dict[str, str]]:
        """Return what a Task catches, and where it goes then by the names of `TaskKind`."""
        name = self._slot[node]
        catchers: tuple[Catcher, ...] = ()
        targets: list[str] = []
        if self._last[node].type == "delay":
            catchers = (Catcher(NOTHING_FOLLOWS_ERROR, None),)
            targets.append(self._goto(scope, entries[NO_HANDLE], f"{name}.nothing"))
        if ERROR_HANDLE in entries:
            catchers += (Catcher(ANY_ERROR, TAKEN_PATH if node in self._keeps_handle else None),)
            targets.append(self._goto(scope, entries[ERROR_HANDLE], f"{name}.on_error"))
        elif self._last[node].on_failure == "continue":
            handle = SUCCESS_HANDLE if SUCCESS_HANDLE in entries else NO_HANDLE
            catchers += (Catcher(ANY_ERROR, None),)
            targets.append(self._goto(scope, entries[handle], f"{name}.continue"))
        elif not scope.is_top:
            catchers += (_STOP,)
            targets.append(self._goto(scope, stopped, f"{name}.stop", caught=True))
        return catchers, {f"caught{at}": target for at, target in enumerate(targets)}

    def _end_here(self, scope: Scope, way: Way) -> tuple[str | None, str]:
        """Note that a branch (or the run) ends; return result path and selector of its last Task."""
        scope.ends.add(way.outcome)
        return (None, "") if scope.is_top else ("$", OUTCOMES[way.outcome])

    def _template(self, kind: TaskKind) -> str:
        """Return the text of a kind of Task; it is written once and copied with other names."""
        known = self._templates.get(kind)
        if known is None:
            known = self._templates[kind] = kind.template()
        return known

    def _retry(self, node: Node) -> str:
        """Return the retriers of a node; nodes share their policies, the usual one above all."""
        asks = node.type in self._asking_for_waits
        known = self._retriers.get((id(node.retry), asks))
        if known is None:
            known = self._retriers[id(node.retry), asks] = states.retry(node.retry, asks)
        return known

    # Choices

    def _handles(self, node: int) -> list[str]:
        """Return the handles that a node may take, `none` where it may take no drawn one."""
        known = self._handles_of.get(node)
        if known is None:
            known = self._handles_of[node] = self._possible_handles(node)
        return known

    def _possible_handles(self, node: int) -> list[str]:
        kind = self._last[node].type
        used = {handle for handle, _ in self._graph.out[node]}
        failing = [ERROR_HANDLE] if ERROR_HANDLE in used and node not in self._decided else []
        if kind == "condition":
            lost = node not in self._decided and self._continues(node)
            return [TRUE_HANDLE, FALSE_HANDLE, *failing, *([NO_HANDLE] if lost else [])]
        if kind == "switch":
            cases = sorted(used - {ERROR_HANDLE}, key=lambda handle: (len(handle), handle))
            return [*cases, *failing, NO_HANDLE]
        return [SUCCESS_HANDLE, *failing, *([NO_HANDLE] if kind == "delay" else [])]

    def _continues(self, node: int) -> bool:
        handled = any(handle == ERROR_HANDLE for handle, _ in self._graph.out[node])
        return self._last[node].on_failure == "continue" and not handled

    def _entered(self, head: int, group: Sequence[int], handles: Sequence[str]) -> list[str]:
        """Return those of the handles that lead from the head into the group, in their order."""
        if len(handles) == 1 and any(source == head for source, _ in self._graph.into[group[0]]):
            return list(handles)
        found = {
            handle for node in group for source, handle in self._graph.into[node] if source == head
        }
        return [handle for handle in handles if handle in found]

    def _gate(self, scope: Scope, head: int, ways: Entries) -> str:
        """Return the state that starts a branch: a Choice where the handles differ."""
        base = f"{scope.name}.gate"
        if len(ways) == 1 or len(set(ways.values())) == 1:
            return self._goto(scope, next(iter(ways.values())), base)
        name = self._unique(base)
        if head in self._decided:
            variable = f"$.nodes.{self._slot[head]}.decision"
        else:
            variable = HANDLE_PATH
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
    ) -> str:
        """Return a Choice by handle; `always` keeps a rule where all handles lead one way."""
        by_way: dict[Way, list[str]] = {}
        for handle, way in ways.items():
            by_way.setdefault(way, []).append(handle)
        fallback = ways[NO_HANDLE] if NO_HANDLE in ways else list(ways.values())[-1]
        rules: list[str] = []
        if ERROR_HANDLE in ways:
            # The caught error has taken the place of the handle.
            target = self._goto(scope, ways[ERROR_HANDLE], f"{base}.{ERROR_HANDLE}")
            rules.append(states.when_present(variable, False, target))
        for way, handles in by_way.items():
            named = [handle for handle in handles if handle not in (ERROR_HANDLE, NO_HANDLE)]
            if not named or (way == fallback and not (always and len(by_way) == 1)):
                continue
            target = self._goto(scope, way, f"{base}.{named[0]}")
            rules.append(states.when_equal(variable, named, target))
        default = self._goto(scope, fallback, f"{base}.else")
        if not rules:
            rules.append(states.when_present(variable, True, default))
        return states.choice(rules, default)

    # Joins

    def _wait(
        self, scope: Scope, head: int, join: int, expected: int, gate: Entries, ends: Ways
    ) -> str:
        """Return the state that starts a token join's branch."""
        own = self._entry[join]
        name = self._unique(f"{own}.join")
        decide = self._unique(f"{own}.joined")
        scope.states[name] = states.join(self._flow_arn, own, expected, decide)
        # The stopped step's own branch reports it; this one only ends.
        dropped = ends.inactive.telling(self._settled([join], STOPPED))
        stopped = self._goto(scope, dropped, f"{own}.stopped")
        rules = [states.when_equal(states.DECISION_PATH, [STOPPED], stopped)]
        default = self._gate(scope, head, gate)
        if default != own:
            rules.append(states.when_equal(states.DECISION_PATH, [ACTIVE], own))
        scope.states[decide] = states.choice(rules, default)
        return name

    def _add_token(self, source: int, join: int, handle: str) -> None:
        known = self._tokens.setdefault(source, [])
        if not known:
            insort(self._token_numbers, self._graph.first[source])
        known.append((join, handle))

    def _edge(self, source: int, handle: str) -> str:
        return f"{self._slot[source]}.{handle}"

    def _settled(self, roots: Sequence[int], decision: str) -> Settled:
        """Return the decisions about edges that leave these subtrees for joins elsewhere."""
        if not self._token_numbers or not roots:
            return ()
        graph = self._graph
        numbers = self._token_numbers
        begins = [graph.first[root] for root in roots]
        ends = [graph.last[root] for root in roots]
        settled: list[tuple[int, str, str]] = []
        for begin, end in zip(begins, ends, strict=True):
            low = bisect_left(numbers, begin)
            for number in numbers[low : bisect_left(numbers, end, low)]:
                node = graph.by_number[number]
                for join, handle in self._tokens[node]:
                    at = bisect_right(begins, graph.first[join]) - 1
                    if at < 0 or graph.first[join] >= ends[at]:
                        settled.append((join, self._edge(node, handle), decision))
        return tuple(settled)

    # Branches and names

    def _branch(self, scope: Scope, name: str, index: int) -> Scope:
        return Scope(name=f"{name}.b{index + 1}", depth=scope.depth + 1)

    def _check_depth(self, head: int, scope: Scope) -> None:
        if scope.depth >= MAX_PARALLEL_DEPTH:
            raise GraphNotCompilableError(
                f"Node {self._last[head].id!r} splits inside {MAX_PARALLEL_DEPTH} other splits.",
                node_id=self._last[head].id,
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
        following: str | None = None
        result_path: str | None = "$"
        if not scope.is_top and all(way.is_plain_end for way in possible):
            scope.ends.update(way.outcome for way in possible)
            selector = OUTCOMES[ways.active.outcome]
            if may_stop or may_miss:
                selector = states.summary(None if may_miss else ways.active.outcome)
        elif may_stop or may_miss:
            selector = states.summary(None if may_miss else ACTIVE)
            result_path = states.JOINED_PATH
            following = self._sort_out(name, part, may_stop=may_stop, may_miss=may_miss)
        elif ways.active.is_plain_end:
            result_path, selector = self._end_here(scope, ways.active)
        else:
            result_path, selector = None, ""
            following = self._goto(scope, ways.active, name)
        scope.states[name] = states.parallel(
            [
                states.machine(start, branch.states)
                for branch, start in zip(branches, starts, strict=True)
            ],
            following,
            selector=selector,
            result_path=result_path,
        )

    def _sort_out(self, name: str, part: Part, *, may_stop: bool, may_miss: bool) -> str:
        """Return the state after a Parallel whose branches may have ended otherwise than active."""
        ways, scope = part.ways, part.scope
        following = self._unique(f"{name}.joined")
        rules: list[str] = []
        if may_stop:
            rules.append(states.when_any(STOPPED, self._goto(scope, ways.stopped, f"{name}.stop")))
        default = self._goto(scope, ways.active, f"{name}.active")
        if may_miss:
            rules.append(states.when_any(ACTIVE, default))
            default = self._goto(scope, ways.inactive, f"{name}.inactive")
        scope.states[following] = states.choice(rules, default)
        return following

    def _goto(self, scope: Scope, way: Way, base: str, *, caught: bool = False) -> str:
        """Return the state that stands for a way; helper states are made where it needs them."""
        if way.decisions:
            return self._arrive(scope, way, base, caught)
        return way.state or self._end(scope, way.outcome, caught)

    def _arrive(self, scope: Scope, way: Way, base: str, caught: bool) -> str:
        """Return the state that tells joins what the way decides, and then goes on."""
        name = self._unique(f"{base}.arrive")
        decisions: dict[str, dict[str, str]] = {}
        for join, edge, decision in way.decisions:
            decisions.setdefault(self._entry[join], {})[edge] = decision
        following, selector = way.state, ""
        if following is None and way.outcome == STOPPED:
            following = self._end(scope, STOPPED, caught)
        elif following is None:
            _, selector = self._end_here(scope, way)
        scope.states[name] = states.arrive(self._flow_arn, decisions, following, selector)
        return name

    def _end(self, scope: Scope, outcome: str, caught: bool) -> str:
        """Return the state that ends a branch or the run where no Task can do so itself."""
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

    def _unique(self, base: str) -> str:
        name = base
        count = 1
        while name in self._names:
            count += 1
            name = f"{base}{count}"
        self._names.add(name)
        return name
