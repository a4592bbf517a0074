// Reads what a change of a workflow does to reminders, and how far planning them is.
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { eventOf, type Graph } from "../core/graph";
import { useCurrentLocation } from "../currentLocation";
import { body, type Api } from "./client";
import { ApiError } from "./problem";
import type { components } from "./schema";
import { versionQuery } from "./workflows";

type Schemas = components["schemas"];

export type Impact = Schemas["ImpactView"];
export type ReminderJob = Schemas["JobView"];

const LIVE_MS = 1_500;
const IDLE_MS = 20_000;
const IMPACT_MS = 5_000;
const REMINDER = "Booking Reminder";

export function isReminder(graph: Graph | undefined): boolean {
  return graph !== undefined && eventOf(graph) === REMINDER;
}

/** Asks what enabling the graph would do to the reminders of future bookings. */
export function useImpact(workflowId: string, draft: Graph, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({ ...impactQuery(api, locationId, workflowId, draft), enabled: isWanted });
}

/**
 * Returns a call that reads whether putting a version into use is asked about: its graph if reminders would have been
 * due already, or if that cannot be read now, otherwise null.
 */
export function useMissedReminders() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  return async (workflowId: string, version: number): Promise<Graph | null> => {
    const { graph } = await client.fetchQuery(versionQuery(api, locationId, workflowId, version));
    if (!isReminder(graph)) return null;
    const impact = client.fetchQuery(impactQuery(api, locationId, workflowId, graph));
    const isAsked = await impact.then(({ missed_sendable }) => missed_sendable > 0, () => true);
    return isAsked ? graph : null;
  };
}

function impactQuery(api: Api, locationId: string, workflowId: string, draft: Graph) {
  return queryOptions({
    queryKey: ["workflow", locationId, workflowId, "impact", draft],
    staleTime: IMPACT_MS,
    gcTime: IMPACT_MS,
    queryFn: ({ signal }) =>
      body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/impact", {
          signal,
          params: { path: { location_id: locationId, workflow_id: workflowId } },
          body: { draft },
        }),
      ),
  });
}

/** Reads the latest planning of a workflow's reminders, live; null if there never was one. */
export function useReminderJob(workflowId: string, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["workflow", locationId, workflowId, "reminder-job"],
    enabled: isWanted,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LIVE_MS : IDLE_MS),
    queryFn: async (): Promise<ReminderJob | null> => {
      try {
        return await body(
          api.GET("/v1/locations/{location_id}/workflows/{workflow_id}/reminder-job", {
            params: { path: { location_id: locationId, workflow_id: workflowId } },
          }),
        );
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });
}
