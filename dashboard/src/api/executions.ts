// Reads executions, live while they are in progress, and cancels, resumes or replays them.
import { useInfiniteQuery, useQuery, useQueryClient, keepPreviousData, type QueryClient } from "@tanstack/react-query";
import { advanced, NOTHING_RESUMED, type BulkProgress } from "../core/errorGroups";
import { askAgainAfter, LIVE_MS, type ExecutionStatus } from "../core/executions";
import { startOfDay } from "../core/times";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";
import { ApiError } from "./problem";
import type { components } from "./schema";

export type ExecutionSummary = components["schemas"]["ExecutionSummary"];

export interface ExecutionFilter {
  workflowId: string;
  status: ExecutionStatus | "";
  /** Executions since the start of the day that was so many days ago at the location; 0 means all. */
  days: number;
}

const LIST_MS = 5_000;
const PAUSE_MS = 4_000;
const MOST_TRIES = 15;
const COUNTED_PAGES = 20;

export function useExecutions(filter: ExecutionFilter) {
  const { api, locationId, zone } = useCurrentLocation();
  // The start of a day, so that a list keeps its cursors while it is open.
  const since = filter.days && zone ? startOfDay(filter.days, zone) : null;
  return useInfiniteQuery({
    queryKey: ["executions", locationId, filter, since],
    enabled: filter.days === 0 || zone !== null,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/v1/locations/{location_id}/executions", {
          signal,
          params: {
            path: { location_id: locationId },
            query: {
              workflow_id: filter.workflowId,
              ...(filter.status ? { status: filter.status } : {}),
              ...(since ? { since } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: LIST_MS,
  });
}

export function useExecution(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["execution", locationId, id],
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/executions/{execution_id}", {
          params: { path: { location_id: locationId, execution_id: id } },
        }),
      ),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data ? askAgainAfter(state.data, Date.now()) : LIVE_MS),
  });
}

export function useExecutionCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const params = (id: string) => ({ path: { location_id: locationId, execution_id: id } });
  const fresh = () => executionsFresh(client, locationId);
  return {
    cancel: async (id: string) => {
      await api.POST("/v1/locations/{location_id}/executions/{execution_id}/cancel", {
        params: params(id),
      });
      await fresh();
    },
    resume: async (id: string, version: "same" | "newest") => {
      const resumed = await body(
        api.POST("/v1/locations/{location_id}/executions/{execution_id}/resume", {
          params: params(id),
          body: { version },
        }),
      );
      await fresh();
      return resumed;
    },
    settle: async (id: string, nodeId: string, outcome: "arrived" | "send_again") => {
      const settled = await body(
        api.POST("/v1/locations/{location_id}/executions/{execution_id}/outcomes", {
          params: params(id),
          body: { node_id: nodeId, outcome },
        }),
      );
      await fresh();
      return settled;
    },
    replay: async (id: string) => {
      const key = crypto.randomUUID();
      const replayed = await body(
        api.POST("/v1/locations/{location_id}/executions/{execution_id}/replay", {
          params: { ...params(id), header: { "idempotency-key": key } },
        }),
      );
      await fresh();
      return replayed;
    },
  };
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

/** Returns calls that change many executions of a workflow, page by page, with their progress. */
export function useBulkCalls(workflowId: string) {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const at = { path: { location_id: locationId, workflow_id: workflowId } };
  const fresh = () => executionsFresh(client, locationId);
  return {
    /** Returns the newest executions of the workflow, and whether these are all. */
    newest: async (signal: AbortSignal) => {
      const executions: ExecutionSummary[] = [];
      let cursor: string | null | undefined;
      for (let page = 0; page < COUNTED_PAGES && cursor !== null; page += 1) {
        const answer = await body(
          api.GET("/v1/locations/{location_id}/executions", {
            signal,
            params: {
              path: { location_id: locationId },
              query: { workflow_id: workflowId, limit: 100, ...(cursor ? { cursor } : {}) },
            },
          }),
        );
        executions.push(...answer.items);
        cursor = answer.next_cursor ?? null;
      }
      return { executions, isAll: cursor === null };
    },
    resumeSameError: async (
      signature: string,
      version: "same" | "newest",
      wanted: ReadonlySet<string>,
      onProgress: (progress: BulkProgress) => void,
      signal: AbortSignal,
    ) => {
      let progress = NOTHING_RESUMED;
      let cursor: string | null | undefined;
      try {
        while (cursor !== null && !signal.aborted) {
          const answer = await patiently(() =>
            body(
              api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/resume-failed", {
                params: { ...at, query: cursor ? { cursor } : {} },
                body: { error_signature: signature, version },
              }),
            ),
          );
          progress = advanced(progress, answer.items, wanted);
          onProgress(progress);
          cursor = answer.next_cursor ?? null;
        }
      } finally {
        await fresh();
      }
    },
    drain: async (onProgress: (progress: DrainProgress) => void, signal: AbortSignal) => {
      let cancelled = 0;
      let isComplete = false;
      try {
        while (!isComplete && !signal.aborted) {
          const answer = await patiently(() =>
            body(
              api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/drain", { params: at }),
            ),
          );
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
      } finally {
        await fresh();
        await client.invalidateQueries({ queryKey: ["workflow", locationId, workflowId] });
        await client.invalidateQueries({ queryKey: ["workflows", locationId] });
      }
    },
  };
}

async function executionsFresh(client: QueryClient, locationId: string): Promise<void> {
  await client.invalidateQueries({ queryKey: ["execution", locationId] });
  await client.invalidateQueries({ queryKey: ["executions", locationId] });
}

/** Repeats a call that the API is too busy for; a location may make so many a minute. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isPassing || tries === MOST_TRIES) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

