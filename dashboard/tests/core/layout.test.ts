// Tidying up: what need not cross does not, and a large graph takes a moment only.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handlesOf } from "../../src/core/catalogue";
import { nodeById, type Graph, type GraphEdge } from "../../src/core/graph";
import { heightOf, NODE_HEIGHT, NODE_WIDTH, tidied } from "../../src/core/layout";
import { galleryGraphs, node } from "./samples";

describe("tidying up", () => {
  it.each(galleryGraphs())("crosses nothing in %s", (_, graph) => {
    expect(crossingsOf(tidied(graph))).toBe(0);
  });

  it("leads yes to the left and no to the right, whatever was added first", () => {
    for (const handles of [["true", "false"], ["false", "true"]]) {
      const graph = graphOf([["trigger", "out", "c"], ...handles.map((handle) => ["c", handle, handle] as const)]);
      const [yes, no] = ["true", "false"].map((id) => nodeById(tidied(graph), id)?.position.x ?? 0);
      expect(yes).toBeLessThan(no ?? 0);
    }
  });

  it("crosses nothing in any tree of branches whose ends meet", () => {
    fc.assert(
      fc.property(branching, (shape) => {
        expect(crossingsOf(tidied(built(shape)))).toBe(0);
      }),
      { seed: 19, numRuns: 200 },
    );
  });

  it("tidies a hundred steps without a crossing, and lays no step over another", () => {
    const graph = tidied(hundred());
    expect(graph.nodes.length).toBeGreaterThanOrEqual(100);
    expect(crossingsOf(graph)).toBe(0);
    for (const one of graph.nodes) {
      for (const other of graph.nodes) {
        if (one === other) continue;
        const apart =
          Math.abs(one.position.x - other.position.x) >= NODE_WIDTH ||
          Math.abs(one.position.y - other.position.y) >= NODE_HEIGHT;
        expect(apart).toBe(true);
      }
    }
  });
});

/** What follows an output: nothing, a step and more, or a condition whose two paths meet again or not. */
type Shape = { kind: "end" } | { kind: "step"; next: Shape } | { kind: "fork"; yes: Shape; no: Shape };

const branching = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant<Shape>({ kind: "end" }),
    fc.record({ kind: fc.constant("step" as const), next: tie("shape") }),
    fc.record({ kind: fc.constant("fork" as const), yes: tie("shape"), no: tie("shape") }),
  ),
})).shape;

function hundred(): Graph {
  const step = (count: number): Shape => (count ? { kind: "step", next: step(count - 1) } : { kind: "end" });
  const fork = (depth: number): Shape => (depth ? { kind: "fork", yes: fork(depth - 1), no: fork(depth - 1) } : step(6));
  return built(fork(4));
}

function built(shape: Shape): Graph {
  const edges: [string, string, string][] = [];
  let last = 0;
  const grow = (at: Shape, from: string, handle: string) => {
    if (at.kind === "end") return;
    const id = `${at.kind === "fork" ? "c" : "s"}${last++}`;
    edges.push([from, handle, id]);
    if (at.kind === "step") grow(at.next, id, "out");
    // The right path first: the order in which edges were added means nothing.
    else {
      grow(at.no, id, "false");
      grow(at.yes, id, "true");
    }
  };
  grow(shape, "trigger", "out");
  return graphOf(edges);
}

function graphOf(edges: readonly (readonly [string, string, string])[]): Graph {
  const ids = new Set(["trigger", ...edges.flatMap(([from, , to]) => [from, to])]);
  const typeOf = (id: string) => (id === "trigger" ? id : id.startsWith("c") ? "condition" : "webhook");
  return {
    schema_version: 1,
    nodes: [...ids].map((id) => node(id, typeOf(id))),
    edges: edges.map(([source, source_handle, target], index) => ({ id: `e${index}`, source, source_handle, target })),
    notes: [],
  };
}

/** Counts the pairs of edges that cross, each as the straight line between its ends on the canvas. */
function crossingsOf(graph: Graph): number {
  const lines = graph.edges.map((edge) => lineOf(graph, edge));
  let count = 0;
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) if (cross(one, other)) count += 1;
  });
  return count;
}

type Line = [number, number, number, number];

function lineOf(graph: Graph, edge: GraphEdge): Line {
  const source = nodeById(graph, edge.source)!;
  const target = nodeById(graph, edge.target)!;
  const branches = handlesOf(source).filter((handle) => handle.kind === "branch");
  const index = branches.findIndex((handle) => handle.id === edge.source_handle);
  const isError = edge.source_handle === "on_error";
  const along = isError ? 1 : index < 0 ? 0.5 : (index + 0.5) / branches.length;
  return [
    source.position.x + along * NODE_WIDTH,
    source.position.y + (isError ? 0.5 : 1) * heightOf(source),
    target.position.x + NODE_WIDTH / 2,
    target.position.y,
  ];
}

function cross([ax, ay, bx, by]: Line, [cx, cy, dx, dy]: Line): boolean {
  const side = (px: number, py: number, qx: number, qy: number, rx: number, ry: number) =>
    Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  const apart = [[ax, ay], [bx, by]].some(([x, y]) => [[cx, cy], [dx, dy]].some(([u, v]) => x === u && y === v));
  if (apart) return false;
  return (
    side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) < 0 &&
    side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) < 0
  );
}
