"""Compiles a graph to a machine: parts of the drawing become Parallel, Choice and token joins."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from bookflow.domain.compiler import states
from bookflow.domain.compiler.canonical import CanonicalGraph, canonical_graph
from bookflow.domain.compiler.regions import (
    beside,
    components,
    connected_prefixes,
    joined_first,
)
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
from bookflow.domain.compiler.structure import (
    FALSE_HANDLE,
    NO_HANDLE,
    TRUE_HANDLE,
    FlowGraph,
    GraphNotCompilableError,
    read_drawing,
)
from bookflow.domain.graph import ERROR_HANDLE, FLOW_NODES, SUCCESS_HANDLE, Graph, Node

COMPILER_VERSION = 3
"""Part of a machine's name: raised when the same graph shall give another machine."""

MAX_DEFINITION_BYTES = 1_048_576
"""Size of a definition that Step Functions takes (quota "Maximum state machine definition size")."""

MAX_PARALLEL_DEPTH = 50

_NOTHING_FOLLOWS = Catcher(NOTHING_FOLLOWS_ERROR, None)
_DROP = Catcher(ANY_ERROR, None)
_KEEP = Catcher(ANY_ERROR, TAKEN_PATH)
_STOP = Catcher(ANY_ERROR, f"$.failure.{states.SLOT}")
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
        raise _too_large(f"{len(text):,} bytes")
    return CompiledGraph(
        definition_json=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        slots={slot(index): node.id for index, node in enumerate(canonical.nodes) if index},
        cases={slot(canonical.runs[run][-1]): names for run, names in canonical.cases.items()},
        after_delay=_after_delay(canonical),
        decided=frozenset(slot(canonical.runs[run][-1]) for run in canonical.decided),
    )


def _too_large(size: str) -> GraphNotCompilableError:
    return GraphNotCompilableError(
        f"The workflow needs a state machine of {size}; "
        f"Step Functions takes {MAX_DEFINITION_BYTES:,}.",
        field="nodes",
        remedy="Split it into several workflows.",
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
    waiting: list[tuple[int, Part]] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)

    @property
    def is_top(self) -> bool:
        """Tell whether this is the machine itself, where a failure may simply fail."""
        return self.depth == 0

    def compiled(self, start: str) -> Branch:
        """Return the branch that these states are, all of them being there."""
        return Branch(states.machine(start, self.states), self.ends)


class Branch(NamedTuple):
    """A branch of a Parallel, compiled: its text, and what its ends may mean."""

    text: str
    ends: Collection[str]


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

    def always(self) -> Part:
        """Return the same part where another edge makes sure that the exit is active."""
        active, _, stopped = self.ways
        return Part(self.exit, self.leavers, Ways(active, active, stopped), self.scope)


_STAND_IN = -1
"""Place of the node whose slot is a mark, in the lists that know each run by its number."""

_BRANCH_BEFORE, _BRANCH_AFTER = "<branch>", "<under>"
"""Marks of a branch's name: one sorts before the slot's mark, the other after it."""

_ONE_HANDLE = {SUCCESS_HANDLE: 0}
_SEVERAL_HANDLES = frozenset({"condition", "switch", "delay"})

Entries = dict[str, Way]
"""For each handle of a part's head, where control goes when the head takes it."""


class Lead(NamedTuple):
    """Members of a region that some of the head's handles lead to.

    Attributes:
        groups: Connected members; several run in parallel.
        handles: The handles that start them; none where a series goes on to its last member.
        bypass: Those of the handles that lead straight to the exit as well.
        part: Where the members go on to.
        told: What joins must be told when one of the handles is taken.
    """

    groups: list[list[int]]
    handles: Collection[str]
    bypass: Sequence[str]
    part: Part
    told: Settled


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
        names = [slot(number) for number in range(len(canonical.nodes))]
        self._entry = [names[run[0]] for run in canonical.runs]
        self._slot = [names[run[-1]] for run in canonical.runs]
        self._last.append(self._last[0])  # at _STAND_IN
        self._slot.append(states.SLOT)
        self._decided = canonical.decided
        self._prefix = function_arn_prefix
        self._flow_arn = function_arn_prefix + states.FLOW_FUNCTION
        self._edges = frozenset(canonical.edges)
        self._graph = FlowGraph(len(canonical.runs), canonical.edges)
        self._handled = {source for source, handle, _ in canonical.edges if handle == ERROR_HANDLE}
        self._names: set[str] = set()
        self._keeps_handle: set[int] = set()
        self._asking_for_waits = asking_for_waits
        self._kinds: dict[tuple[Any, ...], TaskTemplate] = {}
        self._plain: dict[tuple[Any, ...], Branch] = {}
        # Edges into token joins, by source: (join, handle). Their sources' subtree numbers, sorted.
        self._tokens: dict[int, list[tuple[int, str]]] = {}
        self._token_numbers: list[int] = []
        self._arrivals_size = 0
        self._handles = [self._possible_handles(node) for node in range(self._graph.count)]

    def machine(self) -> str:
        top = Scope(name="run", depth=0)
        leaves = sorted(
            self._graph.first[node]
            for node in range(self._graph.count)
            if not self._graph.out[node]
        )
        entries = self._region(0, self._graph.children[0], Part(END, leaves, RUN_ENDS, top))
        self._finish(top)
        start = self._goto(top, entries[SUCCESS_HANDLE], "start")
        return states.whole_machine(start, top.states)

    # Parts of the drawing

    def _finish(self, scope: Scope) -> None:
        """Compile the nodes of a scope that others led to, and what they lead to in turn.

        A list and no recursion, for exclusive ways may nest a thousand deep.
        """
        ready: list[tuple[int, Entries, Part]] = []
        children, waiting = self._graph.children, scope.waiting
        while waiting:
            node, part = waiting.pop()
            ready.append((node, self._region(node, children[node], part), part))
        for node, entries, part in reversed(ready):
            self._place_run(node, entries, part)

    def _region(self, head: int, members: Sequence[int], part: Part) -> Entries:
        """Compile what `head` dominates; return where each of its handles leads."""
        handles = self._handles[head]
        if not members and handles is _ONE_HANDLE:
            is_on = (head, SUCCESS_HANDLE, part.exit) in self._edges
            return {SUCCESS_HANDLE: part.ways.active if is_on else part.ways.inactive}
        entries: Entries = {}
        leads = self._leads(head, members, part, handles, (), entries)
        if leads:
            self._follow(head, leads, entries)
        return entries if len(handles) == 1 else {handle: entries[handle] for handle in handles}

    def _leads(
        self,
        head: int,
        members: Sequence[int],
        part: Part,
        handles: Collection[str],
        told: Settled,
        entries: Entries,
    ) -> list[Lead]:
        """Return what the handles lead to, the last first; enter the ways of those that start none.

        Members that are connected belong together; parts that no handle starts together are
        alternatives, parts that one handle starts together run in parallel.
        """
        leads: list[Lead] = []
        started: set[str] = set()
        for handles_in, groups in self._alternatives(head, members, handles) if members else ():
            inner = part
            bypass = [each for each in handles_in if (head, each, part.exit) in self._edges]
            if len(bypass) == len(handles_in):
                inner = part.always()
                bypass = []
            settled = told
            if self._token_numbers:
                inside = {node for group in groups for node in group}
                others = [node for node in members if node not in inside]
                settled = self._settled(others, INACTIVE) + told
            leads.append(Lead(groups, handles_in, bypass, inner, settled))
            started.update(handles_in)
        if len(started) < len(handles):
            left = [handle for handle in handles if handle not in started]
            settled = self._settled(members, INACTIVE) + told
            for handle in left:
                is_on = (head, handle, part.exit) in self._edges
                way = part.ways.active if is_on else part.ways.inactive
                entries[handle] = way.telling(settled)
        leads.reverse()
        return leads

    def _alternatives(
        self, head: int, members: Sequence[int], handles: Collection[str]
    ) -> list[tuple[Collection[str], list[list[int]]]]:
        """Group the connected parts of a region by the handles that start them."""
        groups = components(self._graph, head, members)
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

    def _follow(self, head: int, leads: list[Lead], entries: Entries) -> None:
        """Compile what the head leads to, and enter where its handles go: see `_leads`.

        A group is one node and its own, a series, or a mesh; parts that run together fork.
        """
        while leads:
            lead = leads.pop()
            group = lead.groups[0]
            part = lead.part
            if len(lead.groups) > 1 or lead.bypass:
                name = self._fork(head, lead)
            elif len(group) == 1:
                part.scope.waiting.append((group[0], part))
                name = self._entry[group[0]]
            else:
                leaving = [node for node in group if self._graph.below(part.leavers, node)]
                if len(leaving) == 1:
                    leads += self._series(head, lead, entries)
                    continue
                name = self._mesh(head, group, part, lead.handles)
            way = Way(name, ACTIVE, lead.told)
            for handle in lead.handles:
                entries[handle] = way

    def _series(self, head: int, lead: Lead, entries: Entries) -> list[Lead]:
        """Take a group apart whose ways out all lead through its last member.

        As long as the members before it are such a group again, the next is taken off at once:
        looking through all of them each time would take quadratic time.
        """
        group, part, handles = lead.groups[0][:], lead.part, dict.fromkeys(lead.handles)
        last = group.pop()
        leads = [Lead([[last]], (), (), part, ())]
        part = self._before(last, part)
        if len(group) > 1 and beside(self._graph, head, last) == {group[-1]}:
            connected = connected_prefixes(self._graph, head, group)
            starts = Counter(handle for node in group for handle in self._starting(head, node))
            while len(group) > 1 and connected[len(group)]:
                starting = self._starting(head, last)
                leading = [handle for handle in starting if handle in handles]
                gone = [handle for handle in leading if not starts[handle]]
                if beside(self._graph, head, last) != {group[-1]}:
                    break
                if len(leading) not in (len(gone), len(handles)):
                    break
                if len(leading) > len(gone):
                    part = part.always()
                told = self._settled(group, INACTIVE) + lead.told
                for handle in gone:
                    entries[handle] = part.ways.active.telling(told)
                    del handles[handle]
                last = group.pop()
                leads.append(Lead([[last]], (), (), part, ()))
                part = self._before(last, part)
                for handle in self._starting(head, last):
                    starts[handle] -= 1
        return leads + self._leads(head, group, part, handles, lead.told, entries)

    def _starting(self, head: int, node: int) -> list[str]:
        """Return the handles of the edges from the head to a node."""
        return [handle for source, handle in self._graph.into[node] if source == head]

    def _before(self, last: int, part: Part) -> Part:
        """Return where all goes on to that leads to the last member of a part."""
        _, inactive, stopped = part.ways
        active = Way(self._entry[last])
        if self._token_numbers:
            inactive = inactive.telling(self._settled([last], INACTIVE))
            stopped = stopped.telling(self._settled([last], STOPPED))
        leavers = sorted({self._graph.first[source] for source, _ in self._graph.into[last]})
        return Part(last, leavers, Ways(active, inactive, stopped), part.scope)

    def _fork(self, head: int, lead: Lead) -> str:
        """Compile parts that run together; return the state that starts them."""
        part, handles = lead.part, lead.handles
        name = self._unique(f"{self._slot[head]}.fork")
        self._check_depth(head, part.scope)
        ends = self._branch_ends(part.ways)
        branches: list[Branch] = []
        for group in lead.groups:
            if len(group) == len(handles) == 1 and self._is_plain(group[0]):
                branches.append(self._plain_branch(group[0], name, len(branches), part, ends))
                continue
            branch = self._branch(part.scope, name, len(branches))
            inner = Part(part.exit, part.leavers, ends, branch)
            if len(group) == len(handles) == 1:
                branch.waiting.append((group[0], inner))
                self._finish(branch)
                branches.append(branch.compiled(self._entry[group[0]]))
                continue
            entered = self._entered(head, group, handles)
            gate: Entries = {}
            self._follow(head, [Lead([group], entered, (), inner, ())], gate)
            self._finish(branch)
            if len(entered) < len(handles):
                closed = ends.inactive.telling(self._settled(group, INACTIVE))
                gate = {handle: gate.get(handle, closed) for handle in handles}
            branches.append(branch.compiled(self._gate(branch, head, gate)))
        if lead.bypass and all(INACTIVE in branch.ends for branch in branches):
            branch = self._branch(part.scope, name, len(branches))
            gate = {
                handle: ends.active if handle in lead.bypass else ends.inactive
                for handle in handles
            }
            branches.append(branch.compiled(self._gate(branch, head, gate)))
        self._join_branches(name, branches, part)
        return name

    def _is_plain(self, node: int) -> bool:
        """Tell whether a node is one action that has nothing of its own and tells no join."""
        return (
            self._handles[node] is _ONE_HANDLE
            and not self._graph.children[node]
            and len(self._runs[node]) == 1
            and not self._token_numbers
        )

    def _plain_branch(self, node: int, fork: str, index: int, part: Part, ends: Ways) -> Branch:
        """Return the branch of a plain action: such branches are alike but for two names.

        Most branches that people draw are, so the first of a kind is compiled with marks in the
        place of the names, and the others are its copies.
        """
        own, name, model = self._slot[node], f"{fork}.b{index + 1}", self._last[node]
        is_on = (node, SUCCESS_HANDLE, part.exit) in self._edges
        # States stand in the order of their names, so the marks must be in that order too.
        mark = _BRANCH_BEFORE if name < own else _BRANCH_AFTER
        key = (model.type, id(model.retry), model.on_failure, is_on, ends, mark)
        known = self._plain.get(key)
        if known is None:
            scope = Scope(mark, 1)
            self._last[_STAND_IN] = model
            way = ends.active if is_on else ends.inactive
            self._action_task(_STAND_IN, {SUCCESS_HANDLE: way}, ends.stopped, scope)
            known = self._plain[key] = scope.compiled(states.SLOT)
        return Branch(known.text.replace(states.SLOT, own).replace(mark, name), known.ends)

    def _mesh(self, head: int, group: list[int], part: Part, handles: Collection[str]) -> str:
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
        branches: list[Branch] = []
        for cluster in clusters:
            branch = self._branch(part.scope, name, len(branches))
            inner = Part(part.exit, self._leavers(cluster, part.exit), ends, branch)
            entered = self._entered(head, cluster, handles)
            entries: Entries = {}
            self._follow(head, [Lead([cluster], entered or handles, (), inner, ())], entries)
            self._finish(branch)
            closed = ends.inactive.telling(self._settled(cluster, INACTIVE))
            gate = {handle: entries[handle] if handle in entered else closed for handle in handles}
            if cluster[0] in expected:
                start = self._wait(branch, head, cluster[0], expected[cluster[0]], gate, ends)
            else:
                start = self._gate(branch, head, gate)
            branches.append(branch.compiled(start))
        self._join_branches(name, branches, part)
        return name

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

    def _place_run(self, node: int, entries: Entries, part: Part) -> None:
        """Emit the states of a run; its last node decides how it goes on."""
        scope, stopped = part.scope, part.ways.stopped
        if self._token_numbers:
            stopped = self._tell_own(node, entries, stopped)
        kind = self._last[node].type
        if kind not in FLOW_NODES:
            self._action_task(node, entries, stopped, scope)
        elif node in self._decided:
            name = self._slot[node]
            scope.states[name] = self._choice(
                scope, name, f"$.nodes.{name}.decision", entries, always=True
            )
        elif kind == "delay":
            self._delay_task(node, entries, stopped, scope)
        else:
            self._deciding_task(node, entries, stopped, scope)
        if len(self._runs[node]) > 1:
            self._place_links(self._runs[node], stopped, scope)

    def _place_links(self, run: range, stopped: Way, scope: Scope) -> None:
        """Emit the states of a run's other nodes; a failure of any stops the same."""
        links = [self._nodes[number] for number in run[:-1]]
        failed = ""
        if not scope.is_top and any(node.on_failure == "stop" for node in links):
            failed = self._goto(scope, stopped, f"{scope.name}.stop", caught=True)
        name = slot(run[0])
        for node, number in zip(links, run[1:], strict=True):
            following = slot(number)
            catchers: tuple[Catcher, ...] = () if scope.is_top else (_STOP,)
            caught = failed
            if node.on_failure == "continue":
                catchers, caught = (_DROP,), following
            scope.states[name] = self._kind(node, catchers).named(name, following, (caught,))
            name = following

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
        catchers, caught = self._catch(node, entries, stopped, scope)
        result_path, selector, following = None, "", None
        if not way.is_plain_end:
            following = self._goto(scope, way, name)
            if node in self._keeps_handle:
                result_path, selector = TAKEN_PATH, f'{{"handle":"{SUCCESS_HANDLE}"}}'
        else:
            result_path, selector = self._end_here(scope, way)
        task = self._kind(self._last[node], catchers, result_path, selector, following is None)
        scope.states[name] = task.named(name, following, caught)

    def _delay_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = self._slot[node]
        wait_name = self._unique(f"{name}.wait")
        catchers, caught = self._catch(node, entries, stopped, scope)
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
        selector = f"{{{','.join(selected)}}}"
        task = self._kind(self._last[node], catchers, TAKEN_PATH, selector)
        scope.states[name] = task.named(name, wait_name, caught)
        scope.states[wait_name] = states.wait(following, only_taken=prepares_output)

    def _deciding_task(self, node: int, entries: Entries, stopped: Way, scope: Scope) -> None:
        name = self._slot[node]
        kind = self._last[node].type
        catchers, caught = self._catch(node, entries, stopped, scope)
        chosen = {
            handle: entries[handle]
            for handle in self._handles[node]
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
        task = self._kind(self._last[node], catchers, result_path, selector, following is None)
        scope.states[name] = task.named(name, following, caught)

    def _catch(
        self, node: int, entries: Entries, stopped: Way, scope: Scope
    ) -> tuple[tuple[Catcher, ...], Sequence[str]]:
        """Return what a Task catches, and the state where it goes then for each."""
        name = self._slot[node]
        catchers: tuple[Catcher, ...] = ()
        targets: list[str] = []
        if self._last[node].type == "delay":
            catchers = (_NOTHING_FOLLOWS,)
            targets.append(self._goto(scope, entries[NO_HANDLE], f"{name}.nothing"))
        if ERROR_HANDLE in entries:
            catchers += (_KEEP if node in self._keeps_handle else _DROP,)
            targets.append(self._goto(scope, entries[ERROR_HANDLE], f"{name}.on_error"))
        elif self._last[node].on_failure == "continue":
            handle = SUCCESS_HANDLE if SUCCESS_HANDLE in entries else NO_HANDLE
            catchers += (_DROP,)
            targets.append(self._goto(scope, entries[handle], f"{name}.continue"))
        elif not scope.is_top:
            catchers += (_STOP,)
            targets.append(self._goto(scope, stopped, f"{name}.stop", caught=True))
        return catchers, targets

    def _end_here(self, scope: Scope, way: Way) -> tuple[str | None, str]:
        """Note that a branch (or the run) ends; return result path and selector of its last Task."""
        scope.ends.add(way.outcome)
        return (None, "") if scope.is_top else ("$", OUTCOMES[way.outcome])

    def _kind(
        self,
        node: Node,
        catchers: tuple[Catcher, ...],
        result_path: str | None = None,
        selector: str = "",
        is_end: bool = False,
    ) -> TaskTemplate:
        """Return a kind of Task: each is written once and copied with other names."""
        key = (node.type, id(node.retry), catchers, result_path, selector, is_end)
        known = self._kinds.get(key)
        if known is None:
            is_flow = node.type in FLOW_NODES
            kind = TaskKind(
                self._prefix + (states.FLOW_FUNCTION if is_flow else node.type),
                node.type if is_flow else None,
                states.retry(node.retry, node.type in self._asking_for_waits),
                catchers,
                result_path,
                selector,
                is_end,
            )
            known = self._kinds[key] = kind.template()
        return known

    # Choices

    def _possible_handles(self, node: int) -> Mapping[str, int]:
        """Return the handles that a node may take, `none` where it may take no drawn one.

        They are in order, each with its place.
        """
        kind = self._last[node].type
        is_handled = node in self._handled and node not in self._decided
        if kind not in _SEVERAL_HANDLES and not is_handled:
            return _ONE_HANDLE
        failing = [ERROR_HANDLE] if is_handled else []
        if kind == "condition":
            lost = node not in self._decided and self._continues(node)
            handles = [TRUE_HANDLE, FALSE_HANDLE, *failing, *([NO_HANDLE] if lost else [])]
        elif kind == "switch":
            used = {handle for handle, _ in self._graph.out[node]} - {ERROR_HANDLE}
            cases = sorted(used, key=lambda handle: (len(handle), handle))
            handles = [*cases, *failing, NO_HANDLE]
        else:
            handles = [SUCCESS_HANDLE, *failing, *([NO_HANDLE] if kind == "delay" else [])]
        return {handle: place for place, handle in enumerate(handles)}

    def _continues(self, node: int) -> bool:
        return self._last[node].on_failure == "continue" and node not in self._handled

    def _entered(
        self, head: int, group: Sequence[int], handles: Collection[str]
    ) -> Collection[str]:
        """Return those of the handles that lead from the head into the group, in their order."""
        into = self._graph.into
        found = {handle for node in group for source, handle in into[node] if source == head}
        if head in self._decided:
            found.discard(ERROR_HANDLE)
        if len(found) == len(handles):
            return handles
        return sorted(found, key=self._handles[head].__getitem__)

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

    def _join_branches(self, name: str, branches: list[Branch], part: Part) -> None:
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
            [branch.text for branch in branches],
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
        text = states.arrive(self._flow_arn, decisions, following, selector)
        scope.states[name] = text
        # Arrivals may grow with the square of the nodes, all else is linear.
        self._arrivals_size += len(text)
        if self._arrivals_size > MAX_DEFINITION_BYTES:
            raise _too_large(f"more than {MAX_DEFINITION_BYTES:,} bytes")
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
