// How answers of the API are kept: lists page by page or whole, and read again after a change.
import { MutationCache, QueryClient, useQuery, type Query } from "@tanstack/react-query";
import { useApi } from "../currentLocation";
import { body, type LocationPaths } from "./client";
import { ApiError } from "./problem";

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The collections that it changes, such as `/executions`, where its path does not say so. */
      changes?: readonly string[];
    };
  }
}

/** The options of a mutation that changes nothing. */
export const READS = { meta: { changes: [] } };

/** The options of `useInfiniteQuery` for every list of the API. */
export const PAGED = {
  initialPageParam: null as unknown,
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor,
};

/** Returns a new cache. A mutation makes stale what was read of the collection that its path begins with. */
export function newQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    mutationCache: new MutationCache({
      onSettled: async (_data, error, _variables, _context, { meta, options }) => {
        const changed = meta?.changes ?? [collectionOf(options.mutationKey?.[1])];
        const isOf = (wanted: string) => ({ queryKey: [method, path] }: Query) =>
          method === wanted && changed.includes(collectionOf(path));
        const reading = client.invalidateQueries({ predicate: isOf("get") });
        // What was asked about a content, such as a preview of it, is asked again when it is next shown.
        void client.invalidateQueries({ predicate: isOf("post"), refetchType: "none" });
        // An error is shown at once, whatever is read again behind it.
        if (!error) await reading;
      },
    }),
    defaultOptions: {
      // A call without a connection fails and says so; it does not wait in silence.
      mutations: { networkMode: "always" },
      queries: {
        networkMode: "always",
        refetchOnReconnect: true,
        // Parts of one page share an answer. What moves by itself says 0: an opened page shows now.
        staleTime: 5_000,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiError) || error.isPassing),
      },
    },
  });
  return client;
}

function collectionOf(path: unknown): string {
  return typeof path === "string" ? path.split("/", 2).join("/") : "";
}

type Listed<Path extends keyof LocationPaths> = LocationPaths[Path] extends {
  get: { responses: { 200: { content: { "application/json": { items: (infer Item)[]; next_cursor?: string | null } } } } };
}
  ? Item
  : never;

type ListPath = { [Path in keyof LocationPaths]: Listed<Path> extends never ? never : Path }[keyof LocationPaths];

interface WholeListOptions {
  staleTime?: number;
  enabled?: boolean;
}

/** Reads a list to its end: for those that stay short, and are searched on the page. */
export function useWholeList<Path extends ListPath>(path: Path, of: Record<string, string> = {}, options: WholeListOptions = {}) {
  const api = useApi();
  return useQuery({
    ...options,
    queryKey: ["get", path, of, "whole"],
    queryFn: ({ signal }) =>
      everyItem<Listed<Path>>((page) =>
        body(api.GET(path as never, { signal, params: { path: of, query: page } } as never) as Promise<{ data?: PageOf<Listed<Path>> }>),
      ),
  });
}

interface PageOf<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Reads a list to its end; `read` gets the part of the query that names a page. */
async function everyItem<T>(read: (page: { limit: number; cursor?: string }) => Promise<PageOf<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: PageOf<T> = await read({ limit: 100, ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor);
  return found;
}
