// Calls the API of one location with the types of its contract: the token and problem details in one place.
import createClient, { type Client, type Middleware } from "openapi-fetch";
import createQueryClient, { type OpenapiQueryClient } from "openapi-react-query";
import { ApiError, OfflineError, problemOf } from "./problem";
import type { components, paths } from "./schema";

/** What the contract calls a body or a part of one, such as `Schema<"TaskView">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

type Prefix = "/v1/locations/{location_id}";

type WithoutLocation<Operation> = Operation extends { parameters: { path: infer Path } }
  ? Omit<Operation, "parameters"> & {
      parameters: Omit<Operation["parameters"], "path"> &
        (keyof Path extends "location_id" ? { path?: never } : { path: Omit<Path, "location_id"> });
    }
  : Operation;

/** The contract's paths below a location, such as `/tasks/{task_id}`. */
export type LocationPaths = {
  [Path in keyof paths as Path extends `${Prefix}${infer Rest}` ? Rest : never]: {
    [Method in keyof paths[Path]]: WithoutLocation<paths[Path][Method]>;
  };
};

/** The calls of a location: `useQuery`, `useMutation` and their like for pages, `GET` and its like elsewhere. */
export type Api = Client<LocationPaths> & OpenapiQueryClient<LocationPaths>;

export interface Access {
  /** Returns a token that still holds. */
  token: () => Promise<string>;
  /** Called when the API no longer accepts the token. */
  onRejected: () => void;
}

export function createApi(baseUrl: string, locationId: string, access: Access): Api {
  const client = createClient<LocationPaths>({
    baseUrl: `${baseUrl}/v1/locations/${encodeURIComponent(locationId)}`,
    fetch: reaching,
  });
  // The one that was added last sees an answer first.
  client.use(authorizedBy(access), repeatable());
  return { ...client, ...createQueryClient(client) };
}

/** Reads the locations that the caller has a role in. */
export async function readLocations(baseUrl: string, access: Access): Promise<Schema<"LocationsView">> {
  const client = createClient<paths>({ baseUrl, fetch: reaching });
  client.use(authorizedBy(access));
  return body(client.GET("/v1/locations"));
}

/** Returns what sends the token, and what throws the problem of an answer. */
function authorizedBy(access: Access): Middleware {
  return {
    async onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${await access.token()}`);
      return request;
    },
    async onResponse({ response }) {
      if (response.ok) return undefined;
      if (response.status === 401) access.onRejected();
      throw new ApiError(await problemOf(response));
    },
  };
}

/** Returns the body of an answer; failures have been thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** Returns the parameters of a change: of what, and the revision that it is based on. */
export function basedOn<Path>(path: Path, revision: number) {
  return { params: { path, header: { "if-match": etagOf(revision) } } };
}

/** Returns the parameters of a creation that is made once, however often it is asked for. */
export function madeOnce(key: string) {
  return { params: { header: { [REPEAT_KEY]: key } } };
}

const REPEAT_KEY = "idempotency-key";

/**
 * Returns what gives each POST a key, the same one again as long as no answer came to the same call before.
 *
 * A person who presses a button again after a lost answer gets what the first press made.
 */
function repeatable(): Middleware {
  const unanswered = new Map<string, string>();
  const callOf = async (request: Request) => `${request.url}\n${await request.clone().text()}`;
  const calls = new WeakMap<Request, string>();
  return {
    async onRequest({ request }) {
      if (request.method !== "POST" || request.headers.has(REPEAT_KEY)) return request;
      const call = await callOf(request);
      const key = unanswered.get(call) ?? crypto.randomUUID();
      unanswered.set(call, key);
      calls.set(request, call);
      request.headers.set(REPEAT_KEY, key);
      return request;
    },
    onResponse({ request, response }) {
      const call = calls.get(request);
      // An error of a gateway may hide that the call was carried out.
      if (call !== undefined && response.status < 500) unanswered.delete(call);
      return undefined;
    },
  };
}

/** Returns the ETag of a revision. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

async function reaching(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new OfflineError();
  }
}
