// Failures of one cause: which runs they are, and what became of resuming them together.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Run = Pick<
  Schemas["ExecutionSummary"],
  "id" | "status" | "error_signature" | "error_message" | "resumed_from"
>;
export type ResumedOne = Schemas["ResumedOne"];

export interface FailureGroup {
  signature: string;
  /** What the newest of them says. */
  message: string;
  runs: readonly Run[];
}

/** Returns the failed runs that no other run goes on from, grouped by cause, the largest first. */
export function failureGroups(runs: readonly Run[]): FailureGroup[] {
  const goneOn = new Set(runs.map((run) => run.resumed_from));
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.status !== "failed" || !run.error_signature || goneOn.has(run.id)) continue;
    groups.set(run.error_signature, [...(groups.get(run.error_signature) ?? []), run]);
  }
  return Array.from(groups, ([signature, alike]) => ({
    signature,
    message: alike[0]?.error_message ?? "",
    runs: alike,
  })).sort((one, other) => other.runs.length - one.runs.length);
}

/** How far resuming many runs is. */
export interface BulkProgress {
  resumed: ReadonlySet<string>;
  problems: readonly ResumedOne[];
}

export const NOTHING_RESUMED: BulkProgress = { resumed: new Set(), problems: [] };

/**
 * Returns the progress with what one call told.
 *
 * Of the runs that a call names, only the `wanted` ones count: others had been gone on with before,
 * and are told again because repeating changes nothing.
 */
export function advanced(
  progress: BulkProgress,
  items: readonly ResumedOne[],
  wanted: ReadonlySet<string>,
): BulkProgress {
  const mine = items.filter((item) => wanted.has(item.execution_id));
  return {
    resumed: new Set([
      ...progress.resumed,
      ...mine.filter((item) => item.resumed !== null).map((item) => item.execution_id),
    ]),
    problems: [...progress.problems, ...mine.filter((item) => item.resumed === null)],
  };
}
