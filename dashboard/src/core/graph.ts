// The graph itself, in the words of the API's contract, and how a new part of it is made.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["Node"];
export type GraphEdge = Schemas["Edge"];
export type Position = Schemas["Position"];
export type Config = Readonly<Record<string, unknown>>;

export const TRIGGER = "trigger";
export const WEBHOOK = "webhook";
export const SUCCESS_HANDLE = "out";
export const ERROR_HANDLE = "on_error";
export const DEFAULT_HANDLE = "default";

export const EMPTY_GRAPH: Graph = { schema_version: 1, nodes: [], edges: [] };

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
  return new Set([...nodesOf(graph), ...edgesOf(graph)].map((part) => part.id));
}

export function nodesOf(graph: Graph): readonly GraphNode[] {
  return graph.nodes;
}

export function edgesOf(graph: Graph): readonly GraphEdge[] {
  return graph.edges;
}

export function nodeById(graph: Graph, id: string | null | undefined): GraphNode | undefined {
  return nodesOf(graph).find((node) => node.id === id);
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
export function nodesBefore(graph: Graph, id: string): Set<string> {
  return reached(id, (at) => edgesOf(graph).filter((e) => e.target === at).map((e) => e.source));
}

/** Returns the ids of all nodes that an execution may reach from the node. */
export function nodesAfter(graph: Graph, id: string): Set<string> {
  return reached(id, (at) => edgesOf(graph).filter((e) => e.source === at).map((e) => e.target));
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
