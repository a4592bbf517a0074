// Puts the nodes of each row of a layout in an order in which edges cross as little as need be.
import type { graphlib } from "@dagrejs/dagre";
import { grouped } from "./grouping";

const MOST_SWEEPS = 24;

interface Piece {
  from: string;
  to: string;
  leaves: number;
}

/**
 * Orders the rows of a layered graph: every edge leads from a row to the next one.
 *
 * The layout's own order takes all edges of a node for leaving at one place, so that it crosses
 * "yes" and "no". Here an edge leaves where the canvas draws it.
 *
 * @param leaves Where on its node each edge leaves, from 0 at the left to 1, by the edge's name.
 */
export function orderRows(sheet: graphlib.Graph, leaves: ReadonlyMap<string, number>): void {
  const rows = rowsOf(sheet);
  const pieces = sheet.edges().map((edge): Piece => ({ from: edge.v, to: edge.w, leaves: leavesOf(sheet, edge, leaves) }));
  const into = grouped(pieces, ({ to }) => to);
  const outOf = grouped(pieces, ({ from }) => from);
  const place = new Map(rows.flatMap((row) => row.map((name, index) => [name, index] as const)));
  const start = ({ from, leaves }: Piece) => (place.get(from) ?? 0) + leaves;
  const end = ({ to }: Piece) => place.get(to) ?? 0;
  const crossings = () => rows.reduce((sum, row) => sum + crossed(row.flatMap((name) => outOf.get(name) ?? []), start, end), 0);

  const sweep = (isDown: boolean) => {
    for (const row of isDown ? rows.slice(1) : rows.slice(0, -1).reverse()) {
      const wanted = new Map(
        row.map((name) => {
          const beside = isDown ? (into.get(name) ?? []).map(start) : (outOf.get(name) ?? []).map((piece) => end(piece) - piece.leaves);
          return [name, beside.length ? mean(beside) : (place.get(name) ?? 0)];
        }),
      );
      row.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
      row.forEach((name, index) => place.set(name, index));
    }
  };
  const swap = () => {
    for (const row of rows) {
      for (let index = 0; index + 1 < row.length; index += 1) {
        const [one = "", other = ""] = [row[index], row[index + 1]];
        const count = (left: string, right: string) =>
          pairs(into.get(left), into.get(right), start) +
          pairs(outOf.get(left), outOf.get(right), end);
        if (count(other, one) >= count(one, other)) continue;
        [row[index], row[index + 1]] = [other, one];
        place.set(other, index).set(one, index + 1);
      }
    }
  };

  let best = { count: crossings(), rows: rows.map((row) => [...row]) };
  for (let turn = 0; turn < MOST_SWEEPS && best.count > 0; turn += 1) {
    sweep(turn % 2 === 0);
    swap();
    const count = crossings();
    if (count < best.count) best = { count, rows: rows.map((row) => [...row]) };
  }
  for (const row of best.rows) row.forEach((name, index) => ((sheet.node(name) as { order: number }).order = index));
}

/** Returns how many pairs of these edges cross, by places at their two ends. */
export function crossed<T>(edges: readonly T[], start: (edge: T) => number, end: (edge: T) => number): number {
  const inOrder = [...edges].sort((one, other) => start(one) - start(other) || end(one) - end(other));
  const ends = inOrder.map(end);
  return inversions(ends);
}

function inversions(values: number[]): number {
  if (values.length < 2) return 0;
  const middle = values.length >> 1;
  const [left, right] = [values.slice(0, middle), values.slice(middle)];
  let count = inversions(left) + inversions(right);
  for (let at = 0, l = 0, r = 0; at < values.length; at += 1) {
    const takesRight = l >= left.length || (r < right.length && (right[r] ?? 0) < (left[l] ?? 0));
    if (takesRight) count += left.length - l;
    values[at] = (takesRight ? right[r++] : left[l++]) ?? 0;
  }
  return count;
}

/** Counts the crossings of the edges of two neighbours, the first of which stands at the left. */
function pairs(left: readonly Piece[] = [], right: readonly Piece[] = [], far: (piece: Piece) => number): number {
  let count = 0;
  for (const one of left) for (const other of right) if (far(one) > far(other)) count += 1;
  return count;
}

function rowsOf(sheet: graphlib.Graph): string[][] {
  const rows: string[][] = [];
  const orderOf = (name: string) => (sheet.node(name) as { order: number }).order;
  for (const name of sheet.nodes()) (rows[(sheet.node(name) as { rank: number }).rank] ??= []).push(name);
  return rows.filter(Boolean).map((row) => row.sort((one, other) => orderOf(one) - orderOf(other)));
}

/** Returns how far right of its node's middle an edge leaves, in widths of a node. */
function leavesOf(sheet: graphlib.Graph, edge: { v: string; w: string; name?: string }, leaves: ReadonlyMap<string, number>): number {
  if (isBend(sheet, edge.v)) return 0;
  // A long edge is cut into pieces; the first bend has the name of the whole.
  const bend = sheet.node(edge.w) as { edgeObj?: { name?: string } };
  return (leaves.get(bend.edgeObj?.name ?? edge.name ?? "") ?? 0.5) - 0.5;
}

function isBend(sheet: graphlib.Graph, name: string): boolean {
  return (sheet.node(name) as { dummy?: unknown }).dummy !== undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
