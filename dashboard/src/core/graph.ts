// The graph itself, in the words of the API's contract, and how a new part of it is made.
import type { components } from "../api/schema";
import { grouped } from "./grouping";

type Schemas = components["schemas"];

export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["Node"];
export type GraphEdge = Schemas["Edge"];
export type CanvasNote = Schemas["CanvasNote"];
export type Position = Schemas["Position"];
export type Config = Readonly<Record<string, unknown>>;

export const TRIGGER = "trigger";
export const WEBHOOK = "webhook";
export const SUCCESS_HANDLE = "out";
export const ERROR_HANDLE = "on_error";
export const DEFAULT_HANDLE = "default";

const REMINDER = "Booking Reminder";

export const EMPTY_GRAPH: Graph = { schema_version: 1, nodes: [], edges: [], notes: [] };

const ID_LENGTH = 6;
const ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Returns an id such as `webhook_k3f9ab` that no id in `taken` has. */
export function freshId(prefix: string, taken: ReadonlySet<string>): string {
  for (;;) {
    const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
    const tail = Array.from(bytes, (byte) => ID_LETTERS[byte % ID_LETTERS.length]).join("");
    const id = `${prefix}_${tail}`;
    if (!taken.has(id)) return id;
  }
}

/** Returns a node with every field that the server would fill in, so that saving changes nothing. */
export function newNode(
  type: string,
  name: string,
  config: Config,
  position: Position,
  taken: ReadonlySet<string>,
): GraphNode {
  return {
    id: type === TRIGGER && !taken.has(TRIGGER) ? TRIGGER : freshId(type, taken),
    type,
    name,
    config: { ...config },
    position,
    on_failure: "stop",
    retry: { max_attempts: 4, interval_seconds: 2, backoff_rate: 2 },
    timeout_seconds: null,
  };
}

export function idsOf(graph: Graph): Set<string> {
  return new Set([...nodesOf(graph), ...edgesOf(graph), ...notesOf(graph)].map((part) => part.id));
}

export function nodesOf(graph: Graph): readonly GraphNode[] {
  return graph.nodes;
}

export function edgesOf(graph: Graph): readonly GraphEdge[] {
  return graph.edges;
}

/** Returns the notes on the canvas; a graph that was kept or copied before there were any has none. */
export function notesOf({ notes }: { notes?: readonly CanvasNote[] }): readonly CanvasNote[] {
  return notes ?? [];
}

/** Where the parts of a graph are found; a graph never changes, so this is made once for each. */
interface Index {
  nodes: ReadonlyMap<string, GraphNode>;
  into: ReadonlyMap<string, readonly GraphEdge[]>;
  outOf: ReadonlyMap<string, readonly GraphEdge[]>;
  before: Map<string, ReadonlySet<string>>;
}

const INDICES = new WeakMap<Graph, Index>();

function indexOf(graph: Graph): Index {
  const known = INDICES.get(graph);
  if (known) return known;
  const nodes = new Map<string, GraphNode>();
  for (const node of nodesOf(graph)) if (!nodes.has(node.id)) nodes.set(node.id, node);
  const index = {
    nodes,
    into: grouped(edgesOf(graph), (edge) => edge.target),
    outOf: grouped(edgesOf(graph), (edge) => edge.source),
    before: new Map<string, ReadonlySet<string>>(),
  };
  INDICES.set(graph, index);
  return index;
}

const NO_EDGES: readonly GraphEdge[] = [];

/** Returns the edges that lead to a node. */
export function edgesInto(graph: Graph, id: string): readonly GraphEdge[] {
  return indexOf(graph).into.get(id) ?? NO_EDGES;
}

/** Returns the edges that leave a node. */
export function edgesOutOf(graph: Graph, id: string): readonly GraphEdge[] {
  return indexOf(graph).outOf.get(id) ?? NO_EDGES;
}

export function nodeById(graph: Graph, id: string | null | undefined): GraphNode | undefined {
  return id == null ? undefined : indexOf(graph).nodes.get(id);
}

export function triggerOf(graph: Graph): GraphNode | undefined {
  return nodesOf(graph).find((node) => node.type === TRIGGER);
}

/** Returns the event that the graph starts by, if it names one. */
export function eventOf(graph: Graph): string | undefined {
  const event = triggerOf(graph)?.config?.["event"];
  return typeof event === "string" ? event : undefined;
}

/** Returns the ids of all nodes that an execution may pass before it reaches the node. */
export function nodesBefore(graph: Graph, id: string): ReadonlySet<string> {
  const { before } = indexOf(graph);
  const found = before.get(id) ?? reached(id, (at) => edgesInto(graph, at).map((edge) => edge.source));
  before.set(id, found);
  return found;
}

/** Returns the ids of all nodes that an execution may reach from the node. */
export function nodesAfter(graph: Graph, id: string): Set<string> {
  return reached(id, (at) => edgesOutOf(graph, at).map((edge) => edge.target));
}

function reached(start: string, next: (id: string) => string[]): Set<string> {
  const found = new Set<string>();
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const each of next(id)) {
      if (!found.has(each)) {
        found.add(each);
        open.push(each);
      }
    }
  }
  return found;
}

export function isReminder(graph: Graph | undefined): boolean {
  return graph !== undefined && eventOf(graph) === REMINDER;
}
