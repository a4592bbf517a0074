// The canvas's own copies of nodes and edges, made again from the graph whenever it changes.
import {
  applyEdgeChanges,
  applyNodeChanges,
  Position as Side,
  type Edge,
  type EdgeChange,
  type Node,
  type NodeChange,
  type NodeHandle,
} from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import { toCanvas } from "../../../core/canvas";
import { handlesOf } from "../../../core/catalogue";
import type { Change } from "../../../core/difference";
import { edgesOutOf, nodeById, TRIGGER, type CanvasNote, type Graph, type GraphNode, type Position } from "../../../core/graph";
import { heightOf, leavesAt, NODE_WIDTH } from "../../../core/layout";
import type { Problem } from "../../../core/problems";
import type { NodeStatus } from "../../../core/executions";
import type { NodeCounts } from "../../../core/stepStatistics";
import { laidOut } from "../../../core/unplaced";

/** What is shown at a node besides what it is. */
export interface Marks {
  problems?: ReadonlyMap<string, readonly Problem[]>;
  statuses?: ReadonlyMap<string, NodeStatus>;
  edgesTaken?: ReadonlySet<string>;
  /** What executions did at each node. */
  counts?: ReadonlyMap<string, NodeCounts>;
  /** How nodes and edges differ from another version, by id. */
  changes?: ReadonlyMap<string, Change>;
}

export type StepData = {
  node: GraphNode;
  problems: readonly Problem[] | undefined;
  status: NodeStatus | undefined;
  change: Change | undefined;
  counts: NodeCounts | undefined;
  /** The outputs that lead nowhere yet, in one text. */
  open: string;
};

export type StepNode = Node<StepData, "step">;
export type NoteNode = Node<{ note: CanvasNote }, "note">;
export type FlowNode = StepNode | NoteNode;
export type StepEdgeData = { isTaken: boolean | undefined; change: Change | undefined; between: string };
export type StepEdge = Edge<StepEdgeData, "stepEdge">;

interface CanvasState {
  graph: Graph;
  marks: Marks;
  nodes: FlowNode[];
  edges: StepEdge[];
  /** Ids selected last: nodes that are not on the canvas yet are selected once they are. */
  wanted: ReadonlySet<string>;
}

/** Returns what the canvas shows of a graph, with its selection and what is being dragged. */
export function useCanvas(
  graph: Graph,
  marks: Marks,
  onMoved: (places: { id: string; position: Position }[]) => void,
  selectedFirst: string | null = null,
) {
  const [canvas, setCanvas] = useState<CanvasState>(() => updated(graph, marks, null, selectedFirst));
  if (canvas.graph !== graph || canvas.marks !== marks) setCanvas(updated(graph, marks, canvas));

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      setCanvas((was) => ({ ...was, nodes: applyNodeChanges(changes, was.nodes) }));
      const moved = changes.flatMap((change) =>
        change.type === "position" && change.position && change.dragging === false
          ? [{ id: change.id, position: change.position }]
          : [],
      );
      if (moved.length) onMoved(moved);
    },
    [onMoved],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<StepEdge>[]) => {
    setCanvas((was) => ({ ...was, edges: applyEdgeChanges(changes, was.edges) }));
  }, []);
  const select = useCallback((ids: ReadonlySet<string>) => {
    setCanvas((was) => ({
      ...was,
      wanted: ids,
      nodes: was.nodes.map((node) =>
        node.selected === ids.has(node.id) ? node : { ...node, selected: ids.has(node.id) },
      ),
      edges: was.edges.map((edge) => (edge.selected ? { ...edge, selected: false } : edge)),
    }));
  }, []);

  const key = canvas.nodes.filter((node) => node.selected).map((node) => node.id).join("\n");
  const selected = useMemo(() => new Set(key ? key.split("\n") : []), [key]);
  return { nodes: canvas.nodes, edges: canvas.edges, selected, select, onNodesChange, onEdgesChange };
}

function updated(graph: Graph, marks: Marks, was: CanvasState | null, selectedFirst: string | null = null): CanvasState {
  const shown = toCanvas(laidOut(graph));
  const oldNodes = new Map(was?.nodes.flatMap((node) => (node.type === "step" ? [[node.id, node]] : [])));
  const oldNotes = new Map(was?.nodes.flatMap((node) => (node.type === "note" ? [[node.id, node]] : [])));
  const oldEdges = new Map(was?.edges.map((edge) => [edge.id, edge]));
  return {
    graph,
    marks,
    wanted: new Set(),
    nodes: [
      ...shown.notes.map((note): NoteNode => {
        const old = oldNotes.get(note.id);
        if (old?.data.note === note.data.note) return old;
        const ariaLabel = `Note: ${note.data.note.text || "empty"}`;
        return { selected: was?.wanted.has(note.id) ?? false, ...old, ...note, ariaLabel, zIndex: BEHIND_STEPS };
      }),
      ...shown.nodes.map(({ id, type, position, data }): StepNode => {
        const old = oldNodes.get(id);
        const next: StepData = {
          node: data.node,
          problems: marks.problems?.get(id),
          status: marks.statuses?.get(id),
          change: marks.changes?.get(id),
          counts: marks.counts?.get(id),
          open: openOutputs(graph, data.node).join("\n"),
        };
        if (!old) return { id, type, position, data: next, ...measuresOf(data.node), selected: was?.wanted.has(id) ?? id === selectedFirst };
        if (isSame(old.data, next) && isAt(old.position, position)) return old;
        const measures = old.data.node === data.node ? {} : measuresOf(data.node);
        return { ...old, ...measures, position, data: next };
      }),
    ],
    edges: shown.edges.map((edge) => {
      const old = oldEdges.get(edge.id);
      const data: StepEdgeData = {
        isTaken: marks.edgesTaken?.has(edge.id),
        change: marks.changes?.get(edge.id),
        between: `between ${nameOf(graph, edge.source)} and ${nameOf(graph, edge.target)}`,
      };
      const isKept = old?.data && isSame(old.data, data) && old.source === edge.source && old.target === edge.target && old.sourceHandle === edge.sourceHandle;
      return isKept ? old : { ...old, ...edge, data };
    }),
  };
}

function nameOf(graph: Graph, id: string): string {
  return nodeById(graph, id)?.name || id;
}

/** Whether two records have the same values, as the canvas draws only what has changed. */
function isSame<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}

/** What is selected is brought forward by 1000, and a note stays behind the steps then, too. */
const BEHIND_STEPS = -1001;

const HANDLE = 11;

/** Returns how large a step is and where its edges end, so that none has to be measured to be known. */
function measuresOf(node: GraphNode): { initialWidth: number; initialHeight: number; handles: NodeHandle[] } {
  const height = heightOf(node);
  const handle = (id: string | null, type: "source" | "target", position: Side, x: number, y: number): NodeHandle => ({
    id,
    type,
    position,
    x: x - HANDLE / 2,
    y: y - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  });
  const outputs = leavesAt(node).map(({ output, along }) =>
    output.kind === "error"
      ? handle(output.id, "source", Side.Right, NODE_WIDTH, height / 2)
      : handle(output.id, "source", Side.Bottom, along * NODE_WIDTH, height),
  );
  const input = node.type === TRIGGER ? [] : [handle(null, "target", Side.Top, NODE_WIDTH / 2, 0)];
  return { initialWidth: NODE_WIDTH, initialHeight: height, handles: [...input, ...outputs] };
}

/** Returns the outputs of a step that lead nowhere, without the one for errors. */
function openOutputs(graph: Graph, node: GraphNode): string[] {
  const taken = new Set(edgesOutOf(graph, node.id).map((edge) => edge.source_handle));
  return handlesOf(node).flatMap(({ id, kind }) => (kind === "error" || taken.has(id) ? [] : [id]));
}

function isAt(one: Position, other: Position): boolean {
  return one.x === other.x && one.y === other.y;
}
