// Reads what a change of a workflow does to reminders, and how far planning them is.
import { useQuery } from "@tanstack/react-query";
import { eventOf, type Graph } from "../core/graph";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";
import { ApiError } from "./problem";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Impact = Schemas["ImpactView"];
export type ReminderJob = Schemas["JobView"];

const LIVE_MS = 1_500;
const IDLE_MS = 20_000;
const REMINDER = "Booking Reminder";

export function isReminder(graph: Graph | undefined): boolean {
  return graph !== undefined && eventOf(graph) === REMINDER;
}

/** Asks what enabling the graph would do to the reminders of future bookings. */
export function useImpact(workflowId: string, draft: Graph, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["impact", locationId, workflowId, draft],
    enabled: isWanted,
    gcTime: 0,
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
