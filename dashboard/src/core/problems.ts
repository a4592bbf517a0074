// Puts each problem of a graph where it is to be seen: at a node, an edge, a field, or the whole.
import type { components } from "../api/schema";

export type Problem = components["schemas"]["Problem"];

export interface PlacedProblems {
  /** Problems by node id. */
  byNode: ReadonlyMap<string, readonly Problem[]>;
  /** Problems by edge id. */
  byEdge: ReadonlyMap<string, readonly Problem[]>;
  /** Problems of the graph as a whole. */
  ofGraph: readonly Problem[];
  errors: number;
  warnings: number;
}

export function placedProblems(problems: readonly Problem[]): PlacedProblems {
  const byNode = new Map<string, Problem[]>();
  const byEdge = new Map<string, Problem[]>();
  const ofGraph: Problem[] = [];
  for (const problem of problems) {
    if (problem.node_id) push(byNode, problem.node_id, problem);
    else if (problem.edge_id) push(byEdge, problem.edge_id, problem);
    else ofGraph.push(problem);
  }
  const errors = problems.filter((problem) => problem.severity === "error").length;
  return { byNode, byEdge, ofGraph, errors, warnings: problems.length - errors };
}

/** Returns the problems of one field and what is inside it; `path` is inside the node's config. */
export function problemsAt(problems: readonly Problem[], path: string): Problem[] {
  const field = `config.${path}`;
  return problems.filter(
    (problem) =>
      problem.field === field ||
      problem.field.startsWith(`${field}.`) ||
      problem.field.startsWith(`${field}[`),
  );
}

/** Returns the problems of a node that belong to none of these fields of its form. */
export function problemsElsewhere(
  problems: readonly Problem[],
  paths: readonly string[],
): Problem[] {
  const shown = new Set(paths.flatMap((path) => problemsAt(problems, path)));
  return problems.filter((problem) => !shown.has(problem));
}

export function worst(problems: readonly Problem[]): "error" | "warning" | null {
  if (problems.length === 0) return null;
  return problems.some((problem) => problem.severity === "error") ? "error" : "warning";
}

function push(map: Map<string, Problem[]>, key: string, problem: Problem): void {
  map.set(key, [...(map.get(key) ?? []), problem]);
}
