// A change makes stale what was read of its collection, and nothing else; lists are read to their end.
// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { act, configure, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApi } from "../../src/api/client";
import { ApiError } from "../../src/api/problem";
import { newQueryClient, PAGED, READS, useWholeList } from "../../src/api/queries";
import { FIXED } from "../../src/api/reads";
import { CurrentLocationContext } from "../../src/currentLocation";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

type Answer = (path: string, method: string) => unknown;

/** Renders a hook in a location whose API answers so; `asked` holds the calls, such as `GET /tasks`. */
function rendered<T>(hook: (api: ReturnType<typeof createApi>) => T, answer: Answer) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", ({ url, method }: Request) => {
    const path = url.split("/v1/locations/spree")[1] ?? "";
    asked.push(`${method} ${path}`);
    const value = answer(path, method);
    return Promise.resolve(value instanceof Response ? value : new Response(JSON.stringify(value)));
  });
  const api = createApi("https://api.example", "spree", { token: () => Promise.resolve(""), onRejected: vi.fn() });
  const client = newQueryClient();
  const current = { api, locationId: "spree", role: "admin", zone: null, signOut: vi.fn() } as never;
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <CurrentLocationContext value={current}>{children}</CurrentLocationContext>
    </QueryClientProvider>
  );
  return { asked, ...renderHook(() => hook(api), { wrapper }) };
}

describe("what was read", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("is read again after a change of its collection, though not what never changes", async () => {
    const { asked, result } = rendered(
      (api) => [
        api.useQuery("get", "/surveys/{survey_id}", { params: { path: { survey_id: "a" } } }),
        api.useQuery("get", "/workflows/{workflow_id}/versions/{version}", { params: { path: { workflow_id: "a", version: 1 } } }, FIXED),
        api.useQuery("get", "/settings"),
        api.useMutation("post", "/workflows/{workflow_id}/drain"),
        api.useMutation("post", "/surveys"),
      ] as const,
      () => ({}),
    );
    await waitFor(() => expect(asked).toHaveLength(3));
    asked.length = 0;
    await act(() => result.current[3].mutateAsync({ params: { path: { workflow_id: "a" } } }));
    expect(asked).toEqual(["POST /workflows/a/drain"]);
    asked.length = 0;
    await act(() => result.current[4].mutateAsync({ body: {} as never }));
    expect(asked).toEqual(["POST /surveys", "GET /surveys/a"]);
  });

  it("is read again after a change that failed, since somebody else may have been first", async () => {
    const { asked, result } = rendered(
      (api) => [api.useQuery("get", "/settings"), api.useMutation("put", "/settings")] as const,
      (_, method) => (method === "PUT" ? new Response("{}", { status: 412 }) : {}),
    );
    await waitFor(() => expect(asked).toHaveLength(1));
    await act(() => expect(result.current[1].mutateAsync({} as never)).rejects.toBeInstanceOf(ApiError));
    await waitFor(() => expect(asked).toEqual(["GET /settings", "PUT /settings", "GET /settings"]));
  });

  it("stays after a call that changes nothing", async () => {
    const { asked, result } = rendered(
      (api) => [api.useQuery("get", "/secrets"), api.useMutation("post", "/suppressions/find", READS)] as const,
      () => ({ items: [] }),
    );
    await waitFor(() => expect(asked).toHaveLength(1));
    await act(() => result.current[1].mutateAsync({ body: { address: "a" } }));
    expect(asked).toEqual(["GET /secrets", "POST /suppressions/find"]);
  });
});

describe("a list", () => {
  const pages: Answer = (path) =>
    path.includes("cursor=c2") ? { items: [{ id: "b" }], next_cursor: null } : { items: [{ id: "a" }], next_cursor: "c2" };

  it("is read page by page", async () => {
    const { asked, result } = rendered((api) => api.useInfiniteQuery("get", "/tasks", {}, PAGED), pages);
    await waitFor(() => expect(result.current.hasNextPage).toBe(true));
    await act(() => result.current.fetchNextPage());
    await waitFor(() => expect(result.current.hasNextPage).toBe(false));
    expect(asked).toEqual(["GET /tasks", "GET /tasks?cursor=c2"]);
  });

  it("is read to its end where it is wanted whole", async () => {
    const { asked, result } = rendered(() => useWholeList("/templates"), pages);
    await waitFor(() => expect(result.current.data?.map(({ id }) => id)).toEqual(["a", "b"]));
    expect(asked).toEqual(["GET /templates?limit=100", "GET /templates?limit=100&cursor=c2"]);
  });
});
