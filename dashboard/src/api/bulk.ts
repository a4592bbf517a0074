// Changes many executions of a workflow, page by page, and says how far it is.
import { advanced, NOTHING_RESUMED, type BulkProgress } from "../core/errorGroups";
import { body, type Api, type Schema } from "./client";
import { ApiError } from "./problem";

const PAUSE_MS = 4_000;
const MOST_TRIES = 15;
const COUNTED_PAGES = 20;

/** What such a change makes stale. */
export const BULK = { meta: { changes: ["/workflows", "/executions", "/home"] } };

/** Returns the newest executions of a workflow, and whether these are all. */
export async function newestExecutions(api: Api, workflowId: string, signal: AbortSignal) {
  const executions: Schema<"ExecutionSummary">[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < COUNTED_PAGES && cursor !== null; page += 1) {
    const query = { workflow_id: workflowId, limit: 100, cursor };
    const answer = await body(api.GET("/executions", { signal, params: { query } }));
    executions.push(...answer.items);
    cursor = answer.next_cursor ?? null;
  }
  return { executions, isAll: cursor === null };
}

interface Resuming {
  /** The error that the executions failed with. */
  signature: string;
  version: "same" | "newest";
  /** The executions that the operator was shown. */
  wanted: ReadonlySet<string>;
}

export async function resumeSameError(
  api: Api,
  workflowId: string,
  { signature, version, wanted }: Resuming,
  onProgress: (progress: BulkProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  let progress = NOTHING_RESUMED;
  let cursor: string | null | undefined;
  while (cursor !== null && !signal.aborted) {
    const params = { path: { workflow_id: workflowId }, query: { cursor } };
    const answer = await patiently(() =>
      body(api.POST("/workflows/{workflow_id}/resume-failed", { params, body: { error_signature: signature, version } })),
    );
    progress = advanced(progress, answer.items, wanted);
    onProgress(progress);
    cursor = answer.next_cursor ?? null;
  }
}

/** What a drain has done so far. */
export interface DrainProgress {
  cancelled: number;
  isComplete: boolean;
  reminders: Withdrawal;
}

/** How far cancelling a workflow's planned reminders is; it continues by itself. */
export interface Withdrawal {
  withdrawn: number;
  isComplete: boolean;
  /** Why it stopped early, if it did. */
  failure: string | null;
}

/** Turns a workflow off and cancels its executions in progress and its planned reminders. */
export async function drain(
  api: Api,
  workflowId: string,
  onProgress: (progress: DrainProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const params = { path: { workflow_id: workflowId } };
  let cancelled = 0;
  let isComplete = false;
  while (!isComplete && !signal.aborted) {
    const answer = await patiently(() => body(api.POST("/workflows/{workflow_id}/drain", { params })));
    cancelled += answer.cancelled;
    isComplete = answer.complete;
    onProgress({
      cancelled,
      isComplete,
      reminders: {
        withdrawn: answer.reminders_withdrawn,
        isComplete: answer.reminders_complete,
        failure: answer.reminders_error,
      },
    });
  }
}

/** Repeats a call that the API is too busy for; a location may make so many a minute. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isPassing || tries === MOST_TRIES) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
