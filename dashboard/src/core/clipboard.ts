// Copies parts of a graph as text, and pastes them with ids of their own.
import {
  edgesOf,
  freshId,
  idsOf,
  nodesOf,
  notesOf,
  TRIGGER,
  triggerOf,
  type CanvasNote,
  type Graph,
  type GraphEdge,
  type GraphNode,
  type Position,
} from "./graph";

const FORMAT = "bookflow.nodes";
const STEP_ASIDE = 48;

interface Clipping {
  format: typeof FORMAT;
  nodes: GraphNode[];
  edges: GraphEdge[];
  notes?: CanvasNote[];
}

/** Returns these nodes and notes, and the edges between them, as text; null if there are none. */
export function copied(graph: Graph, ids: ReadonlySet<string>): string | null {
  const nodes = nodesOf(graph).filter((node) => ids.has(node.id));
  const notes = notesOf(graph).filter((note) => ids.has(note.id));
  if (nodes.length + notes.length === 0) return null;
  const edges = edgesOf(graph).filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  return JSON.stringify({ format: FORMAT, nodes, edges, notes });
}

/**
 * Returns the graph with the copied parts a step aside, and the ids of the new nodes.
 *
 * A second trigger is left out, since a workflow has one. Null if the text is no copy of ours.
 */
export function pasted(graph: Graph, text: string): { graph: Graph; ids: Set<string> } | null {
  const clipping = read(text);
  if (!clipping) return null;
  const taken = idsOf(graph);
  const hasTrigger = triggerOf(graph) !== undefined;
  const newIds = new Map<string, string>();
  const aside = <T extends { id: string; position: Position }>(part: T, prefix: string): T => {
    const id = freshId(prefix, taken);
    taken.add(id);
    newIds.set(part.id, id);
    const { x, y } = part.position;
    return { ...part, id, position: { x: x + STEP_ASIDE, y: y + STEP_ASIDE } };
  };
  const nodes = clipping.nodes
    .filter((node) => !(node.type === TRIGGER && hasTrigger))
    .map((node) => aside(node, node.type));
  const notes = notesOf(clipping).map((note) => aside(note, "note"));
  const edges = clipping.edges.flatMap((edge) => {
    const source = newIds.get(edge.source);
    const target = newIds.get(edge.target);
    if (!source || !target) return [];
    const id = freshId("edge", taken);
    taken.add(id);
    return [{ ...edge, id, source, target }];
  });
  return {
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...nodes],
      edges: [...graph.edges, ...edges],
      notes: [...notesOf(graph), ...notes],
    },
    ids: new Set(newIds.values()),
  };
}

function read(text: string): Clipping | null {
  try {
    const value: unknown = JSON.parse(text);
    return isClipping(value) ? value : null;
  } catch {
    return null;
  }
}

function isClipping(value: unknown): value is Clipping {
  if (typeof value !== "object" || value === null) return false;
  const { format, nodes, edges, notes = [] } = value as Partial<Clipping>;
  return (
    format === FORMAT &&
    Array.isArray(nodes) &&
    Array.isArray(edges) &&
    Array.isArray(notes) &&
    nodes.every((node) => typeof node?.id === "string" && typeof node.type === "string")
  );
}
