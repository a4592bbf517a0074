// Reads and changes workflows, and keeps what the pages have read up to date.
import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import type { Graph } from "../core/graph";
import { useCurrentLocation } from "../currentLocation";
import { body, etagOf, everyItem, saved, type Api, type Saved } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Workflow = Schemas["WorkflowView"];
export type WorkflowSummary = Schemas["WorkflowSummary"];
export type WorkflowFile = Schemas["WorkflowExport"];
export type Version = Schemas["VersionSummary"];

export interface WorkflowFilter {
  text: string;
  trigger: string;
  enabled: "" | "true" | "false";
}

const keys = {
  all: (location: string) => ["workflows", location] as const,
  one: (location: string, id: string) => ["workflow", location, id] as const,
};

export function useWorkflows(filter: WorkflowFilter) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: [...keys.all(locationId), filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/v1/locations/{location_id}/workflows", {
          signal,
          params: {
            path: { location_id: locationId },
            query: {
              limit: 100,
              ...(filter.text ? { text: filter.text } : {}),
              ...(filter.trigger ? { trigger: filter.trigger } : {}),
              ...(filter.enabled ? { enabled: filter.enabled === "true" } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: 30_000,
  });
}

export function useWorkflow(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: keys.one(locationId, id),
    queryFn: () => readWorkflow(api, locationId, id),
  });
}

/** Reads what is stored now, not what was read before. */
export function useStoredNow(id: string) {
  const { api, locationId } = useCurrentLocation();
  const reading = useQuery({
    queryKey: keys.one(locationId, id),
    queryFn: () => readWorkflow(api, locationId, id),
    refetchOnMount: "always",
  });
  const isRead = reading.isFetchedAfterMount && reading.isSuccess && !reading.isFetching;
  return {
    theirs: isRead ? reading.data : null,
    error: reading.isFetching ? null : reading.error,
    retry: () => void reading.refetch(),
  };
}

export function readWorkflow(api: Api, locationId: string, id: string): Promise<Saved<Workflow>> {
  return saved(
    api.GET("/v1/locations/{location_id}/workflows/{workflow_id}", {
      params: { path: { location_id: locationId, workflow_id: id } },
    }),
  );
}

/** Returns calls that change workflows; each leaves the lists fresh. */
export function useWorkflowCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const at = (id: string) => ({ path: { location_id: locationId, workflow_id: id } });
  const ifMatch = (id: string, etag: string) => ({ ...at(id), header: { "if-match": etag } });
  const here = { path: { location_id: locationId } };
  const lists = () => client.invalidateQueries({ queryKey: keys.all(locationId) });
  const keep = (answer: Saved<Workflow>) => {
    client.setQueryData(keys.one(locationId, answer.value.id), answer);
    void lists();
    return answer;
  };
  /** Keeps the answer of a call that may have reminders planned again. */
  const keepPlanned = (answer: Saved<Workflow>) => {
    const key = keys.one(locationId, answer.value.id);
    client.removeQueries({ queryKey: [...key, "impact"] });
    void client.invalidateQueries({ queryKey: [...key, "reminder-job"] });
    return keep(answer);
  };
  return {
    create: async (name: string, draft: Graph) =>
      keep(
        await saved(
          api.POST("/v1/locations/{location_id}/workflows", {
            params: here,
            body: { name, description: "", draft },
          }),
        ),
      ).value,
    import: async (file: WorkflowFile, name?: string) => {
      const copied = await body(
        api.POST("/v1/locations/{location_id}/workflows/import", {
          params: here,
          body: { workflow: file, templates: {}, surveys: {}, ...(name ? { name } : {}) },
        }),
      );
      void lists();
      return copied;
    },
    save: async (id: string, etag: string, name: string, description: string, draft: Graph) =>
      keep(
        await saved(
          api.PUT("/v1/locations/{location_id}/workflows/{workflow_id}", {
            params: ifMatch(id, etag),
            body: { name, description, draft },
          }),
        ),
      ),
    check: (id: string, draft: Graph, signal: AbortSignal) =>
      body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/check", {
          params: at(id),
          body: { draft },
          signal,
        }),
      ),
    publish: async (id: string, etag: string, sendMissed: boolean) => {
      const { value, etag: newEtag } = await saved(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/publish", {
          params: { ...ifMatch(id, etag), query: { send_missed: sendMissed } },
        }),
      );
      void client.invalidateQueries({ queryKey: [...keys.one(locationId, id), "versions"] });
      return { version: value.version, ...keepPlanned({ value: value.workflow, etag: newEtag }) };
    },
    setEnabled: async (id: string, etag: string, enabled: boolean, sendMissed: boolean) =>
      keepPlanned(
        await saved(
          api.PUT("/v1/locations/{location_id}/workflows/{workflow_id}/enabled", {
            params: ifMatch(id, etag),
            body: { enabled, send_missed: sendMissed },
          }),
        ),
      ),
    rollBack: async (id: string, etag: string, version: number, sendMissed: boolean) =>
      keepPlanned(
        await saved(
          api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/rollback", {
            params: ifMatch(id, etag),
            body: { version, send_missed: sendMissed },
          }),
        ),
      ),
    duplicate: async (id: string) => {
      const copied = await body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/duplicate", {
          params: at(id),
          body: {},
        }),
      );
      void lists();
      return copied;
    },
    export: (id: string) =>
      body(
        api.GET("/v1/locations/{location_id}/workflows/{workflow_id}/export", { params: at(id) }),
      ),
    /** Deletes a workflow without executions in progress: drain it first. */
    delete: async (id: string, revision: number) => {
      await api.DELETE("/v1/locations/{location_id}/workflows/{workflow_id}", {
        params: ifMatch(id, etagOf(revision)),
      });
      client.removeQueries({ queryKey: keys.one(locationId, id) });
      await lists();
    },
    dryRun: (id: string, bookingId: string) =>
      body(
        api.POST("/v1/locations/{location_id}/workflows/{workflow_id}/dry-run", {
          params: at(id),
          body: { booking_id: bookingId, event: {} },
        }),
      ),
  };
}

interface Toggle {
  workflow: WorkflowSummary;
  enabled: boolean;
  /** Whether reminders that would have been due already are sent now. */
  sendMissed: boolean;
}

/** Turns a workflow in the list on or off; the list shows it at once, and undoes it on failure. */
export function useToggle() {
  const { locationId } = useCurrentLocation();
  const client = useQueryClient();
  const calls = useWorkflowCalls();
  return useMutation({
    mutationFn: ({ workflow, enabled, sendMissed }: Toggle) =>
      calls.setEnabled(workflow.id, etagOf(workflow.revision), enabled, sendMissed),
    onSettled: () => client.invalidateQueries({ queryKey: keys.all(locationId) }),
  });
}

export function useVersions(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.one(locationId, id), "versions"],
    queryFn: () =>
      everyItem((page) =>
        body(
          api.GET("/v1/locations/{location_id}/workflows/{workflow_id}/versions", {
            params: { path: { location_id: locationId, workflow_id: id }, query: page },
          }),
        ),
      ),
  });
}

/** Reads a published version, which never changes. */
export function useVersion(id: string, version: number | null) {
  const { api, locationId } = useCurrentLocation();
  return useQuery(versionQuery(api, locationId, id, version));
}

export function versionQuery(api: Api, locationId: string, id: string, version: number | null) {
  return queryOptions({
    queryKey: [...keys.one(locationId, id), "version", version],
    enabled: version !== null,
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/workflows/{workflow_id}/versions/{version}", {
          params: {
            path: { location_id: locationId, workflow_id: id, version: version ?? 0 },
          },
        }),
      ),
  });
}

export function useCatalogue() {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["catalogue", locationId],
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/catalogue", {
          params: { path: { location_id: locationId } },
        }),
      ),
  });
}

export function useGallery() {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["gallery", locationId],
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/gallery", {
          params: { path: { location_id: locationId } },
        }),
      ),
  });
}

/** Reads a ready-made workflow, in the form that import takes. */
export function useGalleryEntry(key: string, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["gallery", locationId, key],
    enabled: isWanted,
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/gallery/{key}", {
          params: { path: { location_id: locationId, key } },
        }),
      ),
  });
}

export function refreshWorkflow(client: QueryClient, locationId: string, id: string) {
  return client.invalidateQueries({ queryKey: keys.one(locationId, id) });
}
