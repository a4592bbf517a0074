// Asks what a workflow would have done and will do for a booking, as drafted and as published.
import { useQuery } from "@tanstack/react-query";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";

export interface SimulationWish {
  bookingId: string;
  /** Where to stop (RFC 3339); null for the end of all that follows. */
  until: string | null;
}

/**
 * Simulates a workflow; nothing is asked while `wish` is null.
 *
 * @param store Stores the draft first.
 */
export function useSimulation(workflowId: string, wish: SimulationWish | null, store: () => Promise<void>) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["simulation", locationId, workflowId, wish],
    enabled: wish !== null,
    gcTime: 0,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      await store();
      return body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/simulation", {
          signal,
          params: { path: { location_id: locationId, workflow_id: workflowId } },
          body: { booking_id: wish?.bookingId ?? "", until: wish?.until ?? null },
        }),
      );
    },
  });
}
