"""Splits a graph into parts that follow, exclude or accompany one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from bookflow.domain.compiler import states
from bookflow.domain.compiler.chains import Chains
from bookflow.domain.compiler.regions import beside, components, connected_prefixes, joined_first
from bookflow.domain.compiler.states import ACTIVE, INACTIVE, STOPPED
from bookflow.domain.compiler.structure import GraphNotCompilableError
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
    """Walks the dominator tree: what a chain dominates is compiled where the chain stands.

    The graph's nodes are chains here; what their states look like is the writer's business.
    """

    def __init__(self, chains: Chains, tokens: Tokens, writer: Writer) -> None:
        self._chains = chains
        self._graph = chains.graph
        self._tokens = tokens
        self._writer = writer

    def machine(self) -> str:
        """Return the whole graph as a machine, in JSON."""
        top = BranchScope(name="machine", depth=0)
        leaves = sorted(
            self._graph.first[node]
            for node in range(self._graph.count)
            if not self._graph.out[node]
        )
        entries = self._region(0, self._graph.children[0], Part(END, leaves, EXECUTION_ENDS, top))
        self._finish(top)
        start = self._writer.goto(top, entries[SUCCESS_HANDLE], "start")
        return states.whole_machine(start, top.states)

    def _finish(self, scope: BranchScope) -> None:
        """Compile the nodes of a scope that others led to, and what they lead to in turn.

        A list and no recursion, for exclusive targets may nest a thousand deep.
        """
        ready: list[tuple[int, Entries, Part]] = []
        children, waiting = self._graph.children, scope.waiting
        while waiting:
            node, part = waiting.pop()
            ready.append((node, self._region(node, children[node], part), part))
        for node, entries, part in reversed(ready):
            self._writer.place_chain(node, entries, part)

    def _region(self, head: int, members: Sequence[int], part: Part) -> Entries:
        """Compile what `head` dominates; return where each of its handles leads."""
        handles = self._chains.handles[head]
        if not members and self._chains.has_one_handle(head):
            is_on = self._chains.leads(head, SUCCESS_HANDLE, part.exit)
            return {SUCCESS_HANDLE: part.targets.active if is_on else part.targets.inactive}
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
        decisions: Settled,
        entries: Entries,
    ) -> list[Lead]:
        """Return what the handles lead to, the last first; enter the targets of the others.

        Members that are connected belong together; parts that no handle starts together are
        alternatives, parts that one handle starts together run in parallel.
        """
        leads: list[Lead] = []
        started: set[str] = set()
        for handles_in, groups in self._alternatives(head, members, handles) if members else ():
            inner = part
            bypass = [each for each in handles_in if self._chains.leads(head, each, part.exit)]
            if len(bypass) == len(handles_in):
                inner = part.always()
                bypass = []
            settled = decisions
            if self._tokens.leave(head):
                inside = {node for group in groups for node in group}
                others = [node for node in members if node not in inside]
                settled = self._tokens.settled(others, INACTIVE) + decisions
            leads.append(Lead(groups, handles_in, bypass, inner, settled))
            started.update(handles_in)
        if len(started) < len(handles):
            left = [handle for handle in handles if handle not in started]
            settled = self._tokens.settled(members, INACTIVE) + decisions
            for handle in left:
                is_on = self._chains.leads(head, handle, part.exit)
                onward = part.targets.active if is_on else part.targets.inactive
                entries[handle] = onward.reporting(settled)
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
            return [(self._chains.entered(head, groups[0], handles), groups)]
        entered = [self._chains.entered(head, group, handles) for group in groups]
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
                name = self._chains.entry[group[0]]
            else:
                leaving = [node for node in group if self._graph.below(part.leavers, node)]
                if len(leaving) == 1:
                    leads += self._series(head, lead, entries)
                    continue
                name = self._mesh(head, group, part, lead.handles)
            onward = Target(name, ACTIVE, lead.decisions)
            for handle in lead.handles:
                entries[handle] = onward

    def _series(self, head: int, lead: Lead, entries: Entries) -> list[Lead]:
        """Take a group apart whose targets out all lead through its last member.

        As long as the members before it are such a group again, the next is taken off at once:
        looking through all of them each time would take quadratic time.
        """
        group, part, handles = lead.groups[0][:], lead.part, dict.fromkeys(lead.handles)
        last = group.pop()
        leads = [Lead([[last]], (), (), part, ())]
        part = self._before(last, part)
        if len(group) > 1 and beside(self._graph, head, last) == {group[-1]}:
            connected = connected_prefixes(self._graph, head, group)
            starts = Counter(
                handle for node in group for handle in self._chains.starting(head, node)
            )
            while len(group) > 1 and connected[len(group)]:
                starting = self._chains.starting(head, last)
                leading = [handle for handle in starting if handle in handles]
                unshared = [handle for handle in leading if not starts[handle]]
                if beside(self._graph, head, last) != {group[-1]}:
                    break
                if len(leading) not in (len(unshared), len(handles)):
                    break
                if len(leading) > len(unshared):
                    part = part.always()
                decisions = self._tokens.settled(group, INACTIVE) + lead.decisions
                for handle in unshared:
                    entries[handle] = part.targets.active.reporting(decisions)
                    del handles[handle]
                last = group.pop()
                leads.append(Lead([[last]], (), (), part, ()))
                part = self._before(last, part)
                for handle in self._chains.starting(head, last):
                    starts[handle] -= 1
        return leads + self._leads(head, group, part, handles, lead.decisions, entries)

    def _before(self, last: int, part: Part) -> Part:
        """Return where everything continues that leads to the last member of a part."""
        _, inactive, stopped = part.targets
        active = Target(self._chains.entry[last])
        if self._tokens.leave(last):
            inactive = inactive.reporting(self._tokens.settled([last], INACTIVE))
            stopped = stopped.reporting(self._tokens.settled([last], STOPPED))
        leavers = sorted({self._graph.first[source] for source, _ in self._graph.into[last]})
        return Part(last, leavers, Targets(active, inactive, stopped), part.scope)

    def _fork(self, head: int, lead: Lead) -> str:
        """Compile parts that chain together; return the state that starts them."""
        part, handles = lead.part, lead.handles
        name = self._writer.unique(f"{self._chains.slot[head]}.fork")
        self._check_depth(head, part.scope)
        ends = part.targets.of_branch()
        branches: list[Branch] = []
        for group in lead.groups:
            branch = part.scope.branch(name, len(branches))
            is_single = len(group) == len(handles) == 1
            if is_single and self._chains.is_plain(group[0]) and not self._tokens.leave(group[0]):
                is_on = self._chains.leads(group[0], SUCCESS_HANDLE, part.exit)
                onward = ends.active if is_on else ends.inactive
                branches.append(self._writer.plain_branch(branch, group[0], onward, ends.stopped))
                continue
            inner = Part(part.exit, part.leavers, ends, branch)
            if is_single:
                branch.waiting.append((group[0], inner))
                self._finish(branch)
                branches.append(branch.compiled(self._chains.entry[group[0]]))
                continue
            entered = self._chains.entered(head, group, handles)
            gate: Entries = {}
            self._follow(head, [Lead([group], entered, (), inner, ())], gate)
            self._finish(branch)
            if len(entered) < len(handles):
                closed = ends.inactive.reporting(self._tokens.settled(group, INACTIVE))
                gate = {handle: gate.get(handle, closed) for handle in handles}
            branches.append(branch.compiled(self._writer.gate(branch, head, gate)))
        if lead.bypass and all(INACTIVE in branch.ends for branch in branches):
            branch = part.scope.branch(name, len(branches))
            gate = {
                handle: ends.active if handle in lead.bypass else ends.inactive
                for handle in handles
            }
            branches.append(branch.compiled(self._writer.gate(branch, head, gate)))
        self._writer.join_branches(name, branches, part)
        return name

    def _mesh(self, head: int, group: list[int], part: Part, handles: Collection[str]) -> str:
        """Compile members that neither split nor follow one another: joins wait for tokens.

        Every member gets a branch of its own. An edge from one branch into another is settled by
        an arrival, on every target that control can take, so that no join waits for ever.
        """
        graph = self._graph
        name = self._writer.unique(f"{self._chains.slot[head]}.mesh")
        self._check_depth(head, part.scope)
        ends = part.targets.of_branch()
        clusters = joined_first(graph, head, group, part.leavers)
        home = {node: index for index, cluster in enumerate(clusters) for node in cluster}
        expected: dict[int, int] = {}
        level = graph.depth[head] + 1
        for index, cluster in enumerate(clusters):
            for node in cluster:
                for source, handle in graph.into[node]:
                    if source != head and home[graph.ancestor(source, level)] != index:
                        self._tokens.add(source, node, handle)
                        expected[node] = expected.get(node, 0) + 1
        branches: list[Branch] = []
        for cluster in clusters:
            branch = part.scope.branch(name, len(branches))
            inner = Part(part.exit, self._leavers(cluster, part.exit), ends, branch)
            entered = self._chains.entered(head, cluster, handles)
            entries: Entries = {}
            self._follow(head, [Lead([cluster], entered or handles, (), inner, ())], entries)
            self._finish(branch)
            closed = ends.inactive.reporting(self._tokens.settled(cluster, INACTIVE))
            gate = {handle: entries[handle] if handle in entered else closed for handle in handles}
            if cluster[0] in expected:
                start = self._writer.wait(
                    branch, head, cluster[0], expected[cluster[0]], gate, ends
                )
            else:
                start = self._writer.gate(branch, head, gate)
            branches.append(branch.compiled(start))
        self._writer.join_branches(name, branches, part)
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

    def _check_depth(self, head: int, scope: BranchScope) -> None:
        if scope.depth >= MAX_PARALLEL_DEPTH:
            raise GraphNotCompilableError(
                f"Node {self._chains.last[head].id!r} splits inside {MAX_PARALLEL_DEPTH} other splits.",
                node_id=self._chains.last[head].id,
                remedy="Join some of the parallel branches earlier, or split the workflow.",
            )
