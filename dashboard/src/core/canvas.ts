// Turns a graph into what a canvas draws, and takes back nothing but the places of its nodes.
import { edgesOf, nodesOf, notesOf, type CanvasNote, type Graph, type GraphNode, type Position } from "./graph";

/** A node as the canvas holds it. The graph's own node is in `data`, untouched. */
export interface CanvasNode {
  id: string;
  type: "step";
  position: Position;
  data: { node: GraphNode };
}

/** A note as the canvas holds it, behind the steps. */
export interface CanvasNoteNode {
  id: string;
  type: "note";
  position: Position;
  width: number;
  height: number;
  data: { note: CanvasNote };
}

/** An edge as the canvas holds it. */
export interface CanvasEdge {
  id: string;
  type: "stepEdge";
  source: string;
  sourceHandle: string;
  target: string;
}

export interface Canvas {
  nodes: CanvasNode[];
  notes: CanvasNoteNode[];
  edges: CanvasEdge[];
}

/** How far from its middle the canvas goes, in pixels; the API keeps no node further away. */
const FARTHEST = 1e6;

/** Returns the place, or the nearest one that is on the canvas; what has no place is at 0, 0. */
export function bounded(place: Position | undefined): Position {
  return { x: within(place?.x), y: within(place?.y) };
}

function within(value: number | undefined): number {
  return Math.min(FARTHEST, Math.max(-FARTHEST, value || 0));
}

/** Returns what the canvas shows; an edge to a missing node is left out, as it cannot be shown. */
export function toCanvas(graph: Graph): Canvas {
  const known = new Set(nodesOf(graph).map((node) => node.id));
  return {
    nodes: nodesOf(graph).map((node) => ({
      id: node.id,
      type: "step",
      position: bounded(node.position),
      data: { node },
    })),
    notes: notesOf(graph).map((note) => ({
      id: note.id,
      type: "note",
      position: bounded(note.position),
      width: note.width,
      height: note.height,
      data: { note },
    })),
    edges: edgesOf(graph)
      .filter((edge) => known.has(edge.source) && known.has(edge.target))
      .map((edge) => ({
        id: edge.id,
        type: "stepEdge",
        source: edge.source,
        sourceHandle: edge.source_handle ?? "out",
        target: edge.target,
      })),
  };
}

/**
 * Returns the graph with its nodes and notes where the canvas has them.
 *
 * Nothing else is read from the canvas, so what it does not know, such as fields of a newer
 * version, stays as it is. Without a move the very same graph comes back.
 */
export function placed(graph: Graph, places: Iterable<{ id: string; position: Position }>): Graph {
  const wanted = new Map(Array.from(places, ({ id, position }) => [id, position]));
  let moved = false;
  const put = <T extends { id: string; position: Position }>(part: T): T => {
    const position = wanted.get(part.id);
    if (!position || isAt(part, position)) return part;
    moved = true;
    const { x, y } = bounded(position);
    return { ...part, position: { x: Math.round(x), y: Math.round(y) } };
  };
  const [nodes, notes] = [graph.nodes.map(put), notesOf(graph).map(put)];
  return moved ? { ...graph, nodes, notes } : graph;
}

function isAt(part: { position: Position }, place: Position): boolean {
  const [was, is] = [bounded(part.position), bounded(place)];
  return was.x === is.x && was.y === is.y;
}
