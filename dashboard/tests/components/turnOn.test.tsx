// Turning a workflow on: where reminders would have been due already, the operator is asked first.
// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { createApi } from "../../src/api/client";
import { ToastProvider } from "../../src/components/toasts";
import { useTurnOn } from "../../src/components/useTurnOn";
import { CurrentLocationContext, type CurrentLocation } from "../../src/currentLocation";
import { node } from "../core/samples";

const NO_IMPACT = {
  bookings: 9, gained: 2, moved: 0, lost: 0, skipped: 0, missed: 0, missed_sendable: 0, within_the_hour: 0, complete: true,
};
const WORKFLOW = { id: "wf", name: "Directions", published_version: 3 };

// The dialog is loaded when it is asked for first, which a busy machine takes its time for.
configure({ asyncUtilTimeout: 15_000 });
vi.setConfig({ testTimeout: 20_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Shows a button that turns a workflow of an event on; returns what was stored, and the calls of the API. */
function turningOn(event: string, impact: object | null) {
  const graph = { schema_version: 1, nodes: [node("t", "trigger", { event })], edges: [] };
  const paths: string[] = [];
  vi.stubGlobal("CSS", { escape: (text: string) => text }); // jsdom has none
  vi.stubGlobal("fetch", ({ method, url }: Request) => {
    paths.push(`${method} ${new URL(url).pathname.split("/workflows/")[1]}`);
    const answer = method === "GET" ? { version: 3, graph } : impact;
    const headers = { "Content-Type": "application/json" };
    return Promise.resolve(new Response(JSON.stringify(answer ?? {}), { status: answer ? 200 : 503, headers }));
  });
  const api = createApi("https://api.example", { token: () => Promise.resolve("t"), onRejected: vi.fn() });
  const location = { api, locationId: "spree", role: "editor", zone: null } as unknown as CurrentLocation;
  const stored: boolean[] = [];
  const store = (sendsMissed: boolean) => Promise.resolve(stored.push(sendsMissed));
  function Button() {
    const on = useTurnOn(WORKFLOW, store);
    return (
      <>
        <button onClick={() => void on.turnOn()}>On</button>
        {on.question}
      </>
    );
  }
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <CurrentLocationContext value={location}>
      <QueryClientProvider client={client}>
        <ToastProvider>
          <Button />
        </ToastProvider>
      </QueryClientProvider>
    </CurrentLocationContext>,
  );
  return { stored, paths };
}

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

it("turns on at once what is no reminder", async () => {
  const { stored, paths } = turningOn("Booking Created", NO_IMPACT);
  await press("On");
  await waitFor(() => expect(stored).toEqual([false]));
  expect(paths).toEqual(["GET wf/versions/3"]);
});

it("turns on at once where no reminder would have been due already", async () => {
  const { stored, paths } = turningOn("Booking Reminder", NO_IMPACT);
  await press("On");
  await waitFor(() => expect(stored).toEqual([false]));
  expect(paths).toEqual(["GET wf/versions/3", "POST wf/impact"]);
});

it.each([false, true])("asks whether those that would have been due already are sent now: %s", async (sends) => {
  const { stored, paths } = turningOn("Booking Reminder", { ...NO_IMPACT, skipped: 3, missed: 3, missed_sendable: 2 });
  await press("On");
  const choice = await screen.findByRole("switch", { name: "Also send now to 2 bookings" });
  expect((choice as HTMLInputElement).checked).toBe(false);
  expect(stored).toEqual([]);
  if (sends) await userEvent.click(choice);
  await press("Turn on");
  await waitFor(() => expect(stored).toEqual([sends]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(paths).toEqual(["GET wf/versions/3", "POST wf/impact"]);
});

it("stays off if the question is cancelled", async () => {
  const { stored } = turningOn("Booking Reminder", { ...NO_IMPACT, missed: 1, skipped: 1, missed_sendable: 1 });
  await press("On");
  await screen.findByRole("switch", { name: "Also send now to 1 booking" });
  await press("Cancel");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(stored).toEqual([]);
});

it("asks where the effect on reminders cannot be read, and can be turned on all the same", async () => {
  const { stored } = turningOn("Booking Reminder", null);
  await press("On");
  await screen.findByText(/effect on reminders cannot be shown/);
  await press("Turn on");
  await waitFor(() => expect(stored).toEqual([false]));
});
