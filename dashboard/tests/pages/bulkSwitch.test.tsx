// Turning many workflows on: one that cannot be is named with its reason, and the others are on.
// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { createApi } from "../../src/api/client";
import { CurrentLocationContext, type CurrentLocation } from "../../src/currentLocation";
import BulkSwitch from "../../src/pages/workflows/BulkSwitch";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("names what could not be turned on first, and why", async () => {
  const calls: [string, unknown, string | null][] = [];
  vi.stubGlobal("CSS", { escape: (text: string) => text }); // jsdom has none
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.split("/workflows/")[1] ?? "";
    calls.push([path, await request.json(), request.headers.get("If-Match")]);
    const isRefused = path.startsWith("b/");
    const answer = isRefused ? { detail: "Publish it first: a template is missing." } : { revision: 4 };
    const headers = { "Content-Type": "application/json" };
    return new Response(JSON.stringify(answer), { status: isRefused ? 422 : 200, headers });
  });
  const api = createApi("https://api.example", "spree", { token: () => Promise.resolve("t"), onRejected: vi.fn() });
  const location = { api, locationId: "spree", role: "editor", zone: null } as unknown as CurrentLocation;
  const workflow = (id: string, changes = {}) => ({ id, name: id, enabled: false, revision: 3, published_version: 1, ...changes });
  const onClose = vi.fn();
  render(
    <CurrentLocationContext value={location}>
      <QueryClientProvider client={new QueryClient()}>
        <BulkSwitch chosen={[workflow("a"), workflow("b"), workflow("c", { enabled: true })]} enabled onClose={onClose} />
      </QueryClientProvider>
    </CurrentLocationContext>,
  );
  expect(screen.getByRole("heading").textContent).toBe("Turn on 3 workflows?");
  await userEvent.click(screen.getByRole("button", { name: "Turn on" }));
  expect(await screen.findByText("1 workflow not turned on")).toBeTruthy();
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "b Publish it first: a template is missing.",
    "a Turned on.",
    "c Was on already.",
  ]);
  const change = { enabled: true, send_missed: false };
  expect(calls).toEqual([
    ["a/enabled", change, '"3"'],
    ["b/enabled", change, '"3"'],
  ]);
});
