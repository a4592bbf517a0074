// Executions over graphs, problems at their places, differences.
import { describe, expect, it } from "vitest";
import { changed, connected, without, withNode } from "../../src/core/edit";
import { difference, isSameForExecutions, superposed } from "../../src/core/difference";
import { placed } from "../../src/core/canvas";
import type { Graph } from "../../src/core/graph";
import { placedProblems, problemsAt, problemsElsewhere, worst, type Problem } from "../../src/core/problems";
import { LIVE_MS, WAITING_MS, askAgainAfter, edgesTaken, placeOfLack, possibleOutcomes, statusByNode, type Execution, type ExecutionStatus, withWaits, wordsOfLack } from "../../src/core/executions";
import { chain, galleryGraphs, node } from "./samples";

describe("an execution", () => {
  const graph = connected(
    connected(withNode(withNode(chain("t", "a"), node("good")), node("bad")), {
      source: "a",
      source_handle: "out",
      target: "good",
    }),
    { source: "a", source_handle: "on_error", target: "bad" },
  );
  const step = (node_id: string, status: "completed" | "failed", output_data = {}) => ({ node_id, status, output_data });
  const targets = (steps: ReturnType<typeof step>[]) => {
    const taken = edgesTaken(graph, steps);
    return graph.edges.filter((edge) => taken.has(edge.id)).map((edge) => edge.target);
  };

  it("shows steps that have not begun as not reached", () => {
    expect([...statusByNode(graph, [step("a", "completed")]).values()]).toEqual([
      "completed",
      "completed",
      "not_reached",
      "not_reached",
    ]);
  });

  it("takes the error edge after a failure, and the other after a success", () => {
    expect(targets([step("a", "completed"), step("good", "completed")])).toEqual(["a", "good"]);
    expect(targets([step("a", "failed"), step("bad", "completed")])).toEqual(["a", "bad"]);
  });

  it("continues after a failed step as if it had worked, where that is its policy and no error edge leads on", () => {
    const policy = (graph: Graph) => changed(graph, "a", { on_failure: "continue" });
    const unhandled = policy(without(graph, [], [graph.edges[2]!.id]));
    const steps = [step("a", "failed"), step("good", "completed")];
    expect([...edgesTaken(unhandled, steps)]).toEqual(unhandled.edges.map((edge) => edge.id));
    const handled = policy(graph);
    const taken = edgesTaken(handled, [step("a", "failed"), step("bad", "completed")]);
    expect([...taken]).toEqual([handled.edges[0]?.id, handled.edges[2]?.id]);
  });

  it("takes the output that a condition chose", () => {
    let branched = withNode(withNode(withNode(chain("t"), node("if", "condition")), node("y")), node("n"));
    branched = connected(branched, { source: "if", source_handle: "true", target: "y" });
    branched = connected(branched, { source: "if", source_handle: "false", target: "n" });
    const taken = edgesTaken(branched, [step("if", "completed", { handle: "false" }), step("n", "completed")]);
    expect(branched.edges.filter((edge) => taken.has(edge.id)).map((edge) => edge.target)).toEqual(["n"]);
  });
});

describe("an unknown outcome", () => {
  const failed = { status: "failed", resumed_by: null } as const;
  const unknown = { status: "failed", unknown_effects: ["request"] } as const;
  const outcomes = (execution: object, step: object = {}) =>
    possibleOutcomes({ ...failed, ...execution }, { ...unknown, unknown_effects: ["request"], ...step });

  it("can be settled either way where the execution can be resumed", () => {
    expect(outcomes({})).toEqual(["arrived", "send_again"]);
    expect(outcomes({ status: "cancelled" })).toEqual(["arrived", "send_again"]);
  });

  it("cannot be sent again by an execution that does not resume", () => {
    expect(outcomes({ status: "completed" })).toEqual(["arrived"]);
    expect(outcomes({ status: "running" })).toEqual(["arrived"]);
  });

  it("is settled in the execution that continues, and only where it is unknown", () => {
    expect(outcomes({ resumed_by: "ex_2" })).toEqual([]);
    expect(outcomes({}, { unknown_effects: [] })).toEqual([]);
    expect(outcomes({}, { status: "completed" })).toEqual([]);
    expect(outcomes({}, { status: "running" })).toEqual([]);
  });
});

describe("a delay", () => {
  const seen = (status: ExecutionStatus, until: string) => {
    const step = { node_id: "d", node_type: "delay", status: "completed", output_data: { until } };
    const completed_at = status === "waiting" ? null : "2026-11-01T12:00:00Z";
    return withWaits({ status, completed_at, steps: [step] } as unknown as Execution).steps[0]?.status;
  };

  it.each([
    ["waiting", "2999-01-01T00:00:00Z", "waiting"],
    ["waiting", "2020-01-01T00:00:00Z", "completed"],
    ["cancelled", "2026-11-01T13:00:00Z", "skipped"],
    ["cancelled", "2026-11-01T11:00:00Z", "completed"],
    ["completed", "2999-01-01T00:00:00Z", "completed"],
  ] as const)("of an execution that is %s, until %s, is shown as %s", (status, until, shown) => {
    expect(seen(status, until)).toBe(shown);
  });
});

describe("reading an execution again", () => {
  const now = Date.parse("2026-11-01T12:00:00Z");
  const execution = (status: ExecutionStatus, ...ends: string[]) =>
    ({ status, steps: ends.map((until) => ({ output_data: { until } })) }) as unknown as Execution;

  it.each([
    ["that has ended", execution("completed"), false],
    ["in progress", execution("running"), LIVE_MS],
    ["that waits for months", execution("waiting", "2027-02-01T12:00:00Z"), WAITING_MS],
    ["whose delay ends soon", execution("waiting", "2026-11-01T11:00:00Z", "2026-11-01T12:00:05Z"), 5_000],
    ["whose delay ends now", execution("waiting", "2026-11-01T12:00:00.1Z"), LIVE_MS],
    ["that waits for something else", execution("waiting"), WAITING_MS],
  ])("%s is done in time", (_, of, after) => {
    expect(askAgainAfter(of, now)).toBe(after);
  });
});

describe("problems", () => {
  const problem = (part: Partial<Problem>): Problem => ({
    node_id: null,
    edge_id: null,
    field: "",
    reason: "Wrong.",
    remedy: "Fix it.",
    severity: "error",
    ...part,
  });
  const all = [
    problem({ node_id: "a", field: "config.cases[0].rule" }),
    problem({ node_id: "a", field: "config.url", severity: "warning" }),
    problem({ edge_id: "e" }),
    problem({}),
  ];

  it("go to their nodes and edges, the rest to the graph", () => {
    const { byNode, byEdge, ofGraph, errors, warnings } = placedProblems(all);
    expect(byNode.get("a")).toHaveLength(2);
    expect(byEdge.get("e")).toHaveLength(1);
    expect(ofGraph).toHaveLength(1);
    expect([errors, warnings]).toEqual([3, 1]);
  });

  it("show at their field and what is inside it, and never twice", () => {
    expect(problemsAt(all, "cases")).toEqual([all[0]]);
    expect(problemsAt(all, "case")).toEqual([]);
    expect(problemsElsewhere(all.slice(0, 2), ["url"])).toEqual([all[0]]);
  });

  it("are as bad as the worst of them", () => {
    expect(worst([])).toBeNull();
    expect(worst([all[1]!])).toBe("warning");
    expect(worst(all)).toBe("error");
  });
});

describe("a difference", () => {
  it.each(galleryGraphs())("between %s and itself is none", (_, graph) => {
    const copy = JSON.parse(JSON.stringify(graph)) as typeof graph;
    const nodes = graph.nodes.map((each) => ({ ...node(each.id), ...each }));
    const same = difference({ ...graph, nodes }, { ...copy, nodes: structuredClone(nodes) });
    expect(isSameForExecutions(same)).toBe(true);
  });

  it("is shown as one graph: what was removed stands beside what is there, with the edges that led to it", () => {
    const before = chain("t", "a", "b");
    const after = { ...without(before, ["b"], []), nodes: [...without(before, ["b"], []).nodes, node("c")] };
    const rerouted = { ...after, edges: [{ ...before.edges[0]!, target: "c" }] };
    const { graph, changes } = superposed(before, rerouted);
    expect(graph.nodes.map((each) => each.id)).toEqual(["t", "a", "c", "b"]);
    const places = graph.nodes.map(({ position }) => `${position.x} ${position.y}`);
    expect(places.at(-1)).not.toBe(places[2]);
    expect(graph.edges.map((each) => [each.source, each.target, changes.get(each.id)])).toEqual([
      ["t", "c", "added"],
      ["t", "a", "removed"],
      ["a", "b", "removed"],
    ]);
    expect(new Set(graph.edges.map((each) => each.id)).size).toBe(3);
    expect([changes.get("a"), changes.get("b"), changes.get("c")]).toEqual([undefined, "removed", "added"]);
  });

  it("shows what was added, removed, changed and moved", () => {
    const before = chain("t", "a", "b");
    const nodes = before.nodes.map((each) =>
      each.id === "a" ? { ...each, config: { url: "x", headers: { A: "1" } } } : each,
    );
    const without = { ...before, nodes: nodes.filter((each) => each.id !== "b"), edges: before.edges.slice(0, 1) };
    const after = placed(withNode(without, node("c")), [{ id: "t", position: { x: 5, y: 5 } }]);
    const found = difference(before, after);
    expect(found.added.map((each) => each.id)).toEqual(["c"]);
    expect(found.removed.map((each) => each.id)).toEqual(["b"]);
    expect(found.moved.map((each) => each.id)).toEqual(["t"]);
    expect(found.edgesRemoved).toHaveLength(1);
    expect(found.changed[0]?.changes.map((each) => each.field)).toEqual(["config.url", "config.headers"]);
  });
});

describe("what a failed step lacks", () => {
  const lacking = (kind: "template" | "text" | "variable" | "secret" | "sender", name = "", template_id: string | null = null) => ({
    lacks: { kind, name, template_id },
  });

  it("leads to the template, the secret or, for its own texts, nowhere else", () => {
    expect(placeOfLack(lacking("template", "welcome"))?.place).toBe("/templates/welcome");
    expect(placeOfLack(lacking("variable", "customer.phone", "welcome"))?.place).toBe("/templates/welcome");
    expect(placeOfLack(lacking("text", "", "a/b"))?.place).toBe("/templates/a%2Fb");
    expect(placeOfLack(lacking("secret", "crm_token"))).toEqual({ place: "/settings/secrets", words: "Open the secret crm_token" });
    expect(placeOfLack(lacking("variable", "booking.shoe"))).toBeNull();
    expect(placeOfLack({ lacks: null })).toBeNull();
  });

  it("is said where the error alone does not say what to do", () => {
    expect(wordsOfLack(lacking("variable", "customer.phone", "welcome"))).toContain("no value for customer.phone");
    expect(wordsOfLack(lacking("sender"))).toContain("those who run Bookflow");
    expect(wordsOfLack(lacking("secret", "crm_token"))).toBe("");
    expect(wordsOfLack({ lacks: null })).toBe("");
  });
});
