// Places the nodes of a graph in tidy rows, from the trigger downwards.
import { graphlib, layout as place } from "@dagrejs/dagre";
import { handlesOf, type Handle } from "./catalogue";
import { edgesOf, nodesAfter, nodesOf, type Graph, type GraphNode, type Position } from "./graph";
import { bounded, placed } from "./canvas";
import { orderRows } from "./ordering";

export const NODE_WIDTH = 240;
export const NODE_HEIGHT = 72;
const BRANCH_LABEL_HEIGHT = 24;
const FILTER_HEIGHT = 16;
const BETWEEN_ROWS = 64;
const BETWEEN_NODES = 56;

/** Returns the graph tidied up, with no more crossings than need be. */
export function tidied(graph: Graph): Graph {
  const sheet = new graphlib.Graph({ multigraph: true });
  sheet.setGraph({ rankdir: "TB", ranksep: BETWEEN_ROWS, nodesep: BETWEEN_NODES });
  sheet.setDefaultEdgeLabel(() => ({}));
  // Names of its own: the layout keeps objects by name, and a node may be called "toString".
  const names = new Map(nodesOf(graph).map((node, index) => [node.id, `n${index}`]));
  for (const node of nodesOf(graph)) {
    sheet.setNode(names.get(node.id) ?? "", { width: NODE_WIDTH, height: heightOf(node) });
  }
  const leaves = leavesOf(graph);
  const leavesByName = new Map<string, number>();
  edgesOf(graph).forEach((edge, index) => {
    const source = names.get(edge.source);
    const target = names.get(edge.target);
    if (source && target) sheet.setEdge(source, target, {}, `e${index}`);
    leavesByName.set(`e${index}`, leaves.get(`${edge.source}\n${edge.source_handle}`) ?? 0.5);
  });
  place(sheet, {
    customOrder: (rows, order) => {
      order(rows, {});
      orderRows(rows, leavesByName);
    },
  });
  const places = nodesOf(graph).map((node) => {
    const { x = 0, y = 0 } = sheet.node(names.get(node.id) ?? "") as Partial<Position>;
    return { id: node.id, position: { x: x - NODE_WIDTH / 2, y: y - heightOf(node) / 2 } };
  });
  return placed(graph, places);
}

/** Returns a free place for a node that follows an output of another, below that output. */
export function placeAfter(graph: Graph, source: GraphNode | undefined, handle?: string): Position {
  if (!source) return { x: 0, y: 0 };
  const outputs = leavesAt(source);
  const branches = outputs.filter(({ output }) => output.kind === "branch").length;
  const along = outputs.find(({ output }) => output.id === handle && output.kind === "branch")?.along ?? 0.5;
  return freePlace(graph, {
    x: source.position.x + (along - 0.5) * branches * (NODE_WIDTH + BETWEEN_NODES),
    y: source.position.y + heightOf(source) + BETWEEN_ROWS,
  });
}

/** Returns the place, or the first one right of it that no node lies over. */
export function freePlace(graph: Graph, wanted: Position): Position {
  const place = { ...bounded(wanted) };
  const others = nodesOf(graph).map((node) => bounded(node.position));
  const isTaken = () =>
    others.some(({ x, y }) => Math.abs(x - place.x) < NODE_WIDTH && Math.abs(y - place.y) < NODE_HEIGHT);
  // A node lies over two of the places at most.
  for (let left = 2 * others.length; left > 0 && isTaken(); left -= 1) place.x += NODE_WIDTH + BETWEEN_NODES;
  return bounded(place);
}

/** Returns the graph with room for one more node where an edge ends, and the place of that room. */
export function withRoomBefore(graph: Graph, target: GraphNode): { graph: Graph; place: Position } {
  const place = bounded(target.position);
  const below = nodesAfter(graph, target.id).add(target.id);
  const step = NODE_HEIGHT + BETWEEN_ROWS;
  const places = nodesOf(graph)
    .filter((node) => below.has(node.id))
    .map(({ id, position }) => ({ id, position: bounded({ x: position.x, y: position.y + step }) }));
  return { graph: placed(graph, places), place };
}

/** Returns the height of a node on the canvas. */
export function heightOf(node: GraphNode): number {
  const branches = handlesOf(node).some((handle) => handle.kind === "branch");
  return NODE_HEIGHT + (branches ? BRANCH_LABEL_HEIGHT : 0) + (node.config?.["filter"] ? FILTER_HEIGHT : 0);
}

/** Returns how far to the right each output stands, from 0 to 1, by node and handle. */
function leavesOf(graph: Graph): Map<string, number> {
  const leaves = new Map<string, number>();
  for (const node of nodesOf(graph)) {
    for (const { output, along } of leavesAt(node)) leaves.set(`${node.id}\n${output.id}`, along);
  }
  return leaves;
}

/** Returns the outputs of a node with how far to the right each stands, from 0 to 1. */
export function leavesAt(node: GraphNode): { output: Handle; along: number }[] {
  const outputs = handlesOf(node);
  const branches = outputs.filter((each) => each.kind === "branch");
  return outputs.map((output) => {
    const index = branches.indexOf(output);
    const along = index < 0 ? 0.5 : (index + 0.5) / branches.length;
    return { output, along: output.kind === "error" ? 1 : along };
  });
}
