// Steps that nobody has placed: shown apart at once, without a change of the graph itself.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bounded } from "../../src/core/canvas";
import { nodeById, nodesOf, type Graph, type Position } from "../../src/core/graph";
import { NODE_HEIGHT, NODE_WIDTH, tidied } from "../../src/core/layout";
import { newNote } from "../../src/core/notes";
import { laidOut } from "../../src/core/unplaced";
import { anyGraph, chain, galleryGraphs } from "./samples";

describe("a graph whose steps all lie on one spot", () => {
  it.each(galleryGraphs())("is shown as Tidy up would leave %s", (_, graph) => {
    const piled = at(graph, () => ({ x: 0, y: 0 }));
    expect(nodesOf(laidOut(piled)).map(({ position }) => position)).toEqual(
      nodesOf(tidied(piled)).map(({ position }) => position),
    );
  });

  it("is shown so wherever that spot is", () => {
    for (const spot of [{ x: 0, y: 0 }, { x: 320, y: -80 }, undefined as never]) {
      const graph = at(chain("a", "b", "c"), () => spot);
      expect(piledIn(nodesOf(laidOut(graph)))).toEqual([]);
    }
  });

  it("takes its notes along, and is itself left as it is", () => {
    const piled = at(chain("a", "b", "c"), () => ({ x: 0, y: 0 }));
    const graph = { ...piled, notes: [{ ...newNote(piled, { x: 0, y: 0, width: 800, height: 600 }), position: { x: 400, y: 0 } }] };
    const before = JSON.stringify(graph);
    expect(laidOut(graph).notes).toHaveLength(1);
    expect(JSON.stringify(graph)).toBe(before);
    expect(laidOut(graph)).toBe(laidOut(graph));
    expect(laidOut(laidOut(graph))).toBe(laidOut(graph));
  });

  it("opens at once with a thousand steps, also where edges lead in circles", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `s${index}`);
    const wild = at(chain(...ids), () => ({ x: 0, y: 0 }));
    const edges = ids.map((id, index) => ({ id: `f${id}`, source: id, source_handle: "on_error", target: ids[(index * 7) % 1000]! }));
    const begun = performance.now();
    const shown = laidOut({ ...wild, edges: [...wild.edges, ...edges] });
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(piledIn(nodesOf(shown))).toEqual([]);
  });
});

describe("a graph of which some steps have no place", () => {
  it.each(galleryGraphs())("keeps the places of the others in %s, and hides none", (_, graph) => {
    for (const missing of [2, 3]) {
      const partly = at(graph, (position, index) => (index % missing === 1 ? { x: 0, y: 0 } : position));
      const shown = laidOut(partly);
      nodesOf(partly).forEach((node, index) => {
        if (index % missing !== 1) expect(nodeById(shown, node.id)?.position).toEqual(node.position);
      });
      expect(piledIn(nodesOf(shown))).toEqual([]);
    }
  });

  it("shows a step below the one that it follows", () => {
    const places: Record<string, Position> = { a: { x: 500, y: 300 }, b: { x: 500, y: 436 } };
    const graph = at(chain("a", "b", "c", "d"), (_, __, id) => places[id] ?? { x: 0, y: 0 });
    const shown = laidOut(graph);
    const [b, d] = ["b", "d"].map((id) => nodeById(shown, id)?.position);
    expect(d).toMatchObject({ x: 500 });
    expect(d?.y).toBeGreaterThan(b?.y ?? 0);
  });

  it("shows a single one that lies over another", () => {
    const graph = at(chain("a", "b"), (_, index) => (index === 0 ? { x: 40, y: 20 } : { x: 0, y: 0 }));
    expect(nodeById(laidOut(graph), "b")?.position).toEqual({ x: 40, y: expect.any(Number) as number });
    expect(piledIn(nodesOf(laidOut(graph)))).toEqual([]);
  });

  it("has no two steps on one spot, whatever the graph", () => {
    fc.assert(
      fc.property(anyGraph, fc.array(fc.constantFrom(0, 40, 300)), (graph, spots) => {
        const piled = at(graph, (_, index) => ({ x: spots[index] ?? 0, y: 0 }));
        const places = nodesOf(laidOut(piled)).map(({ position }) => `${position.x} ${position.y}`);
        expect(new Set(places).size).toBe(places.length);
      }),
      { seed: 19, numRuns: 300 },
    );
  });
});

describe("a graph whose steps have places", () => {
  it.each(galleryGraphs())("is shown as %s is", (_, graph) => {
    expect(laidOut(graph)).toBe(graph);
  });

  it("stays although steps partly lie over each other, or a trigger stands at 0, 0", () => {
    const graph = at(chain("a", "b", "c"), (_, index) => ({ x: index * 30, y: index * 12 }));
    expect(laidOut(graph)).toBe(graph);
  });
});

function at(graph: Graph, place: (position: Position, index: number, id: string) => Position): Graph {
  const nodes = nodesOf(graph).map((node, index) => ({ ...node, position: place(node.position, index, node.id) }));
  return { ...graph, nodes };
}

/** Returns the pairs of steps that lie over each other. */
function piledIn(nodes: readonly { id: string; position: Position }[]): string[] {
  const boxes = nodes.map(({ id, position }) => ({ id, ...bounded(position) }));
  return boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter((other) => Math.abs(other.x - one.x) < NODE_WIDTH && Math.abs(other.y - one.y) < NODE_HEIGHT)
      .map((other) => `${one.id} ${other.id}`),
  );
}
