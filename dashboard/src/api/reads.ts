// What more than one page reads.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Visit } from "../core/bookings";
import type { Graph } from "../core/graph";
import { tagsOf } from "../core/tags";
import type { TemplateContent } from "../core/templates";
import { useApi } from "../currentLocation";
import type { Api } from "./client";
import { ApiError } from "./problem";
import { PAGED, useWholeList } from "./queries";

/** Of a list to choose a name from: it is not read again for a while. */
export const NAMES = { staleTime: 60_000 };

/** Something that a configuration can name. */
export interface Named {
  id: string;
  name: string;
  active: boolean;
}

/** What no change here touches: it is read once. */
export const FIXED = { staleTime: "static" } as const;

export function useCatalogue() {
  return useApi().useQuery("get", "/catalogue", {}, FIXED);
}

export function useSettings() {
  return useApi().useQuery("get", "/settings");
}

/** Returns the tag of the location's language; English until it is read. */
export function useHomeLanguage(): string {
  return useSettings().data?.location?.locale ?? "en";
}

export function useSecrets(enabled = true) {
  return useApi().useQuery("get", "/secrets", {}, { enabled });
}

/** Reads every template: a location has tens of them, and the list is searched on the page. */
export function useTemplates(options = {}) {
  return useWholeList("/templates", {}, options);
}

/** Reads every survey: a location has a handful. */
export function useSurveys(options = {}) {
  return useWholeList("/surveys", {}, options);
}

export function useSurveyResults(id: string | null) {
  return useApi().useQuery(
    "get",
    "/surveys/{survey_id}/results",
    { params: { path: { survey_id: id ?? "" } } },
    { enabled: id !== null, staleTime: 0, refetchInterval: 30_000 },
  );
}

/** A search reads on by itself until so many bookings fit, or so many pages are looked through. */
const ENOUGH = 20;
const MOST_PAGES = 20;

/**
 * Reads bookings by their start, from a moment on (RFC 3339); from now on where it is null. With a text, the one of
 * exactly that code or id, or else those that fit.
 */
export function useBookings(since: string | null = null, text = "") {
  const found = useApi().useInfiniteQuery(
    "get",
    "/bookings",
    { params: { query: { since: since ?? undefined, text: text || undefined } } },
    { ...PAGED, placeholderData: keepPreviousData },
  );
  const { data, hasNextPage, isFetching, fetchNextPage } = found;
  const pages = data?.pages ?? [];
  // A page holds what fits of the bookings that it looked through, which may be none of them.
  const isEnough = pages.length >= MOST_PAGES || pages.flatMap((page) => page.items).length >= ENOUGH;
  useEffect(() => {
    if (text && hasNextPage && !isFetching && !isEnough) void fetchNextPage();
  }, [text, hasNextPage, isFetching, isEnough, fetchNextPage]);
  return found;
}

/** Returns a booking by its id, as a search answers it: one that is not known is no error. */
export function useBookingNamed(id: string): Visit | undefined {
  const found = useApi().useQuery("get", "/bookings", { params: { query: { text: id, limit: 1 } } }, { enabled: id !== "", staleTime: KEPT_MS });
  return found.data?.items.find(({ booking }) => booking.id === id);
}

const LISTED_MS = 300_000;

/** Returns values that a variable has in the location's records, as suggestions; none until they are read. */
export function useKnownValues(path: string): readonly string[] {
  const known = useApi().useQuery("get", "/known-values", {}, { staleTime: LISTED_MS });
  // An event states its booking's records by their own names.
  const sought = path.replace(/^event\./, "");
  return known.data?.items.find((each) => each.path === sought)?.values ?? [];
}

export interface WorkflowFilter {
  text: string;
  trigger: string;
  enabled: "" | "true" | "false";
  tag?: string;
}

export function useWorkflows({ text, trigger, enabled, tag }: WorkflowFilter) {
  return useApi().useInfiniteQuery(
    "get",
    "/workflows",
    {
      params: {
        query: {
          limit: 100,
          text: text || undefined,
          trigger: trigger || undefined,
          tag: tag || undefined,
          enabled: enabled ? enabled === "true" : undefined,
        },
      },
    },
    { ...PAGED, placeholderData: keepPreviousData, staleTime: 0, refetchInterval: 30_000 },
  );
}

/** Reads the tags that the location's workflows have. */
export function useTags(): string[] {
  const { data } = useWholeList("/workflows", {}, NAMES);
  return useMemo(() => tagsOf(data ?? []), [data]);
}

export function useWorkflow(id: string, options = {}) {
  return useApi().useQuery("get", "/workflows/{workflow_id}", { params: { path: { workflow_id: id } } }, options);
}

/** Reads a published version, which never changes. */
export function useVersion(workflowId: string, version: number | null) {
  return useQuery({ ...versionQuery(useApi(), workflowId, version ?? 0), enabled: version !== null });
}

export function versionQuery(api: Api, workflowId: string, version: number) {
  const params = { path: { workflow_id: workflowId, version } };
  return api.queryOptions("get", "/workflows/{workflow_id}/versions/{version}", { params }, FIXED);
}

const IMPACT_MS = 5_000;

/** Asks what enabling the graph would do to the reminders of future bookings. */
export function impactQuery(api: Api, workflowId: string, draft: Graph) {
  const asked = { params: { path: { workflow_id: workflowId } }, body: { draft } };
  return api.queryOptions("post", "/workflows/{workflow_id}/impact", asked, { staleTime: IMPACT_MS, gcTime: IMPACT_MS });
}

/** Reads the latest planning of a workflow's reminders, live; null if there never was one. */
export function useReminderJob(workflowId: string, enabled: boolean) {
  return useApi().useQuery(
    "get",
    "/workflows/{workflow_id}/reminder-job",
    { params: { path: { workflow_id: workflowId } } },
    {
      enabled,
      staleTime: 0,
      select: ({ job }) => job,
      refetchInterval: ({ state }) => (state.data?.job?.state === "running" ? 1_500 : 20_000),
    },
  );
}

/** What a template is rendered for; without a booking, for the built-in sample. */
export interface Occasion {
  trigger: string;
  bookingId: string | null;
  /** The guest's language; that of the booking's guest where it is left out. */
  locale?: string | null;
}

const MOST_TRIES = 5;
const KEPT_MS = 60_000;

/** Renders a template, saved or not; what was rendered before stays until the new one is there. */
export function useTemplatePreview(content: TemplateContent, { trigger, bookingId, locale = null }: Occasion, enabled = true) {
  return useApi().useQuery(
    "post",
    "/templates/preview",
    {
      body: {
        content: { ...content, name: content.name.trim() || "Untitled" },
        trigger,
        booking_id: bookingId,
        ...(locale && { locale }),
      },
    },
    {
      enabled,
      staleTime: KEPT_MS,
      gcTime: KEPT_MS,
      placeholderData: keepPreviousData,
      // A location may render so many a minute; the next one has to wait a little.
      retry: (failures, error: unknown) =>
        failures < MOST_TRIES && (!(error instanceof ApiError) || error.isPassing),
      retryDelay: 4_000,
    },
  );
}
