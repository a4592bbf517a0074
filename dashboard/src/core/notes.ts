// Notes on the canvas: texts for the people who edit a workflow, which no execution reads.
import { bounded } from "./canvas";
import { freshId, idsOf, nodesOf, notesOf, type CanvasNote, type Graph, type GraphNode, type Position } from "./graph";
import { heightOf, NODE_WIDTH } from "./layout";

export const COLORS = { yellow: "Yellow", blue: "Blue", green: "Green", red: "Red" } as const;
export const LONGEST_TEXT = 2000;
export const MOST_NOTES = 100;
/** Bounds of a note's sides, in canvas pixels. */
export const WIDTH = { min: 120, max: 1200 };
export const HEIGHT = { min: 60, max: 1200 };
const GAP = 24;
/** Places tried to each side of the middle. */
const STOPS = 16;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Returns a new note near the middle of what is in sight, or where no room is free there, right of what stands there. */
export function newNote(graph: Graph, sight: Box): CanvasNote {
  const size = { width: 240, height: 120 };
  const x = sight.x + (sight.width - size.width) / 2;
  const y = sight.y + (sight.height - size.height) / 2;
  const others = [...nodesOf(graph).map(boxOfStep), ...notesOf(graph).map(boxOfNote)];
  const wanted = { ...size, x: Math.round(x), y: Math.round(y) };
  const place = freeWithin(sight, wanted, others) ?? free(wanted, others);
  return { id: freshId("note", idsOf(graph)), text: "", color: "yellow", position: bounded(place), ...size };
}

export function withNote(graph: Graph, note: CanvasNote): Graph {
  return { ...graph, notes: [...notesOf(graph), note] };
}

export function changedNote(graph: Graph, id: string, change: Partial<Omit<CanvasNote, "id">>): Graph {
  return { ...graph, notes: notesOf(graph).map((note) => (note.id === id ? { ...note, ...change } : note)) };
}

/** Returns a side of a note as the API takes it. */
export function sideWithin(value: number, { min, max }: { min: number; max: number }): number {
  return Math.round(Math.min(max, Math.max(min, value || 0)));
}

/**
 * Returns where the notes of a graph stand once its steps were moved: each goes with the step nearest to it.
 *
 * One that would lie over a step then, and did not before, stands right of it.
 */
export function notesBeside(before: Graph, after: Graph): { id: string; position: Position }[] {
  const moved = new Map(nodesOf(after).map((node) => [node.id, node.position]));
  const steps = nodesOf(after).map(boxOfStep);
  const standing: Box[] = [];
  return notesOf(before).map((note) => {
    const nearest = nearestTo(note, nodesOf(before));
    const to = nearest && moved.get(nearest.id);
    const box = boxOfNote(note);
    const was = nearest ? bounded(nearest.position) : { x: 0, y: 0 };
    const wanted = to ? { ...box, x: box.x + to.x - was.x, y: box.y + to.y - was.y } : box;
    const isFrame = nodesOf(before).some((node) => overlap(box, boxOfStep(node)));
    const { x, y } = isFrame ? wanted : free(wanted, [...steps, ...standing]);
    standing.push({ ...wanted, x, y });
    return { id: note.id, position: bounded({ x, y }) };
  });
}

function nearestTo(note: CanvasNote, nodes: readonly GraphNode[]): GraphNode | undefined {
  const [x, y] = middleOf(boxOfNote(note));
  let found: GraphNode | undefined;
  let least = Infinity;
  for (const node of nodes) {
    const [otherX, otherY] = middleOf(boxOfStep(node));
    const distance = (x - otherX) ** 2 + (y - otherY) ** 2;
    if (distance < least) [found, least] = [node, distance];
  }
  return found;
}

/** Returns the free place of a box that is nearest to the wanted one and lies wholly in sight, if there is any. */
function freeWithin(sight: Box, wanted: Box, others: readonly Box[]): Position | undefined {
  const [across, down] = [stops(wanted.x - sight.x), stops(wanted.y - sight.y)];
  const near = others.filter((other) => overlap(sight, other));
  return across
    .flatMap((right) => down.map((below) => ({ right, below, distance: right ** 2 + below ** 2 })))
    .sort((one, other) => one.distance - other.distance)
    .map(({ right, below }) => ({ x: Math.round(wanted.x + right), y: Math.round(wanted.y + below) }))
    .find((place) => {
      const spaced = { x: place.x - GAP / 2, y: place.y - GAP / 2, width: wanted.width + GAP, height: wanted.height + GAP };
      return !near.some((other) => overlap(spaced, other));
    });
}

/** Returns the distances to try to either side, none larger than the room. */
function stops(room: number): number[] {
  if (room <= 0) return [0];
  return Array.from({ length: 2 * STOPS + 1 }, (_, index) => (room * (index - STOPS)) / STOPS);
}

/** Returns the box, moved to the right as far as it lies over no other. */
function free(wanted: Box, others: readonly Box[]): Box {
  let box = wanted;
  // From left to right each is passed once.
  for (const other of [...others].sort((one, next) => one.x - next.x)) {
    if (overlap(box, other)) box = { ...box, x: other.x + other.width + GAP };
  }
  return box;
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

function boxOfStep(node: GraphNode): Box {
  return { ...bounded(node.position), width: NODE_WIDTH, height: heightOf(node) };
}

function boxOfNote({ position, width, height }: CanvasNote): Box {
  return { ...bounded(position), width, height };
}

function middleOf({ x, y, width, height }: Box): [number, number] {
  return [x + width / 2, y + height / 2];
}
