// A small picture of a graph: signs from left to right, and the edges between them.
import { edgesOf, ERROR_HANDLE, nodesOf, type Graph, type GraphNode, type Position } from "./graph";
import { heightOf, NODE_WIDTH, tidied } from "./layout";

export const SIGN = 28;
const ALONG = 54;
const ACROSS = 38;
const MARGIN = 3;

export interface Sketch {
  width: number;
  height: number;
  signs: readonly { node: GraphNode; x: number; y: number }[];
  edges: readonly { id: string; path: string; isError: boolean }[];
}

/** Returns the sketch of a graph in pixels; the trigger stands at the left. */
export function sketchOf(graph: Graph): Sketch {
  const tidy = nodesOf(tidied(graph));
  const rowOf = (node: GraphNode) => Math.round(node.position.y + heightOf(node) / 2);
  const rows = [...new Set(tidy.map(rowOf))].sort((one, other) => one - other);
  const left = Math.min(...tidy.map((node) => node.position.x));
  const signs = tidy.map((node) => ({
    node,
    x: MARGIN + rows.indexOf(rowOf(node)) * ALONG,
    y: MARGIN + ((node.position.x - left) / NODE_WIDTH) * ACROSS,
  }));
  const places = new Map(signs.map((sign) => [sign.node.id, sign]));
  const edges = edgesOf(graph).flatMap((edge) => {
    const from = places.get(edge.source);
    const to = places.get(edge.target);
    if (!from || !to) return [];
    return [{ id: edge.id, path: pathOf(from, to), isError: edge.source_handle === ERROR_HANDLE }];
  });
  const extent = (axis: "x" | "y") => Math.max(0, ...signs.map((sign) => sign[axis])) + SIGN + MARGIN;
  return { width: extent("x"), height: extent("y"), signs, edges };
}

function pathOf(from: Position, to: Position): string {
  const [x, y] = [from.x + SIGN, from.y + SIGN / 2];
  const [endX, endY] = [to.x, to.y + SIGN / 2];
  const bend = (endX - x) / 2;
  return `M${x} ${y}C${x + bend} ${y} ${endX - bend} ${endY} ${endX} ${endY}`;
}
