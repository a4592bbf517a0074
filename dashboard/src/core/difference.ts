// What changed between two graphs: what was added, removed and changed.
import { withNode } from "./edit";
import { freePlace } from "./layout";
import { edgesOf, freshId, idsOf, nodesOf, notesOf, type Graph, type GraphEdge, type GraphNode } from "./graph";

/** A workflow as it was or is. A field that only one of the two has, such as an old version's description, is not compared. */
export interface Stated {
  name?: string;
  description?: string | null;
  tags?: readonly string[];
  graph: Graph;
}

/** Whether publishing one over the other would change anything. */
export function isSameStated(was: Stated, is: Stated): boolean {
  return headChanges(was, is).length === 0 && isSameForExecutions(difference(was.graph, is.graph));
}

/** Returns what differs besides the graph. */
export function headChanges(was: Stated, is: Stated): FieldChange[] {
  return fieldChanges(headOf(was, is), headOf(is, was));
}

function headOf(one: Stated, other: Stated) {
  return {
    ...(one.name == null || other.name == null ? {} : { name: one.name }),
    ...(one.tags == null || other.tags == null ? {} : { tags: one.tags }),
    ...(one.description == null || other.description == null ? {} : { description: one.description }),
  };
}

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface Difference {
  added: GraphNode[];
  removed: GraphNode[];
  changed: { node: GraphNode; changes: FieldChange[] }[];
  moved: GraphNode[];
  edgesAdded: GraphEdge[];
  edgesRemoved: GraphEdge[];
}

/** Whether the notes of two graphs are the same, their places included. */
export function hasSameNotes(one: Graph, other: Graph): boolean {
  return JSON.stringify(notesOf(one)) === JSON.stringify(notesOf(other));
}

export function difference(before: Graph, after: Graph): Difference {
  const old = new Map(nodesOf(before).map((node) => [node.id, node]));
  const now = new Set(nodesOf(after).map((node) => node.id));
  const result: Difference = {
    added: nodesOf(after).filter((node) => !old.has(node.id)),
    removed: nodesOf(before).filter((node) => !now.has(node.id)),
    changed: [],
    moved: [],
    edgesAdded: missing(edgesOf(after), edgesOf(before)),
    edgesRemoved: missing(edgesOf(before), edgesOf(after)),
  };
  for (const node of nodesOf(after)) {
    const was = old.get(node.id);
    if (!was) continue;
    const { position: wasAt, ...wasRest } = was;
    const { position: isAt, ...isRest } = node;
    const changes = fieldChanges(wasRest, isRest);
    if (changes.length) result.changed.push({ node, changes });
    else if (wasAt.x !== isAt.x || wasAt.y !== isAt.y) result.moved.push(node);
  }
  return result;
}

/** Two graphs in one: the later one, with what was removed from the earlier one beside it. */
export interface Superposed {
  graph: Graph;
  /** How nodes and edges differ, by id; what is the same in both has no entry. */
  changes: ReadonlyMap<string, Change>;
}

export type Change = "added" | "changed" | "removed";

export function superposed(before: Graph, after: Graph): Superposed {
  const found = difference(before, after);
  const taken = idsOf(after);
  // An edge that was added again may have kept its id.
  const removedEdges = found.edgesRemoved.map((edge) => ({ ...edge, id: freshId("removed", taken) }));
  const graph = found.removed.reduce(
    (grown, node) => withNode(grown, { ...node, position: freePlace(grown, node.position) }),
    after,
  );
  const marked = (parts: readonly { id: string }[], change: Change) => parts.map(({ id }) => [id, change] as const);
  return {
    graph: { ...graph, edges: [...graph.edges, ...removedEdges] },
    changes: new Map([
      ...marked([...found.added, ...found.edgesAdded], "added"),
      ...marked(found.changed.map(({ node }) => node), "changed"),
      ...marked([...found.removed, ...removedEdges], "removed"),
    ]),
  };
}

/** Whether only positions differ, which change no execution. */
export function isSameForExecutions(difference: Difference): boolean {
  const { moved: _moved, ...rest } = difference;
  return Object.values(rest).every((part: unknown[]) => part.length === 0);
}

/** Returns what differs between two values, field by field; lists count as one field. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  return Array.from(compared(before, after, ""));
}

function missing(from: readonly GraphEdge[], others: readonly GraphEdge[]): GraphEdge[] {
  const keyOf = (edge: GraphEdge) => JSON.stringify([edge.source, edge.source_handle, edge.target]);
  const known = new Set(others.map(keyOf));
  return from.filter((edge) => !known.has(keyOf(edge)));
}

function* compared(was: unknown, is: unknown, path: string): Generator<FieldChange> {
  if (isRecord(was) && isRecord(is)) {
    for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
      yield* compared(was[name], is[name], path ? `${path}.${name}` : name);
    }
  } else if (JSON.stringify(was) !== JSON.stringify(is)) {
    yield { field: path, before: was ?? null, after: is ?? null };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
