// Reads tasks, bookings and the audit log; completes, reopens and assigns tasks.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useCurrentLocation } from "../currentLocation";
import { body, etagOf } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Task = Schemas["TaskView"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Booking = Schemas["BookingView"];
export type AuditEntry = Schemas["AuditView"];

/** For how long a list to choose a name from is not read again. */
export const NAMES_MS = 60_000;
const LIST_MS = 15_000;

/** Something that a configuration can name. */
export interface Named {
  id: string;
  name: string;
  active: boolean;
}

export function useTasks(status: Task["status"]) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: ["tasks", locationId, status],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/tasks", {
          params: {
            path: { location_id: locationId },
            query: { status, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: LIST_MS,
  });
}

export function useTaskCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const params = (task: Task) => ({
    path: { location_id: locationId, task_id: task.id },
    header: { "if-match": etagOf(task.revision) },
  });
  const fresh = () => client.invalidateQueries({ queryKey: ["tasks", locationId] });
  return {
    complete: async (task: Task) => {
      await api.POST("/v1/locations/{location_id}/tasks/{task_id}/complete", { params: params(task) });
      await fresh();
    },
    assign: async (task: Task, assignee: string | null) => {
      await api.PUT("/v1/locations/{location_id}/tasks/{task_id}/assignee", {
        params: params(task),
        body: { assignee },
      });
      await fresh();
    },
    reopen: async (task: Task) => {
      await api.POST("/v1/locations/{location_id}/tasks/{task_id}/reopen", { params: params(task) });
      await fresh();
    },
  };
}

/** A search reads on by itself until so many bookings fit, or so many pages are looked through. */
const ENOUGH = 20;
const MOST_PAGES = 20;

/**
 * Reads bookings by their start, from a moment on (RFC 3339); from now on where it is null. With a text, the one of
 * exactly that code or id, or else those that fit.
 */
export function useBookings(since: string | null = null, text = "") {
  const { api, locationId } = useCurrentLocation();
  const found = useInfiniteQuery({
    queryKey: ["bookings", locationId, since, text],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/bookings", {
          params: {
            path: { location_id: locationId },
            query: {
              ...(since ? { since } : {}),
              ...(text ? { text } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const { data, hasNextPage, isFetching, fetchNextPage } = found;
  const pages = data?.pages ?? [];
  // A page holds what fits of the bookings that it looked through, which may be none of them.
  const isEnough = pages.length >= MOST_PAGES || pages.flatMap((page) => page.items).length >= ENOUGH;
  useEffect(() => {
    if (text && hasNextPage && !isFetching && !isEnough) void fetchNextPage();
  }, [text, hasNextPage, isFetching, isEnough, fetchNextPage]);
  return found;
}

export function useBooking(bookingId: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["booking", locationId, bookingId],
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/bookings/{booking_id}", {
          params: { path: { location_id: locationId, booking_id: bookingId } },
        }),
      ),
  });
}

export function useTimeline(bookingId: string) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: ["timeline", locationId, bookingId],
    initialPageParam: undefined as string | undefined,
    staleTime: 0,
    refetchInterval: LIST_MS,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/bookings/{booking_id}/timeline", {
          params: {
            path: { location_id: locationId, booking_id: bookingId },
            query: pageParam ? { cursor: pageParam } : {},
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One thing whose changes are wanted. */
export interface AuditFilter {
  kind: string;
  id: string;
}

export function useAudit(of: AuditFilter | null) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: ["audit", locationId, of],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/audit", {
          params: {
            path: { location_id: locationId },
            query: {
              ...(of ? { kind: of.kind, resource_id: of.id } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
