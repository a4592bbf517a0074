"""Splits a graph into parts that follow, exclude or accompany one another."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bookflow.domain.compiler import states
from bookflow.domain.compiler.errors import GraphNotCompilableError
from bookflow.domain.compiler.flow_graph import FlowGraph, slot
from bookflow.domain.compiler.regions import beside, components, connected, joined_first
from bookflow.domain.compiler.states import INACTIVE, STOPPED, State
from bookflow.domain.compiler.targets import (
    END,
    EXECUTION_ENDS,
    Branch,
    BranchScope,
    Entries,
    Lead,
    Part,
    Settled,
    Target,
    Targets,
)
from bookflow.domain.compiler.tokens import Tokens
from bookflow.domain.compiler.writer import Writer
from bookflow.domain.workflows.graph import SUCCESS_HANDLE

MAX_PARALLEL_DEPTH = 50


class Layout:
    """Walks the dominator tree: what a node dominates is compiled where the node stands.

    What the states look like is the writer's business.
    """

    def __init__(self, graph: FlowGraph, tokens: Tokens, writer: Writer) -> None:
        self._graph = graph
        self._tokens = tokens
        self._writer = writer

    def machine(self) -> State:
        """Return the whole graph as a machine."""
        graph = self._graph
        top = BranchScope(name="machine", depth=0)
        leaves = [node for node, edges in enumerate(graph.out) if not edges]
        entries = self._region(0, Part(END, leaves, EXECUTION_ENDS, top))
        self._finish(top)
        start = self._writer.goto(top, entries[SUCCESS_HANDLE], "start")
        return {
            **states.machine(start, top.states),
            "TimeoutSeconds": states.EXECUTION_TIMEOUT_SECONDS,
        }

    def _finish(self, scope: BranchScope) -> None:
        """Compile the nodes of a scope that others led to, and what they lead to in turn.

        A list and no recursion, for exclusive targets may nest a thousand deep. A node is written
        after all that it dominates, which may ask it to keep the handle that it took.
        """
        ready: list[tuple[int, Entries, Part]] = []
        while scope.waiting:
            node, part = scope.waiting.pop()
            ready.append((node, self._region(node, part), part))
        for node, entries, part in reversed(ready):
            self._writer.place(node, entries, part)

    def _region(self, head: int, part: Part) -> Entries:
        """Compile what `head` dominates; return where each of its handles leads."""
        entries: Entries = {}
        handles = self._graph.handles[head]
        self._follow(
            head, self._leads(head, self._graph.children[head], part, handles, (), entries), entries
        )
        return {handle: entries[handle] for handle in handles}

    def _leads(
        self,
        head: int,
        members: Sequence[int],
        part: Part,
        handles: Collection[str],
        decisions: Settled,
        entries: Entries,
    ) -> list[Lead]:
        """Return what the handles lead to, the last first; enter the targets of the others.

        Members that are connected belong together; parts that no handle starts together are
        alternatives, parts that one handle starts together run in parallel.
        """
        graph = self._graph
        leads: list[Lead] = []
        left = dict.fromkeys(handles)
        groups = components(graph, head, members)
        for together in connected(groups, lambda group: graph.entered(head, group)):
            inside = [node for group in together for node in group]
            entered = graph.entered(head, inside)
            bypass = [each for each in entered if graph.leads(head, each, part.exit)]
            settled = decisions
            if self._tokens.leave(head):
                others = sorted({*members} - {*inside})
                settled = self._tokens.settled(others, INACTIVE) + decisions
            if len(bypass) == len(entered):
                leads.append(Lead(together, entered, (), part.always(), settled))
            else:
                leads.append(Lead(together, entered, bypass, part, settled))
            for handle in entered:
                left.pop(handle)
        settled = self._tokens.settled(members, INACTIVE) + decisions
        for handle in left:
            is_on = graph.leads(head, handle, part.exit)
            onward = part.targets.active if is_on else part.targets.inactive
            entries[handle] = onward.reporting(settled)
        return leads[::-1]

    def _follow(self, head: int, leads: list[Lead], entries: Entries) -> None:
        """Compile what the head leads to, and enter where its handles go: see `_leads`.

        A group is one node and its own, a series, or a mesh; parts that run together fork.
        """
        while leads:
            lead = leads.pop()
            group, part = lead.groups[0], lead.part
            if len(lead.groups) > 1 or lead.bypass:
                name = self._fork(head, lead)
            elif len(group) == 1:
                part.scope.waiting.append((group[0], part))
                name = slot(group[0])
            elif sum(self._graph.holds(node, part.leavers) for node in group) == 1:
                leads += self._series(head, lead, entries)
                continue
            else:
                name = self._mesh(head, group, part, lead.handles)
            for handle in lead.handles:
                entries[handle] = Target(name, decisions=lead.decisions)

    def _series(self, head: int, lead: Lead, entries: Entries) -> list[Lead]:
        """Take the last member off a group whose targets out all lead through it.

        A row of members that each follow from the one before is taken off at once: looking through
        all the rest for each of them would take quadratic time.
        """
        graph = self._graph
        (*group, last), part, handles = lead.groups[0], lead.part, dict.fromkeys(lead.handles)
        first = {
            handle: node
            for node in reversed(lead.groups[0])
            for handle in graph.entered(head, [node])
        }
        leads = [Lead([[last]], (), (), part, ())]
        part = self._before(last, part)
        while len(group) > 1 and beside(graph, head, last) == group[-1:]:
            entering = graph.entered(head, [last])
            only_here = [handle for handle in entering if first[handle] == last]
            if len(entering) not in (len(only_here), len(handles)):
                break
            if len(entering) > len(only_here):
                part = part.always()
            settled = self._tokens.settled(group, INACTIVE) + lead.decisions
            for handle in only_here:
                entries[handle] = part.targets.active.reporting(settled)
                del handles[handle]
            last = group.pop()
            leads.append(Lead([[last]], (), (), part, ()))
            part = self._before(last, part)
        return leads + self._leads(head, group, part, handles, lead.decisions, entries)

    def _before(self, last: int, part: Part) -> Part:
        """Return where everything continues that leads to the last member of a part."""
        _, inactive, stopped = part.targets
        targets = Targets(
            Target(slot(last)),
            inactive.reporting(self._tokens.settled([last], INACTIVE)),
            stopped.reporting(self._tokens.settled([last], STOPPED)),
        )
        leavers = sorted({source for source, _ in self._graph.into[last]})
        return Part(last, leavers, targets, part.scope)

    def _fork(self, head: int, lead: Lead) -> str:
        """Compile parts that run together; return the state that starts them."""
        part = lead.part
        name = self._parallel(head, part, "fork")
        ends = part.targets.of_branch()
        branches: list[Branch] = []
        for group in lead.groups:
            branch = part.scope.branch(name, len(branches))
            inner = Part(part.exit, part.leavers, ends, branch)
            gate = self._gate(head, group, lead.handles, inner)
            branches.append(branch.compiled(self._writer.gate(branch, head, gate)))
        if lead.bypass and all(INACTIVE in branch.ends for branch in branches):
            branch = part.scope.branch(name, len(branches))
            gate = {
                handle: ends.active if handle in lead.bypass else ends.inactive
                for handle in lead.handles
            }
            branches.append(branch.compiled(self._writer.gate(branch, head, gate)))
        self._writer.join_branches(name, branches, part)
        return name

    def _mesh(self, head: int, group: list[int], part: Part, handles: Collection[str]) -> str:
        """Compile members that neither split nor follow one another: joins wait for tokens.

        Every cluster gets a branch of its own. An edge from one branch into another is settled by
        an arrival, on every target that control can take, so that no join waits for ever.
        """
        graph = self._graph
        name = self._parallel(head, part, "mesh")
        ends = part.targets.of_branch()
        clusters = joined_first(graph, head, group, part.leavers)
        expected = [self._expect(head, cluster) for cluster in clusters]
        branches: list[Branch] = []
        for cluster, count in zip(clusters, expected, strict=True):
            branch = part.scope.branch(name, len(branches))
            inner = Part(part.exit, self._leavers(cluster, part.exit), ends, branch)
            gate = self._gate(head, cluster, handles, inner)
            if count:
                start = self._writer.wait(branch, head, cluster[0], count, gate, ends)
            else:
                start = self._writer.gate(branch, head, gate)
            branches.append(branch.compiled(start))
        self._writer.join_branches(name, branches, part)
        return name

    def _parallel(self, head: int, part: Part, kind: str) -> str:
        """Return the name of a new Parallel after the head.

        Raises:
            GraphNotCompilableError: It would nest too deep.
        """
        if part.scope.depth >= MAX_PARALLEL_DEPTH:
            node_id = self._graph.nodes[head].id
            raise GraphNotCompilableError(
                f"Node {node_id!r} splits inside {MAX_PARALLEL_DEPTH} other splits.",
                node_id=node_id,
                remedy="Join some of the parallel branches earlier, or split the workflow.",
            )
        return self._writer.unique(f"{slot(head)}.{kind}")

    def _gate(self, head: int, group: list[int], handles: Collection[str], part: Part) -> Entries:
        """Compile the members of a branch; return where each handle of the head leads in it."""
        entered = self._graph.entered(head, group)
        entries: Entries = {}
        self._follow(head, [Lead([group], entered or handles, (), part, ())], entries)
        self._finish(part.scope)
        closed = part.targets.inactive.reporting(self._tokens.settled(group, INACTIVE))
        return {handle: entries[handle] if handle in entered else closed for handle in handles}

    def _expect(self, head: int, cluster: Sequence[int]) -> int:
        """Note the edges into a cluster from other branches; return how many its join waits for."""
        expected = 0
        for node in cluster:
            for source, handle in self._graph.into[node]:
                if source != head and self._graph.root_of(cluster, source) is None:
                    self._tokens.add(source, node, handle)
                    expected += 1
        return expected

    def _leavers(self, cluster: Sequence[int], exit_: int) -> list[int]:
        """Return the nodes in a branch that lead to the exit, or nowhere within it."""
        graph = self._graph
        return [
            node
            for root in cluster
            for node in range(root, graph.end[root])
            if graph.leads_to(node, exit_)
            or all(graph.root_of(cluster, target) is None for _, target in graph.out[node])
        ]
