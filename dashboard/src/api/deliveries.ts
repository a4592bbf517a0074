// Reads what webhooks delivered, sends a delivery again, and tests a step.
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCurrentLocation } from "../currentLocation";
import { body } from "./client";

/** Executions that a page of deliveries looks at. */
const PAGE = 25;

/** Reads the deliveries of a webhook, newest first: of its workflow's executions, or of one of them. */
export function useDeliveries(workflowId: string, nodeId: string, executionId?: string) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: ["deliveries", locationId, workflowId, nodeId, executionId ?? ""],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/v1/locations/{location_id}/workflows/{workflow_id}/steps/{node_id}/deliveries", {
          signal,
          params: {
            path: { location_id: locationId, workflow_id: workflowId, node_id: nodeId },
            query: {
              limit: PAGE,
              ...(executionId ? { execution_id: executionId } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  });
}

export function useDeliveryCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  return {
    sendTest: (workflowId: string, nodeId: string) =>
      body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/steps/{node_id}/test", {
          params: { path: { location_id: locationId, workflow_id: workflowId, node_id: nodeId } },
        }),
      ),
    resend: async (executionId: string, nodeId: string, deliveryId: string) => {
      const sent = await body(
        api.POST(
          "/v1/locations/{location_id}/executions/{execution_id}/steps/{node_id}/deliveries/{delivery_id}/resend",
          {
            params: {
              path: {
                location_id: locationId,
                execution_id: executionId,
                node_id: nodeId,
                delivery_id: deliveryId,
              },
            },
          },
        ),
      );
      await client.invalidateQueries({ queryKey: ["deliveries", locationId] });
      return sent;
    },
  };
}
