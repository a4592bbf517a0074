// Graphs for the tests: the gallery's own files, and arbitrary ones.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { newNode, type Graph, type GraphNode } from "../../src/core/graph";

const GALLERY = join(import.meta.dirname, "../../../layers/bookflow/python/bookflow/gallery");

export function galleryGraphs(): [string, Graph][] {
  return readdirSync(GALLERY)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [
      name,
      (JSON.parse(readFileSync(join(GALLERY, name), "utf-8")) as { graph: Graph }).graph,
    ]);
}

export function node(id: string, type = "webhook", config: Record<string, unknown> = {}): GraphNode {
  return { ...newNode(type, id, config, { x: 0, y: 0 }, new Set()), id };
}

export function chain(...ids: string[]): Graph {
  return {
    schema_version: 1,
    nodes: ids.map((id, index) => node(id, index === 0 ? "trigger" : "webhook")),
    edges: ids.slice(1).map((id, index) => ({
      id: `e${index}`,
      source: ids[index] ?? "",
      source_handle: "out",
      target: id,
    })),
    notes: [],
  };
}

const id = fc.string({ minLength: 1, maxLength: 8 });

/** Any graph that the API's contract allows, fields of later versions included. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .uniqueArray(id, { minLength: 1, maxLength: 8 })
  .chain((ids) =>
    fc.record({
      schema_version: fc.constant(1 as const),
      nodes: fc.tuple(
        ...ids.map((each) =>
          fc.record({
            id: fc.constant(each),
            type: fc.constantFrom("trigger", "webhook", "condition", "switch", "unknown"),
            name: fc.string(),
            config: fc.dictionary(fc.string(), fc.jsonValue()),
            position: fc.record({ x: fc.double({ noNaN: true, noDefaultInfinity: true }), y: fc.integer() }),
            on_failure: fc.constantFrom("stop", "continue"),
            retry: fc.constant({ max_attempts: 4, interval_seconds: 2, backoff_rate: 2 }),
            timeout_seconds: fc.option(fc.integer({ min: 1, max: 30 })),
            later: fc.jsonValue(),
          }),
        ),
      ),
      edges: fc.array(
        fc.record({
          id,
          source: fc.constantFrom(...ids),
          source_handle: fc.constantFrom("out", "on_error", "true"),
          target: fc.constantFrom(...ids, "nowhere"),
        }),
      ),
      notes: fc.constant([]),
    }),
  );
