// Reads and changes templates, and shows how they come out.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { contentOf, type TemplateContent } from "../core/templates";
import { useCurrentLocation } from "../currentLocation";
import { body, etagOf, everyItem, saved, type Saved } from "./client";
import { ApiError } from "./problem";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Template = Schemas["TemplateView"];
export type Preview = Schemas["PreviewView"];

/** What a template is rendered for; without a booking, for the built-in sample. */
export interface Occasion {
  trigger: string;
  bookingId: string | null;
}

const PAUSE_MS = 4_000;
const MOST_TRIES = 5;
const KEPT_MS = 60_000;

const keys = {
  all: (location: string) => ["templates", location] as const,
  one: (location: string, id: string) => ["template", location, id] as const,
};

/** Reads every template: a location has tens of them, and the list is searched here. `staleMs` is for how long it is not read again. */
export function useTemplateList(staleMs?: number) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.all(locationId), "whole"],
    ...(staleMs === undefined ? {} : { staleTime: staleMs }),
    queryFn: ({ signal }) =>
      everyItem((page) =>
        body(
          api.GET("/v1/locations/{location_id}/templates", {
            signal,
            params: { path: { location_id: locationId }, query: page },
          }),
        ),
      ),
  });
}

export function useTemplate(id: string | null) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: keys.one(locationId, id ?? ""),
    enabled: id !== null,
    queryFn: () =>
      saved(
        api.GET("/v1/locations/{location_id}/templates/{template_id}", {
          params: { path: { location_id: locationId, template_id: id ?? "" } },
        }),
      ),
  });
}

export function useTemplateGallery() {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["template-gallery", locationId],
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/template-gallery", {
          params: { path: { location_id: locationId } },
        }),
      ),
  });
}

/** Renders a template, saved or not; what was rendered before stays until the new one is there. */
export function useTemplatePreview(content: TemplateContent, { trigger, bookingId }: Occasion, isEnabled = true) {
  const { api, locationId } = useCurrentLocation();
  const named = { ...content, name: content.name.trim() || "Untitled" };
  return useQuery({
    queryKey: ["template-preview", locationId, trigger, bookingId, named],
    enabled: isEnabled,
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
    // A location may render so many a minute; the next one has to wait a little.
    retry: (failures, error) =>
      failures < MOST_TRIES && (!(error instanceof ApiError) || error.isPassing),
    retryDelay: PAUSE_MS,
    queryFn: ({ signal }) =>
      body(
        api.POST("/v1/locations/{location_id}/templates/preview", {
          signal,
          params: { path: { location_id: locationId } },
          body: { content: named, trigger, booking_id: bookingId },
        }),
      ),
  });
}

export function useTemplateVersions(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.one(locationId, id), "versions"],
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/templates/{template_id}/versions", {
          params: {
            path: { location_id: locationId, template_id: id },
            query: { limit: 100 },
          },
        }),
      ),
  });
}

/** Reads a version, which never changes. */
export function useTemplateVersion(id: string, version: number) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.one(locationId, id), "version", version],
    staleTime: Infinity,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/templates/{template_id}/versions/{version}", {
          params: { path: { location_id: locationId, template_id: id, version } },
        }),
      ),
  });
}

/** Returns calls that change templates; each leaves the lists fresh. */
export function useTemplateCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const at = (id: string, etag: string) => ({
    path: { location_id: locationId, template_id: id },
    header: { "if-match": etag },
  });
  const lists = () => client.invalidateQueries({ queryKey: keys.all(locationId) });
  const keep = (answer: Saved<Template>) => {
    const key = keys.one(locationId, answer.value.id);
    client.setQueryData(key, answer);
    void client.invalidateQueries({ queryKey: [...key, "versions"] });
    void lists();
    return answer;
  };
  return {
    create: async (content: TemplateContent) =>
      keep(
        await saved(
          api.POST("/v1/locations/{location_id}/templates", {
            params: { path: { location_id: locationId } },
            body: contentOf(content),
          }),
        ),
      ),
    save: async (id: string, etag: string, content: TemplateContent) =>
      keep(
        await saved(
          api.PUT("/v1/locations/{location_id}/templates/{template_id}", {
            params: at(id, etag),
            body: contentOf(content),
          }),
        ),
      ),
    setActive: async (id: string, etag: string, active: boolean) =>
      keep(
        await saved(
          api.PUT("/v1/locations/{location_id}/templates/{template_id}/active", {
            params: at(id, etag),
            body: { active },
          }),
        ),
      ),
    duplicate: async (id: string) =>
      keep(
        await saved(
          api.POST("/v1/locations/{location_id}/templates/{template_id}/duplicate", {
            params: { path: { location_id: locationId, template_id: id } },
            body: {},
          }),
        ),
      ).value,
    delete: async (id: string, version: number) => {
      await api.DELETE("/v1/locations/{location_id}/templates/{template_id}", {
        params: at(id, etagOf(version)),
      });
      client.removeQueries({ queryKey: keys.one(locationId, id) });
      await lists();
    },
    refresh: (id: string) => client.invalidateQueries({ queryKey: keys.one(locationId, id), exact: true }),
  };
}
