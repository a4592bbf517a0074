// Shows steps that nobody has placed, such as those of a graph made through the API, apart from each other.
import { bounded, placed } from "./canvas";
import { edgesInto, edgesOf, edgesOutOf, nodeById, nodesOf, TRIGGER, type Graph, type GraphNode, type Position } from "./graph";
import { freePlace, NODE_HEIGHT, NODE_WIDTH, tidied } from "./layout";
import { notesBeside } from "./notes";

/** Above so many steps and edges, tidying up takes longer than opening may: plain rows have to do. */
const QUICKLY_TIDIED = 150;
const ACROSS = NODE_WIDTH + 56;
const DOWN = NODE_HEIGHT + 104;

const SHOWN = new WeakMap<Graph, Graph>();

/**
 * Returns the graph as a canvas shows it: steps that lie on one spot are laid out, all others stay.
 *
 * The API places a step without a position at 0, 0. The very same graph comes back if there is
 * nothing to lay out, and for one graph always the same.
 */
export function laidOut(graph: Graph): Graph {
  const known = SHOWN.get(graph);
  if (known) return known;
  const shown = shownApart(graph);
  SHOWN.set(graph, shown);
  SHOWN.set(shown, shown);
  return shown;
}

function shownApart(graph: Graph): Graph {
  const unplaced = unplacedOf(graph);
  if (unplaced.size === 0) return graph;
  const isSmall = nodesOf(graph).length + edgesOf(graph).length <= QUICKLY_TIDIED;
  const neat = isSmall ? tidied(graph) : inRows(graph);
  const spots = new Set(nodesOf(graph).map(spotOf));
  if (spots.size > 1) return amongPlaced(graph, neat, unplaced);
  return placed(graph, [...nodesOf(neat), ...notesBeside(graph, neat)]);
}

/** Returns the steps that lie exactly on another, or over any at the place of those without a place. */
function unplacedOf(graph: Graph): ReadonlySet<GraphNode> {
  const spots = new Set<string>();
  const unplaced = new Set<GraphNode>();
  for (const node of nodesOf(graph)) {
    const spot = spotOf(node);
    const isDefault = spot === spotOf(undefined) && node.type !== TRIGGER;
    if (isDefault ? isOverAnother(graph, node) : spots.has(spot)) unplaced.add(node);
    spots.add(spot);
  }
  return unplaced;
}

function isOverAnother(graph: Graph, node: GraphNode): boolean {
  const { x, y } = placeOf(node);
  return nodesOf(graph).some((other) => {
    const at = placeOf(other);
    return other !== node && Math.abs(at.x - x) < NODE_WIDTH && Math.abs(at.y - y) < NODE_HEIGHT;
  });
}

/** Returns the graph with its unplaced steps beside the placed ones that they follow, as they stand in the neat one. */
function amongPlaced(graph: Graph, neat: Graph, unplaced: ReadonlySet<GraphNode>): Graph {
  const neatPlace = (id: string) => placeOf(nodeById(neat, id));
  const standing = nodesOf(graph).filter((node) => !unplaced.has(node));
  let among: Graph = { ...graph, nodes: standing };
  const found: { id: string; position: Position }[] = [];
  const downwards = [...unplaced].sort((one, other) => neatPlace(one.id).y - neatPlace(other.id).y);
  for (const node of downwards) {
    const sources = edgesInto(graph, node.id).flatMap(({ source }) => nodeById(among, source) ?? []);
    const beside = sources[0] ?? standing[0];
    const [from, to, at] = [neatPlace(beside?.id ?? ""), neatPlace(node.id), placeOf(beside)];
    const position = freePlace(among, { x: at.x + to.x - from.x, y: at.y + to.y - from.y });
    found.push({ id: node.id, position });
    among = { ...among, nodes: [...nodesOf(among), { ...node, position }] };
  }
  return placed(graph, found);
}

/** Returns the graph in rows: each step below the first one that leads to it. */
function inRows(graph: Graph): Graph {
  const rows: string[][] = [];
  const seen = new Set<string>();
  const isStart = (node: GraphNode) => edgesInto(graph, node.id).length === 0;
  // What only a circle leads to begins a row of its own.
  for (const start of [...nodesOf(graph).filter(isStart), ...nodesOf(graph)]) {
    let row = [start.id];
    for (let depth = 0; row.length; depth += 1) {
      const fresh = row.filter((id) => !seen.has(id) && seen.add(id));
      (rows[depth] ??= []).push(...fresh);
      row = fresh.flatMap((id) => edgesOutOf(graph, id).map((edge) => edge.target));
    }
  }
  const places = rows.flatMap((row, down) =>
    row.map((id, along) => ({ id, position: { x: (along - (row.length - 1) / 2) * ACROSS, y: down * DOWN } })),
  );
  return placed(graph, places);
}

function spotOf(node: GraphNode | undefined): string {
  const { x, y } = placeOf(node);
  return `${x} ${y}`;
}

function placeOf(node: GraphNode | undefined): Position {
  return bounded(node?.position);
}
