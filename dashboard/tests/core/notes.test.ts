// Notes are kept with the graph, go along with it, and never lie over a step by tidying up.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placed, toCanvas } from "../../src/core/canvas";
import { copied, pasted } from "../../src/core/clipboard";
import { hasSameNotes, isSameStated } from "../../src/core/difference";
import { without } from "../../src/core/edit";
import { notesOf, type CanvasNote, type Graph } from "../../src/core/graph";
import { heightOf, NODE_WIDTH, tidied } from "../../src/core/layout";
import { changedNote, newNote, notesBeside, sideWithin, WIDTH, withNote } from "../../src/core/notes";
import { chain } from "./samples";

const NOTE: CanvasNote = { id: "note_a", text: "Ask Ada", color: "yellow", position: { x: 300, y: 0 }, width: 200, height: 100 };
const noted = withNote(chain("t", "a", "b"), NOTE);

describe("a note", () => {
  it("is added free of steps and other notes, with an id of its own", () => {
    let graph: Graph = chain("t");
    for (let number = 0; number < 5; number += 1) graph = withNote(graph, newNote(graph, { x: 0, y: -24, width: 240, height: 120 }));
    expect(new Set(notesOf(graph).map(({ id }) => id)).size).toBe(5);
    expect(overlaps(graph)).toBe(0);
  });

  it("is added in sight where there is room, as near to the middle as can be", () => {
    const sight = { x: -400, y: -200, width: 1000, height: 700 };
    let graph: Graph = chain("t", "a", "b");
    for (let number = 0; number < 4; number += 1) graph = withNote(graph, newNote(graph, sight));
    expect(overlaps(graph)).toBe(0);
    for (const { position, width, height } of notesOf(graph)) {
      expect(position.x).toBeGreaterThanOrEqual(sight.x);
      expect(position.y).toBeGreaterThanOrEqual(sight.y);
      expect(position.x + width).toBeLessThanOrEqual(sight.x + sight.width);
      expect(position.y + height).toBeLessThanOrEqual(sight.y + sight.height);
    }
    expect(newNote(chain(), sight).position).toEqual({ x: -20, y: 90 });
  });

  it("is changed, moved and removed like a step, and each step stays as it is", () => {
    expect(notesOf(changedNote(noted, "note_a", { text: "Ask Bob" }))[0]?.text).toBe("Ask Bob");
    const moved = placed(noted, [{ id: "note_a", position: { x: 10.4, y: -3 } }]);
    expect(notesOf(moved)[0]?.position).toEqual({ x: 10, y: -3 });
    expect(moved.nodes[0]).toBe(noted.nodes[0]);
    expect(notesOf(without(noted, ["note_a"], []))).toEqual([]);
    expect(toCanvas(noted).notes.map(({ id, width }) => [id, width])).toEqual([["note_a", 200]]);
  });

  it("is copied and pasted with an id of its own, alone or with steps", () => {
    const text = copied(noted, new Set(["note_a"])) ?? "";
    const result = pasted(noted, text);
    expect(notesOf(result!.graph)).toHaveLength(2);
    expect(result!.graph.nodes).toHaveLength(3);
    expect([...result!.ids]).toEqual([notesOf(result!.graph)[1]!.id]);
    expect(result!.ids.has("note_a")).toBe(false);
  });

  it("is no change to publish, and none that goes unseen", () => {
    expect(isSameStated({ graph: noted }, { graph: chain("t", "a", "b") })).toBe(true);
    expect(hasSameNotes(noted, chain("t", "a", "b"))).toBe(false);
  });

  it("has sides that the API takes, whatever is typed", () => {
    expect([NaN, -5, 119, 240.4, 1e9].map((typed) => sideWithin(typed, WIDTH))).toEqual([120, 120, 120, 240, 1200]);
  });

  it("may be missing from a graph that was kept or copied before there were any", () => {
    const { notes: _, ...old } = chain("t", "a");
    const graph = old as Graph;
    expect(toCanvas(graph).notes).toEqual([]);
    expect(placed(graph, [])).toBe(graph);
    expect(pasted(graph, JSON.stringify({ format: "bookflow.nodes", nodes: [], edges: [] }))!.graph.notes).toEqual([]);
  });
});

describe("tidying up", () => {
  it("takes a note along with the step nearest to it", () => {
    const spread = placed(noted, [
      { id: "a", position: { x: 2000, y: 1500 } },
      { id: "note_a", position: { x: 2280, y: 1500 } },
    ]);
    const after = tidy(spread);
    const step = after.nodes.find(({ id }) => id === "a")!.position;
    expect(notesOf(after)[0]?.position).toEqual({ x: step.x + 280, y: step.y });
  });

  it("lays no note over a step or another note that it did not lie over before", () => {
    const place = fc.record({ x: fc.integer({ min: -900, max: 900 }), y: fc.integer({ min: -900, max: 900 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 4, maxLength: 4 }), fc.array(place, { maxLength: 6 }), (steps, notes) => {
        let graph: Graph = chain("t", "a", "b", "c");
        graph = placed(graph, graph.nodes.map(({ id }, index) => ({ id, position: steps[index]! })));
        for (const middle of notes) graph = withNote(graph, newNote(graph, { ...middle, width: 0, height: 0 }));
        fc.pre(overlaps(graph) === 0);
        expect(overlaps(tidy(graph))).toBe(0);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("leaves a note as a frame around the steps in it", () => {
    const frame = withNote(chain("t"), { ...NOTE, position: { x: -20, y: -20 }, width: 300, height: 200 });
    const far = placed(frame, [
      { id: "t", position: { x: 500, y: 500 } },
      { id: "note_a", position: { x: 480, y: 480 } },
    ]);
    expect(notesOf(tidy(far))[0]?.position).toEqual({ x: -20, y: -20 });
  });
});

function tidy(graph: Graph): Graph {
  const steps = tidied(graph);
  return placed(steps, notesBeside(graph, steps));
}

/** Returns how many notes lie over a step or another note. */
function overlaps(graph: Graph): number {
  const boxes = [
    ...graph.nodes.map((node) => ({ ...node.position, width: NODE_WIDTH, height: heightOf(node) })),
    ...notesOf(graph).map(({ position, width, height }) => ({ ...position, width, height })),
  ];
  let count = 0;
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(Math.max(index + 1, graph.nodes.length))) {
      const [isAcross, isDown] = [
        one.x < other.x + other.width && other.x < one.x + one.width,
        one.y < other.y + other.height && other.y < one.y + one.height,
      ];
      if (isAcross && isDown) count += 1;
    }
  });
  return count;
}
