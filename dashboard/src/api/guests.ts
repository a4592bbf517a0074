// Exports and erases what a location holds of a guest, and follows an erasure.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { CustomerExport, Erasure } from "../core/guests";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";

const LIVE_MS = 1_500;

export function useGuestCalls(customerId: string) {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const path = { location_id: locationId, customer_id: customerId };
  return {
    /** Reads the pages of the whole export. */
    read: async (): Promise<CustomerExport[]> => {
      const pages: CustomerExport[] = [];
      let cursor: string | null | undefined;
      do {
        const page: CustomerExport = await body(
          api.GET("/v1/locations/{location_id}/customers/{customer_id}/export", {
            params: { path, query: cursor ? { cursor } : {} },
          }),
        );
        pages.push(page);
        cursor = page.next_cursor;
      } while (cursor);
      return pages;
    },
    erase: async (): Promise<Erasure> => {
      const begun = await body(
        api.POST("/v1/locations/{location_id}/customers/{customer_id}/erase", { params: { path } }),
      );
      client.setQueryData(["erasure", locationId, customerId], begun);
      return begun;
    },
    /** Reads anew what shows a guest. */
    refresh: () => client.invalidateQueries(),
  };
}

/** Follows an erasure, live while it runs. */
export function useErasure(customerId: string, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["erasure", locationId, customerId],
    enabled: isWanted,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LIVE_MS : false),
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/customers/{customer_id}/erasure", {
          params: { path: { location_id: locationId, customer_id: customerId } },
        }),
      ),
  });
}
