// Executions that failed with the same error: which they are, and how far resuming them together is.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type ListedExecution = Pick<
  Schemas["ExecutionSummary"],
  "id" | "status" | "error_signature" | "error_message" | "resumed_from"
>;
export type ResumedOne = Schemas["ResumedOne"];

export interface ErrorGroup {
  signature: string;
  /** The message of the newest of them. */
  message: string;
  executions: readonly ListedExecution[];
}

/** Returns the failed executions that were not resumed, grouped by error, the largest group first. */
export function errorGroups(executions: readonly ListedExecution[]): ErrorGroup[] {
  const resumedIds = new Set(executions.map((execution) => execution.resumed_from));
  const groups = new Map<string, ListedExecution[]>();
  for (const execution of executions) {
    if (execution.status !== "failed" || !execution.error_signature || resumedIds.has(execution.id)) continue;
    groups.set(execution.error_signature, [...(groups.get(execution.error_signature) ?? []), execution]);
  }
  return Array.from(groups, ([signature, executions]) => ({
    signature,
    message: executions[0]?.error_message ?? "",
    executions,
  })).sort((one, other) => other.executions.length - one.executions.length);
}

/** How far resuming many executions is. */
export interface BulkProgress {
  resumed: ReadonlySet<string>;
  problems: readonly ResumedOne[];
}

export const NOTHING_RESUMED: BulkProgress = { resumed: new Set(), problems: [] };

/**
 * Returns the progress with the answer of one call.
 *
 * Of the executions that a call names, only the `wanted` ones count: others were resumed before,
 * and are named again because repeating changes nothing.
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
