// Places the nodes of a graph in tidy rows, from the trigger downwards.
import { graphlib, layout as place } from "@dagrejs/dagre";
import { handlesOf } from "./catalogue";
import { edgesOf, nodesAfter, nodesOf, type Graph, type GraphNode, type Position } from "./graph";
import { bounded, placed } from "./canvas";

export const NODE_WIDTH = 240;
export const NODE_HEIGHT = 72;
const BRANCH_LABEL_HEIGHT = 24;
const FILTER_HEIGHT = 16;
const BETWEEN_ROWS = 64;
const BETWEEN_NODES = 56;

/** Returns the graph tidied up; outputs keep their order from left to right. */
export function tidied(graph: Graph): Graph {
  const sheet = new graphlib.Graph({ multigraph: true });
  sheet.setGraph({ rankdir: "TB", ranksep: BETWEEN_ROWS, nodesep: BETWEEN_NODES });
  sheet.setDefaultEdgeLabel(() => ({}));
  // Names of its own: the layout keeps objects by name, and a node may be called "toString".
  const names = new Map(nodesOf(graph).map((node, index) => [node.id, `n${index}`]));
  for (const node of nodesOf(graph)) {
    sheet.setNode(names.get(node.id) ?? "", { width: NODE_WIDTH, height: heightOf(node) });
  }
  inOrderOfHandles(graph).forEach((edge, index) => {
    const source = names.get(edge.source);
    const target = names.get(edge.target);
    if (source && target) sheet.setEdge(source, target, {}, `e${index}`);
  });
  place(sheet);
  const places = nodesOf(graph).map((node) => {
    const { x = 0, y = 0 } = sheet.node(names.get(node.id) ?? "") as Partial<Position>;
    return { id: node.id, position: { x: x - NODE_WIDTH / 2, y: y - heightOf(node) / 2 } };
  });
  return placed(graph, places);
}

/** Returns a free place for a node that follows another, beside those that follow it already. */
export function placeAfter(graph: Graph, source: GraphNode | undefined): Position {
  if (!source) return { x: 0, y: 0 };
  return freePlace(graph, {
    x: source.position.x,
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

function inOrderOfHandles(graph: Graph) {
  const order = new Map<string, number>();
  for (const node of nodesOf(graph)) {
    handlesOf(node).forEach((handle, index) => order.set(`${node.id}\n${handle.id}`, index));
  }
  const rank = (source: string, handle: string) => order.get(`${source}\n${handle}`) ?? 0;
  return [...edgesOf(graph)].sort(
    (a, b) => rank(a.source, a.source_handle) - rank(b.source, b.source_handle),
  );
}
