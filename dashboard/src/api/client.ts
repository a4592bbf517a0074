// Calls the API with the types of its contract: the token, ETags and problem details in one place.
import createClient, { type Client, type Middleware } from "openapi-fetch";
import { ApiError, OfflineError, problemOf } from "./problem";
import type { paths } from "./schema";

export type Api = Client<paths>;

/** Something saved, with the revision that a change has to name. */
export interface Saved<T> {
  value: T;
  etag: string;
}

export interface Access {
  /** Returns a token that still holds. */
  token: () => Promise<string>;
  /** Called when the API no longer accepts the token. */
  onRejected: () => void;
}

export function createApi(baseUrl: string, access: Access): Api {
  const api = createClient<paths>({ baseUrl, fetch: reaching });
  const authorized: Middleware = {
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
  api.use(authorized);
  return api;
}

/** Returns the body of an answer; failures have been thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** Returns the body of an answer with its ETag. */
export async function saved<T>(answer: Promise<{ data?: T; response: Response }>): Promise<Saved<T>> {
  const { data, response } = await answer;
  return { value: data as T, etag: response.headers.get("ETag") ?? "" };
}

interface PageOf<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Reads a list to its end; `read` gets the part of the query that names a page. */
export async function everyItem<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<PageOf<T>>,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: PageOf<T> = await read({ limit: 100, ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor);
  return found;
}

/** Returns the ETag of a revision in a list. */
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
