// Asks what a workflow would have done and will do for a booking, as drafted and as published.
import { useQuery } from "@tanstack/react-query";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";

export interface SimulationRequest {
  bookingId: string;
  /** Where to stop (RFC 3339); null for the end of all that follows. */
  until: string | null;
}

/**
 * Simulates a workflow; no call is made while `request` is null.
 *
 * @param store Stores the draft first.
 */
export function useSimulation(workflowId: string, request: SimulationRequest | null, store: () => Promise<void>) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["simulation", locationId, workflowId, request],
    enabled: request !== null,
    gcTime: 0,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      await store();
      return body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/simulation", {
          signal,
          params: { path: { location_id: locationId, workflow_id: workflowId } },
          body: { booking_id: request?.bookingId ?? "", until: request?.until ?? null },
        }),
      );
    },
  });
}
