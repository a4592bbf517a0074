// Changes to a graph: connect, insert, remove, copy, undo.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copied, pasted } from "../../src/core/clipboard";
import { connectionProblem } from "../../src/core/connect";
import { bridged, configured, connected, inserted, typedAt, without, withNode } from "../../src/core/edit";
import { nodesAfter } from "../../src/core/graph";
import { begin, change, redo, undo } from "../../src/core/history";
import { tidied, withRoomBefore } from "../../src/core/layout";
import { anyGraph, chain, node } from "./samples";

const edgeOf = (source: string, target: string, source_handle = "out") => ({ source, source_handle, target });

describe("typing", () => {
  const same = { name: "a" };

  it.each([
    [{ url: "a" }, { url: "ab" }, ".url"],
    [{}, { url: "a" }, ".url"],
    [{ cases: [same, { name: "b" }] }, { cases: [same, { name: "bc" }] }, ".cases.1.name"],
    [{ cases: [] }, { cases: [{ name: "a" }] }, null],
    [{ url: "a", note: "a" }, { url: "b", note: "b" }, null],
    [{ on: false }, { on: true }, null],
  ])("from %j to %j differs from other changes", (before, after, place) => {
    expect(typedAt(before, after)).toBe(place);
  });
});

describe("connecting", () => {
  const graph = withNode(chain("t", "a", "b"), node("c", "condition"));

  it.each([
    [edgeOf("a", "a"), /cannot follow itself/],
    [edgeOf("b", "t"), /starts the workflow/],
    [edgeOf("b", "a"), /loop/],
    [edgeOf("t", "a"), /already connected/],
    [edgeOf("c", "b", "out"), /no such output/],
    [edgeOf("t", "c", "on_error"), /no such output/],
    [edgeOf("t", "missing"), /was deleted/],
  ])("rejects %j", (rejected, why) => {
    expect(connectionProblem(graph, rejected)).toMatch(why);
    expect(connected(graph, rejected)).toBe(graph);
  });

  it.each([edgeOf("b", "c"), edgeOf("c", "b", "true"), edgeOf("a", "c", "on_error"), edgeOf("t", "b")])(
    "allows %j",
    (allowed) => {
      expect(connectionProblem(graph, allowed)).toBeNull();
      expect(connected(graph, allowed).edges.at(-1)).toMatchObject(allowed);
    },
  );

  it("never makes a loop, whatever is connected in whatever order", () => {
    const ids = ["a", "b", "c", "d"];
    const pairs = fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)));
    const bare = { ...chain("t"), nodes: ids.map((id) => node(id)) };
    fc.assert(
      fc.property(pairs, (all) => {
        const grown = all.reduce((graph, [from, to]) => connected(graph, edgeOf(from, to)), bare);
        for (const id of ids) expect(nodesAfter(grown, id).has(id)).toBe(false);
      }),
      { seed: 7 },
    );
  });
});

describe("inserting and removing", () => {
  it("puts a step into an edge, by its first output", () => {
    const graph = inserted(chain("t", "a"), "e0", node("if", "condition"));
    expect(graph.edges.map((e) => [e.source, e.source_handle, e.target])).toEqual([
      ["t", "out", "if"],
      ["if", "true", "a"],
    ]);
  });

  it("keeps the branch that the edge left by", () => {
    const branched = connected(withNode(chain("t", "a"), node("if", "condition")), edgeOf("if", "a", "false"));
    const edge = branched.edges.at(-1)!;
    const graph = inserted(branched, edge.id, node("new"));
    expect(graph.edges).toContainEqual(expect.objectContaining(edgeOf("if", "new", "false")));
    expect(graph.edges).toContainEqual(expect.objectContaining(edgeOf("new", "a")));
  });

  it("bridges what led to a removed step to what followed it", () => {
    const graph = bridged(chain("t", "a", "b"), "a");
    expect(graph.edges).toMatchObject([edgeOf("t", "b")]);
  });

  it("takes the edges of removed steps away", () => {
    expect(without(chain("t", "a", "b"), ["a"], []).edges).toEqual([]);
  });

  it("drops the edges of a switch's removed case and no others", () => {
    const cases = (...ids: string[]) => ({ cases: ids.map((id) => ({ id, rule: {} })) });
    let graph = withNode(chain("t", "a"), node("s", "switch", cases("one", "two")));
    graph = connected(connected(graph, edgeOf("s", "a", "one")), edgeOf("s", "a", "two"));
    const left = configured(graph, "s", cases("two")).edges.filter((edge) => edge.source === "s");
    expect(left).toMatchObject([edgeOf("s", "a", "two")]);
  });

  it("makes room below an edge without moving what is not below it", () => {
    const graph = chain("t", "a", "b");
    const target = graph.nodes[1]!;
    const room = withRoomBefore(graph, target);
    expect(room.place).toEqual(target.position);
    expect(room.graph.nodes.map((each) => each.position.y > 0)).toEqual([false, true, true]);
  });
});

describe("copying", () => {
  it("pastes steps with new ids and the edges between them", () => {
    const graph = chain("t", "a", "b");
    const result = pasted(graph, copied(graph, new Set(["a", "b"])) ?? "")!;
    expect(result.graph.nodes).toHaveLength(5);
    expect(new Set(result.graph.nodes.map((each) => each.id)).size).toBe(5);
    const edge = result.graph.edges.at(-1)!;
    expect(result.ids).toContain(edge.source);
    expect(result.ids).toContain(edge.target);
  });

  it("pastes no second trigger", () => {
    const graph = chain("t", "a");
    const result = pasted(graph, copied(graph, new Set(["t", "a"])) ?? "")!;
    expect(result.graph.nodes.filter((each) => each.type === "trigger")).toHaveLength(1);
    expect(result.ids.size).toBe(1);
  });

  it.each(["", "hello", "{}", '{"format":"bookflow.nodes","nodes":[{}],"edges":[]}'])(
    "leaves other texts alone: %j",
    (text) => expect(pasted(chain("t"), text)).toBeNull(),
  );

  it("copies nothing as nothing", () => expect(copied(chain("t"), new Set())).toBeNull());
});

describe("undo and redo", () => {
  it("goes back and forth through the same values", () => {
    const history = ["b", "c"].reduce((all, value) => change(all, value), begin("a"));
    expect(undo(history).present).toBe("b");
    expect(undo(undo(undo(history))).present).toBe("a");
    expect(redo(undo(history)).present).toBe("c");
    expect(redo(history)).toBe(history);
  });

  it("undoes changes of one kind together", () => {
    const typed = ["ab", "abc"].reduce((all, value) => change(all, value, "name"), begin("a"));
    expect(undo(typed).present).toBe("a");
    expect(undo(change(typed, "x", "other")).present).toBe("abc");
  });

  it("forgets what was undone once something else is done", () => {
    const history = change(undo(change(begin("a"), "b")), "c");
    expect(redo(history)).toBe(history);
  });
});

describe("tidying", () => {
  it("draws every edge downwards and no two steps over each other", () => {
    const graph = tidied(
      ["b", "c", "d"].reduce((all, id) => connected(withNode(all, node(id)), edgeOf("a", id)), chain("t", "a")),
    );
    const at = new Map(graph.nodes.map((each) => [each.id, each.position]));
    for (const edge of graph.edges) expect(at.get(edge.target)!.y).toBeGreaterThan(at.get(edge.source)!.y);
    const row = ["b", "c", "d"].map((id) => at.get(id)!.x).sort((a, b) => a - b);
    expect(row[1]! - row[0]!).toBeGreaterThan(240);
    expect(row[2]! - row[1]!).toBeGreaterThan(240);
  });

  it("takes any graph, loops and lost edges included, and changes places only", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const bare = (each: typeof graph) => each.nodes.map(({ position: _, ...rest }) => rest);
        expect(bare(tidied(graph))).toEqual(bare(graph));
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
