// Reads runs, live while they are under way, and stops, resumes or replays them.
import { useInfiniteQuery, useQuery, useQueryClient, keepPreviousData } from "@tanstack/react-query";
import { isFinal, type RunStatus } from "../core/runs";
import { usePlace } from "../place";
import { body } from "./client";
import type { components } from "./schema";

export type ExecutionSummary = components["schemas"]["ExecutionSummary"];

export interface ExecutionFilter {
  workflowId?: string;
  bookingId?: string;
  status: RunStatus | "";
  /** Runs that began so many days ago or later; 0 means all. */
  days: number;
}

const LIVE_MS = 1_500;
const LIST_MS = 5_000;
const DAY_MS = 86_400_000;

export function useExecutions(filter: ExecutionFilter) {
  const { api, locationId } = usePlace();
  return useInfiniteQuery({
    queryKey: ["executions", locationId, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/v1/locations/{location_id}/executions", {
          signal,
          params: {
            path: { location_id: locationId },
            query: {
              ...(filter.workflowId ? { workflow_id: filter.workflowId } : {}),
              ...(filter.bookingId ? { booking_id: filter.bookingId } : {}),
              ...(filter.status ? { status: filter.status } : {}),
              ...(filter.days ? { since: startOfDays(filter.days) } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: LIST_MS,
  });
}

export function useExecution(id: string) {
  const { api, locationId } = usePlace();
  return useQuery({
    queryKey: ["execution", locationId, id],
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/executions/{execution_id}", {
          params: { path: { location_id: locationId, execution_id: id } },
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isFinal(state.data.status) ? false : LIVE_MS),
  });
}

export function useExecutionCalls() {
  const { api, locationId } = usePlace();
  const client = useQueryClient();
  const params = (id: string) => ({ path: { location_id: locationId, execution_id: id } });
  const fresh = async () => {
    await client.invalidateQueries({ queryKey: ["execution", locationId] });
    await client.invalidateQueries({ queryKey: ["executions", locationId] });
  };
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

/** Returns the start of a day, so that a list keeps its cursors while it is open. */
function startOfDays(days: number): string {
  return new Date(Math.floor((Date.now() - days * DAY_MS) / DAY_MS) * DAY_MS).toISOString();
}
