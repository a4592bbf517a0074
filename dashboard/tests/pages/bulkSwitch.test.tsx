// Turning many workflows on: one that cannot be is named with its reason, and the others are on.
// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { createApi } from "../../src/api/client";
import type { Switchable } from "../../src/core/bulkSwitch";
import { CurrentLocationContext, type CurrentLocation } from "../../src/currentLocation";
import BulkSwitch from "../../src/pages/workflows/BulkSwitch";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Shows the dialog over an API that answers a call of a workflow, such as "PUT a/enabled"; returns the calls. */
function shown(answer: (call: string) => Response | Promise<Response>, chosen: readonly Switchable[]) {
  const calls: [string, unknown, string | null][] = [];
  vi.stubGlobal("CSS", { escape: (text: string) => text }); // jsdom has none
  vi.stubGlobal("fetch", async (request: Request) => {
    const call = `${request.method} ${new URL(request.url).pathname.split("/workflows/")[1] ?? ""}`;
    calls.push([call, request.method === "PUT" ? await request.json() : null, request.headers.get("If-Match")]);
    return answer(call);
  });
  const api = createApi("https://api.example", "spree", { token: () => Promise.resolve("t"), onRejected: vi.fn() });
  const location = { api, locationId: "spree", role: "editor", zone: null } as unknown as CurrentLocation;
  const onClose = vi.fn();
  render(
    <CurrentLocationContext value={location}>
      <QueryClientProvider client={new QueryClient()}>
        <BulkSwitch chosen={chosen} enabled onClose={onClose} />
      </QueryClientProvider>
    </CurrentLocationContext>,
  );
  return { calls, onClose };
}

function workflow(id: string, changes: Partial<Switchable> = {}): Switchable {
  return { id, name: id, enabled: false, revision: 3, published_version: 1, ...changes };
}

function answered(status: number, content: unknown): Response {
  return new Response(JSON.stringify(content), { status, headers: { "Content-Type": "application/json" } });
}

const outcomes = () => screen.getAllByRole("listitem").map((item) => item.textContent);

it("names what could not be turned on first, and why", async () => {
  const { calls } = shown(
    (call) =>
      call === "GET c" ? answered(200, workflow("c", { enabled: true }))
      : call === "PUT b/enabled" ? answered(422, { detail: "Publish it first: a template is missing." })
      : answered(200, { revision: 4 }),
    [workflow("a"), workflow("b"), workflow("c", { enabled: true })],
  );
  expect(screen.getByRole("heading").textContent).toBe("Turn on 3 workflows?");
  await userEvent.click(screen.getByRole("button", { name: "Turn on" }));
  expect(await screen.findByText("1 workflow not turned on")).toBeTruthy();
  expect(outcomes()).toEqual(["b Publish it first: a template is missing.", "a Turned on.", "c Is on already."]);
  const change = { enabled: true, send_missed: false };
  expect(calls).toEqual([
    ["PUT a/enabled", change, '"3"'],
    ["PUT b/enabled", change, '"3"'],
    ["GET c", null, null],
  ]);
});

it("finds what was turned on although its answer was lost when it is tried again", async () => {
  let isOffline = true;
  shown(
    (call) => {
      if (isOffline) throw new TypeError("Failed to fetch");
      return call.startsWith("PUT") ? answered(412, { detail: "Somebody saved first." }) : answered(200, workflow("a", { enabled: true, revision: 4 }));
    },
    [workflow("a")],
  );
  await userEvent.click(screen.getByRole("button", { name: "Turn on" }));
  expect(await screen.findByText("1 workflow not turned on")).toBeTruthy();
  expect(outcomes()[0]).toContain("cannot be reached");
  isOffline = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("All are on")).toBeTruthy();
  expect(outcomes()).toEqual(["a Is on already."]);
});

it("stops where the operator wants to, cannot be closed before, and says what is left", async () => {
  let answer: (response: Response) => void = () => undefined;
  const { calls, onClose } = shown(() => new Promise<Response>((resolve) => (answer = resolve)), [workflow("a"), workflow("b")]);
  await userEvent.click(screen.getByRole("button", { name: "Turn on" }));
  await screen.findByText("0 of 2 done.");
  await userEvent.keyboard("{Escape}");
  expect(onClose).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  answer(answered(200, { revision: 4 }));
  expect(await screen.findByText("1 workflow not turned on")).toBeTruthy();
  expect(outcomes()).toEqual(["b Not tried, as you stopped it.", "a Turned on."]);
  expect(calls).toHaveLength(1);
});
