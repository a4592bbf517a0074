// Every change that an operator makes to a graph: each returns a new graph.
import { handlesOf } from "./catalogue";
import { connectionProblem, type EdgeEnds } from "./connect";
import {
  edgesOf,
  freshId,
  idsOf,
  notesOf,
  nodeById,
  type Config,
  type Graph,
  type GraphEdge,
  type GraphNode,
} from "./graph";

export function withNode(graph: Graph, node: GraphNode): Graph {
  return { ...graph, nodes: [...graph.nodes, node] };
}

/** Returns the graph with a new edge, or the same graph where the edge cannot be added. */
export function connected(graph: Graph, ends: EdgeEnds): Graph {
  if (connectionProblem(graph, ends)) return graph;
  return { ...graph, edges: [...graph.edges, newEdge(graph, ends)] };
}

/** Returns the graph without these nodes or notes, their edges, and these edges. */
export function without(graph: Graph, nodes: Iterable<string>, edges: Iterable<string>): Graph {
  const removed = new Set(nodes);
  const removedEdges = new Set(edges);
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !removed.has(node.id)),
    notes: notesOf(graph).filter((note) => !removed.has(note.id)),
    edges: graph.edges.filter(
      (edge) => !removedEdges.has(edge.id) && !removed.has(edge.source) && !removed.has(edge.target),
    ),
  };
}

/** Returns the graph without a node; what led to it leads to what followed it. */
export function bridged(graph: Graph, id: string): Graph {
  const into = edgesOf(graph).filter((edge) => edge.target === id);
  const outOf = edgesOf(graph).filter(
    (edge) => edge.source === id && edge.source_handle !== "on_error",
  );
  const rest = without(graph, [id], []);
  const bridges = into.flatMap((before) =>
    outOf.map((after) => ({
      source: before.source,
      source_handle: before.source_handle,
      target: after.target,
    })),
  );
  return bridges.reduce(connected, rest);
}

/** Returns the graph with a node put in the middle of an edge. */
export function inserted(graph: Graph, edgeId: string, node: GraphNode): Graph {
  const edge = edgesOf(graph).find((each) => each.id === edgeId);
  const grown = withNode(graph, node);
  if (!edge) return grown;
  const onwards = handlesOf(node)[0];
  const first = { source: edge.source, source_handle: edge.source_handle, target: node.id };
  const cut = connected(without(grown, [], [edgeId]), first);
  if (!onwards) return cut;
  return connected(cut, { source: node.id, source_handle: onwards.id, target: edge.target });
}

export function changed(graph: Graph, id: string, change: Partial<Omit<GraphNode, "id">>): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)),
  };
}

/**
 * Returns the graph with a node's new configuration.
 *
 * Edges from an output that the node no longer has, such as a switch's removed case, are removed.
 */
export function configured(graph: Graph, id: string, config: Config): Graph {
  const next = changed(graph, id, { config: { ...config } });
  const node = nodeById(next, id);
  if (!node) return next;
  const handles = new Set(handlesOf(node).map((handle) => handle.id));
  const lost = edgesOf(next).filter(
    (edge) => edge.source === id && !handles.has(edge.source_handle),
  );
  return lost.length ? without(next, [], lost.map((edge) => edge.id)) : next;
}

/**
 * Returns the path of the one text or number in which two configurations differ, as they do while
 * it is typed; null where more is different.
 */
export function typedAt(before: unknown, after: unknown, path = ""): string | null {
  if (isTyped(before) && isTyped(after)) return path;
  if (!isTree(before) || !isTree(after)) return null;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const [name, ...more] = [...names].filter((each) => before[each] !== after[each]);
  return name === undefined || more.length ? null : typedAt(before[name], after[name], `${path}.${name}`);
}

function isTyped(value: unknown): boolean {
  return value === undefined || typeof value === "string" || typeof value === "number";
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function newEdge(graph: Graph, ends: EdgeEnds): GraphEdge {
  return { id: freshId("edge", idsOf(graph)), ...ends };
}
