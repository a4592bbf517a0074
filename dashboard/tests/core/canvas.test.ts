// The saved graph is never the canvas's state: it comes back as it was, byte for byte.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placed, toCanvas } from "../../src/core/canvas";
import { anyGraph, chain, galleryGraphs } from "./samples";

describe("loading and saving", () => {
  it.each(galleryGraphs())("leaves %s byte-equal", (_, graph) => {
    const saved = JSON.stringify(graph);
    const loaded = JSON.parse(saved) as typeof graph;
    expect(JSON.stringify(placed(loaded, toCanvas(loaded).nodes))).toBe(saved);
  });

  it("leaves any graph byte-equal, unknown fields and lost edges included", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const saved = JSON.stringify(graph);
        const loaded = JSON.parse(saved) as typeof graph;
        expect(placed(loaded, toCanvas(loaded).nodes)).toBe(loaded);
        expect(JSON.stringify(loaded)).toBe(saved);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("draws no edge that leads nowhere", () => {
    const graph = chain("a", "b");
    graph.edges[0]!.target = "nowhere";
    expect(toCanvas(graph).edges).toEqual([]);
    expect(placed(graph, toCanvas(graph).nodes).edges).toHaveLength(1);
  });
});

describe("moving", () => {
  it("changes the place of what was moved and nothing else", () => {
    const graph = chain("a", "b");
    const moved = placed(graph, [{ id: "b", position: { x: 10.4, y: -3.6 } }]);
    expect(moved.nodes[0]).toBe(graph.nodes[0]);
    expect(moved.nodes[1]).toEqual({ ...graph.nodes[1], position: { x: 10, y: -4 } });
    expect(moved.edges).toBe(graph.edges);
  });
});
