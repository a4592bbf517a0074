// Reads and changes what the operators of a location set: settings, secrets, suppressed addresses.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import type { LocationSettings, OwnSettings } from "../core/settings";
import { useCurrentLocation } from "../currentLocation";
import { body, etagOf, saved, type Api, type Saved } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type SettingsView = Schemas["SettingsView"];
export type Secret = Schemas["SecretView"];
export type StoredSecret = Schemas["StoredSecret"];
export type Suppression = Schemas["SuppressionView"];
export type SuppressionScope = Schemas["SuppressionScope"];

/** Name of the secret that webhooks are signed with. */
export const SIGNING_SECRET = "webhook-signing";

/** Reads the settings; for what stands around the pages of a location, see `useSettings`. */
export function useSettingsOf(api: Api, locationId: string) {
  return useQuery({
    queryKey: ["settings", locationId],
    queryFn: () =>
      saved(
        api.GET("/v1/locations/{location_id}/settings", {
          params: { path: { location_id: locationId } },
        }),
      ),
  });
}

export function useSettings() {
  const { api, locationId } = useCurrentLocation();
  return useSettingsOf(api, locationId);
}

export function useSettingsCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const key = ["settings", locationId];
  return {
    save: async (own: OwnSettings, etag: string): Promise<Saved<SettingsView>> => {
      const answer = await saved(
        api.PUT("/v1/locations/{location_id}/settings", {
          params: { path: { location_id: locationId }, header: { "if-match": etag } },
          // The contract's types call fields with a default required; the API does not.
          body: own as LocationSettings,
        }),
      );
      client.setQueryData(key, answer);
      return answer;
    },
    refresh: () => client.invalidateQueries({ queryKey: key }),
  };
}

export function useSecrets(isWanted = true) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["secrets", locationId],
    enabled: isWanted,
    queryFn: () =>
      body(
        api.GET("/v1/locations/{location_id}/secrets", {
          params: { path: { location_id: locationId } },
        }),
      ),
  });
}

const PAGES_OF_USES = 20;

/** Reads the names of the workflows that send a secret. */
export function useSecretUses(name: string, isWanted: boolean) {
  const { api, locationId } = useCurrentLocation();
  return useQuery({
    queryKey: ["secret-uses", locationId, name],
    enabled: isWanted,
    queryFn: async () => {
      const names: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_OF_USES; page++) {
        const found = await body(
          api.GET("/v1/locations/{location_id}/secrets/{name}/uses", {
            params: { path: { location_id: locationId, name }, query: { limit: 100, cursor } },
          }),
        );
        names.push(...found.items.map((use) => use.name));
        if (!found.next_cursor) break;
        cursor = found.next_cursor;
      }
      return names;
    },
  });
}

/** Returns calls that change secrets; a value goes out and is kept nowhere. */
export function useSecretCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const params = ({ name, revision }: Secret) => ({
    path: { location_id: locationId, name },
    header: { "if-match": etagOf(revision) },
  });
  const fresh = () => client.invalidateQueries({ queryKey: ["secrets", locationId] });
  return {
    create: async (name: string, value: string | null, hosts: string[]) => {
      const stored = await body(
        api.POST("/v1/locations/{location_id}/secrets", {
          params: { path: { location_id: locationId } },
          body: { name, value, hosts },
        }),
      );
      await fresh();
      return stored;
    },
    setHosts: async (secret: Secret, hosts: string[]) => {
      const stored = await body(
        api.PUT("/v1/locations/{location_id}/secrets/{name}/hosts", { params: params(secret), body: { hosts } }),
      );
      await fresh();
      return stored;
    },
    rotate: async (secret: Secret, value: string | null, overlapHours: number) => {
      const stored = await body(
        api.POST("/v1/locations/{location_id}/secrets/{name}/rotate", {
          params: params(secret),
          body: { value, overlap_hours: overlapHours },
        }),
      );
      await fresh();
      return stored;
    },
    remove: async (secret: Secret) => {
      await api.DELETE("/v1/locations/{location_id}/secrets/{name}", { params: params(secret) });
      await fresh();
    },
    refresh: fresh,
  };
}

export function useSuppressions() {
  const { api, locationId } = useCurrentLocation();
  return useInfiniteQuery({
    queryKey: ["suppressions", locationId],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/v1/locations/{location_id}/suppressions", {
          params: {
            path: { location_id: locationId },
            query: pageParam ? { cursor: pageParam } : {},
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function useSuppressionCalls() {
  const { api, locationId } = useCurrentLocation();
  const client = useQueryClient();
  const here = { path: { location_id: locationId } };
  const fresh = () => client.invalidateQueries({ queryKey: ["suppressions", locationId] });
  return {
    add: async (address: string, scope: SuppressionScope) => {
      const added = await body(
        api.POST("/v1/locations/{location_id}/suppressions", { params: here, body: { address, scope } }),
      );
      await fresh();
      return added;
    },
    find: async (address: string) =>
      (
        await body(
          api.POST("/v1/locations/{location_id}/suppressions/find", { params: here, body: { address } }),
        )
      ).suppression,
    lift: async (id: string) => {
      await api.DELETE("/v1/locations/{location_id}/suppressions/{address_hash}", {
        params: { path: { location_id: locationId, address_hash: id } },
      });
      await fresh();
    },
  };
}
