// Whether an edge can be added to a graph, and why not.
import { handlesOf } from "./catalogue";
import { edgesOutOf, nodeById, nodesBefore, TRIGGER, type Graph, type GraphEdge } from "./graph";

export type EdgeEnds = Pick<GraphEdge, "source" | "source_handle" | "target">;

/** Returns why the edge cannot be added, in words for the operator; null if it can. */
export function connectionProblem(graph: Graph, edge: EdgeEnds): string | null {
  const source = nodeById(graph, edge.source);
  const target = nodeById(graph, edge.target);
  if (!source || !target) return "One of the steps was deleted.";
  if (source.id === target.id) return "A step cannot follow itself.";
  if (target.type === TRIGGER) return "A trigger starts the workflow. No step can lead to it.";
  if (!handlesOf(source).some((handle) => handle.id === edge.source_handle)) {
    return "The step has no such output.";
  }
  if (edgesOutOf(graph, source.id).some((each) => isSameEdge(each, edge))) return "These steps are already connected.";
  if (nodesBefore(graph, source.id).has(target.id)) {
    return "That would make a loop. A workflow only runs forward.";
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
