// Calls carry a token and name a revision; answers become values, problems, or "offline".
import { afterEach, describe, expect, it, vi } from "vitest";
import { basedOn, body, createApi, madeOnce } from "../../src/api/client";
import { ApiError, messageOf, OfflineError } from "../../src/api/problem";

const PARAMS = { params: { path: { workflow_id: "wf" } } };
const PATH = "/workflows/{workflow_id}";

function answering(answer: () => Response | Promise<Response>) {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    return Promise.resolve().then(answer);
  });
  const onRejected = vi.fn();
  const api = createApi("https://api.example", "spree kayaks", { token: () => Promise.resolve("t0ken"), onRejected });
  return { api, asked, onRejected };
}

const json = (status: number, value: unknown) =>
  new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });

describe("the client", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("sends the token to the location's part of the API, and returns the value", async () => {
    const { api, asked } = answering(() => json(200, { id: "wf", revision: 7 }));
    const answer = await body(api.GET(PATH, PARAMS));
    expect(answer).toMatchObject({ id: "wf", revision: 7 });
    expect(asked[0]?.headers.get("Authorization")).toBe("Bearer t0ken");
    expect(asked[0]?.url).toBe("https://api.example/v1/locations/spree%20kayaks/workflows/wf");
  });

  it("names the revision that a save is based on", async () => {
    const { api, asked } = answering(() => json(200, {}));
    await api.PUT(PATH, {
      ...basedOn({ workflow_id: "wf" }, 3),
      body: { name: "a", description: "", tags: [], draft: { schema_version: 1, nodes: [], edges: [], notes: [] } },
    });
    expect(asked[0]?.headers.get("If-Match")).toBe('"3"');
  });

  it("throws the problem of the API's answer", async () => {
    const { api } = answering(() => json(412, { detail: "Another save came first.", stored: 9 }));
    const error = await body(api.GET(PATH, PARAMS)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ isStale: true, isPassing: false, problem: { stored: 9 } });
    expect(messageOf(error)).toBe("Another save came first.");
  });

  it.each([
    [502, "<html>", true],
    [429, '{"message":"Too Many Requests"}', true],
    [404, "", false],
  ])("makes a problem of status %i without details", async (status, text, isPassing) => {
    const { api } = answering(() => new Response(text, { status }));
    const error = await body(api.GET(PATH, PARAMS)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status, isPassing });
    expect(messageOf(error)).not.toBe("");
  });

  it("reports a token that is no longer accepted", async () => {
    const { api, onRejected } = answering(() => json(401, { detail: "expired" }));
    await expect(body(api.GET(PATH, PARAMS))).rejects.toThrow("expired");
    expect(onRejected).toHaveBeenCalledOnce();
  });

  it("reports that the API cannot be reached", async () => {
    const { api } = answering(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(body(api.GET(PATH, PARAMS))).rejects.toBeInstanceOf(OfflineError);
  });
});

describe("a creation whose answer is lost", () => {
  afterEach(() => void vi.unstubAllGlobals());

  const NEW = { body: { name: "a", description: "", tags: [], draft: { schema_version: 1 as const, nodes: [], edges: [], notes: [] } } };
  const keysOf = (asked: Request[]) => asked.map((request) => request.headers.get("Idempotency-Key"));

  it.each([
    ["no connection", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["an error of a gateway", () => json(504, { message: "Endpoint request timed out" })],
  ])("is asked for again under its key after %s, and anew once answered", async (_, failing) => {
    let answer: () => Response | Promise<Response> = failing;
    const { api, asked } = answering(() => answer());
    await expect(api.POST("/workflows", NEW)).rejects.toThrow();
    answer = () => json(201, { id: "wf" });
    await api.POST("/workflows", NEW);
    await api.POST("/workflows", NEW);
    await api.POST("/workflows", { body: { ...NEW.body, name: "b" } });
    const [first, again, next, other] = keysOf(asked);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(again).toBe(first);
    expect(new Set([first, next, other]).size).toBe(3);
  });

  it("keeps a key of its own, and gives no other call one", async () => {
    const { api, asked } = answering(() => json(200, {}));
    await api.POST("/workflows", { ...NEW, ...madeOnce("mine") });
    await api.GET(PATH, PARAMS);
    expect(keysOf(asked)).toEqual(["mine", null]);
  });
});
