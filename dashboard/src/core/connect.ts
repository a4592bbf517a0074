// Says whether an edge may be drawn, and why not.
import { handlesOf } from "./catalogue";
import { edgesOf, nodeById, nodesAfter, TRIGGER, type Graph, type GraphEdge } from "./graph";

export type EdgeEnds = Pick<GraphEdge, "source" | "source_handle" | "target">;

/** Returns why the way may not be drawn, in words for the operator; null if it may. */
export function refusal(graph: Graph, way: EdgeEnds): string | null {
  const source = nodeById(graph, way.source);
  const target = nodeById(graph, way.target);
  if (!source || !target) return "One of the steps is not there any more.";
  if (source.id === target.id) return "A step cannot follow itself.";
  if (target.type === TRIGGER) return "Nothing leads into a trigger; it starts the workflow.";
  if (!handlesOf(source).some((handle) => handle.id === way.source_handle)) {
    return "The step has no such way out.";
  }
  if (edgesOf(graph).some((edge) => isSameEdge(edge, way))) return "The two are connected already.";
  if (nodesAfter(graph, target.id).has(source.id)) {
    return "That would be a circle. A workflow only runs forwards.";
  }
  return null;
}

export function isSameEdge(one: EdgeEnds, other: EdgeEnds): boolean {
  return (
    one.source === other.source &&
    one.source_handle === other.source_handle &&
    one.target === other.target
  );
}
