// Reads and changes surveys, and reads what customers answered.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { surveyOf, type SurveyContent } from "../core/surveys";
import { useCurrentLocation } from "../currentLocation";
import { body, everyItem, saved, type Api, type Saved } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Survey = Schemas["SurveyView"];
export type SurveySummary = Schemas["SurveySummaryView"];
export type Comment = Schemas["CommentView"];

const RESULTS_MS = 30_000;
const LONGEST_NAME = 190;

const keys = {
  all: (location: string) => ["surveys", location] as const,
  one: (location: string, id: string) => ["survey", location, id] as const,
};

/** Reads every survey: a location has a handful. `staleMs` is for how long it is not read again. */
export function useSurveyList(staleMs?: number) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.all(locationId), "whole"],
    ...(staleMs === undefined ? {} : { staleTime: staleMs }),
    queryFn: ({ signal }) =>
      everyItem((page) =>
        body(
          api.GET("/v1/locations/{location_id}/surveys", {
            signal,
            params: { path: { location_id: locationId }, query: page },
          }),
        ),
      ),
  });
}

export function useSurvey(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: keys.one(locationId, id),
    queryFn: () => readSurvey(api, locationId, id),
  });
}

function readSurvey(api: Api, locationId: string, id: string): Promise<Saved<Survey>> {
  return saved(
    api.GET("/v1/locations/{location_id}/surveys/{survey_id}", {
      params: { path: { location_id: locationId, survey_id: id } },
    }),
  );
}

export function useSurveyResults(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: [...keys.one(locationId, id), "results"],
    staleTime: 0,
    refetchInterval: RESULTS_MS,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/surveys/{survey_id}/results", {
          params: { path: { location_id: locationId, survey_id: id } },
        }),
      ),
  });
}

/** Reads what customers wrote, newest first; a page is one of responses, some without a text. */
export function useSurveyComments(id: string) {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: [...keys.one(locationId, id), "comments"],
    initialPageParam: undefined as string | undefined,
    staleTime: 0,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/surveys/{survey_id}/comments", {
          params: {
            path: { location_id: locationId, survey_id: id },
            query: pageParam ? { cursor: pageParam } : {},
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** Returns calls that change surveys; each leaves the lists fresh. */
export function useSurveyCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const at = (id: string, etag: string) => ({
    path: { location_id: locationId, survey_id: id },
    header: { "if-match": etag },
  });
  const keep = (answer: Saved<Survey>) => {
    const key = keys.one(locationId, answer.value.id);
    client.setQueryData(key, answer);
    void client.invalidateQueries({ queryKey: [...key, "results"] });
    void client.invalidateQueries({ queryKey: keys.all(locationId) });
    return answer;
  };
  const create = async (content: SurveyContent) =>
    keep(
      await saved(
        api.POST("/v1/locations/{location_id}/surveys", {
          params: { path: { location_id: locationId } },
          body: surveyOf(content),
        }),
      ),
    );
  return {
    create,
    duplicate: async (id: string) => {
      const { value } = await readSurvey(api, locationId, id);
      return (await create({ ...value, name: `${value.name.slice(0, LONGEST_NAME)} (copy)` })).value;
    },
    save: async (id: string, etag: string, content: SurveyContent) =>
      keep(
        await saved(
          api.PUT("/v1/locations/{location_id}/surveys/{survey_id}", {
            params: at(id, etag),
            body: surveyOf(content),
          }),
        ),
      ),
    setActive: async (id: string, etag: string, active: boolean) =>
      keep(
        await saved(
          api.PUT("/v1/locations/{location_id}/surveys/{survey_id}/active", {
            params: at(id, etag),
            body: { active },
          }),
        ),
      ),
    refresh: (id: string) => client.invalidateQueries({ queryKey: keys.one(locationId, id), exact: true }),
  };
}
