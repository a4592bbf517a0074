// The canvas's own copies of nodes and edges, made again from the graph whenever it changes.
import { applyEdgeChanges, applyNodeChanges, type Edge, type EdgeChange, type Node, type NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import { toCanvas } from "../../../core/canvas";
import type { Change } from "../../../core/difference";
import { nodeById, type Graph, type GraphNode, type Position } from "../../../core/graph";
import type { Problem } from "../../../core/problems";
import type { NodeStatus } from "../../../core/executions";

/** What is shown at a node besides what it is. */
export interface Marks {
  problems?: ReadonlyMap<string, readonly Problem[]>;
  statuses?: ReadonlyMap<string, NodeStatus>;
  edgesTaken?: ReadonlySet<string>;
  /** How nodes and edges differ from another version, by id. */
  changes?: ReadonlyMap<string, Change>;
}

export type StepData = {
  node: GraphNode;
  problems: readonly Problem[] | undefined;
  status: NodeStatus | undefined;
  change: Change | undefined;
};

export type StepNode = Node<StepData, "step">;
export type StepEdgeData = { isTaken: boolean | undefined; change: Change | undefined; between: string };
export type StepEdge = Edge<StepEdgeData, "stepEdge">;

interface CanvasState {
  graph: Graph;
  marks: Marks;
  nodes: StepNode[];
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
    (changes: NodeChange<StepNode>[]) => {
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
  const shown = toCanvas(graph);
  const oldNodes = new Map(was?.nodes.map((node) => [node.id, node]));
  const oldEdges = new Map(was?.edges.map((edge) => [edge.id, edge]));
  return {
    graph,
    marks,
    wanted: new Set(),
    nodes: shown.nodes.map(({ id, type, position, data }) => {
      const old = oldNodes.get(id);
      const next: StepData = {
        node: data.node,
        problems: marks.problems?.get(id),
        status: marks.statuses?.get(id),
        change: marks.changes?.get(id),
      };
      if (!old) return { id, type, position, data: next, selected: was?.wanted.has(id) ?? id === selectedFirst };
      const keeps = isSame(old.data, next) && isAt(old.position, position);
      return keeps ? old : { ...old, position, data: next };
    }),
    edges: shown.edges.map((edge) => ({
      ...oldEdges.get(edge.id),
      ...edge,
      data: {
        isTaken: marks.edgesTaken?.has(edge.id),
        change: marks.changes?.get(edge.id),
        between: `between ${nameOf(graph, edge.source)} and ${nameOf(graph, edge.target)}`,
      },
    })),
  };
}

function nameOf(graph: Graph, id: string): string {
  return nodeById(graph, id)?.name || id;
}

function isSame(one: StepData, other: StepData): boolean {
  return (Object.keys(one) as (keyof StepData)[]).every((key) => one[key] === other[key]);
}

function isAt(one: Position, other: Position): boolean {
  return one.x === other.x && one.y === other.y;
}
