// How a version's executions fared at its steps, in words.
import type { components } from "../api/schema";
import { words } from "./words";
import { nodesOf, TRIGGER, type Graph } from "./graph";

export type StepStatistics = components["schemas"]["StepStatisticsView"];
export type StepCounts = components["schemas"]["StepCountsView"];

/** What executions did at a node, as the canvas shows it. */
export interface NodeCounts {
  came: number;
  completed: number;
  failed: number;
  skipped: number;
  /** Surveys that were answered, where the step sends them. */
  answered?: number | undefined;
}

const NONE: NodeCounts = { came: 0, completed: 0, failed: 0, skipped: 0 };

/** Returns the counts of every node; the trigger's are those of the executions. */
export function countsByNode(graph: Graph, statistics: StepStatistics): Map<string, NodeCounts> {
  const known = new Map(statistics.steps.map((step) => [step.node_id, countsOf(step)]));
  const ended = countsOfExecutions(statistics);
  const of = (id: string): NodeCounts => ({ ...(known.get(id) ?? NONE), answered: statistics.answered[id] });
  return new Map(nodesOf(graph).map((node) => [node.id, node.type === TRIGGER ? ended : of(node.id)]));
}

function countsOf({ came, completed, failed, skipped }: StepCounts): NodeCounts {
  return { came, completed, failed, skipped: sum(skipped) };
}

function countsOfExecutions({ ended }: StepStatistics): NodeCounts {
  return { came: sum(ended), completed: ended["completed"] ?? 0, failed: ended["failed"] ?? 0, skipped: 0 };
}

/** Returns the counts in a few words, such as "41 came, 2 skipped", or "39 sent, 12 answered" of a survey. */
export function countsInWords({ came, completed, failed, skipped, answered }: NodeCounts): string {
  const first = answered === undefined ? `${came} came` : `${completed} sent, ${answered} answered`;
  return [first, skipped && `${skipped} skipped`, failed && `${failed} failed`].filter(Boolean).join(", ");
}

/** A part of the executions that came to a step. */
export interface Part {
  status: "completed" | "failed" | "skipped";
  reason: string | null;
  label: string;
  count: number;
}

/** Returns what the executions that came to a step did there, most of them first. */
export function partsOf({ completed, failed, skipped }: StepCounts): Part[] {
  const parts: Part[] = [
    { status: "completed", reason: null, label: "Completed", count: completed },
    { status: "failed", reason: null, label: "Failed", count: failed },
    ...Object.entries(skipped).map(([reason, count]): Part => ({
      status: "skipped",
      reason,
      label: `Skipped: ${words(reason).toLowerCase()}`,
      count,
    })),
  ];
  return parts.filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
