// A part of a page that could not be read says so where it is missing, and is read again.
// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApi } from "../../src/api/client";
import { ApiError, OfflineError, problemOf } from "../../src/api/problem";
import { BookingPicker } from "../../src/components/BookingPicker";
import { Missing } from "../../src/components/Missing";
import { CurrentLocationContext } from "../../src/currentLocation";
import { SurveySetting } from "../../src/pages/settings/SurveySetting";
import { SurveyState } from "../../src/pages/surveys/SurveyState";
import { NamedPicker } from "../../src/pages/workflow/form/NamedPicker";
import { NeedsNote } from "../../src/pages/workflows/NeedsNote";
import { WaitingSecrets } from "../../src/pages/workflows/WaitingSecrets";
import { ToastProvider } from "../../src/components/toasts";
import { chain } from "../core/samples";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const input = { id: "i", "aria-describedby": undefined, "aria-invalid": false, "aria-required": false };
const picker = { input, value: "", isRequired: true, isReadOnly: false, onChange: () => undefined };
const needy = { ...chain("trigger"), nodes: [{ ...chain("trigger").nodes[0]!, config: { template: "welcome" } }] };
const survey = { id: "s", name: "After", active: true, revision: 1 } as never;

const PLACES: [string, ReactNode, RegExp][] = [
  ["templates of a step", <NamedPicker key="" kind="template" {...picker} />, /The templates to choose from could not be loaded/],
  ["surveys of a step", <NamedPicker key="" kind="survey" {...picker} />, /The surveys to choose from could not be loaded/],
  ["bookings", <BookingPicker key="" input={input} value="" onChange={() => undefined} />, /Bookings to choose from could not be loaded/],
  [
    "the default survey's list",
    <SurveySetting
      key=""
      handle={{ name: "survey_id", value: null, set: () => undefined }}
      source="own"
      isReadOnly={false}
      problems={[]}
      onReset={() => undefined}
    />,
    /The surveys to choose from could not be loaded/,
  ],
  ["the default of a survey", <SurveyState key="" survey={survey} revision={1} onStored={() => undefined} />, /Whether this is the default survey could not be loaded/],
  ["what a workflow needs", <NeedsNote key="" graph={needy} />, /Could not check what is here/],
  ["secrets that wait", <WaitingSecrets key="" />, /Which secrets wait for their hosts could not be loaded/],
];

describe("a read that fails", () => {
  it.each(PLACES)("is shown in the place of %s", async (_, place, words) => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    shown(place);
    expect(await screen.findByText(words)).toBeTruthy();
  });
});

describe("what is missing", () => {
  const failed = (error: unknown) => ({ data: undefined, isError: true, error, refetch: vi.fn(() => Promise.resolve()) });

  it("says what and why, and is read again", async () => {
    const of = failed(new OfflineError());
    render(<Missing of={of} what="The surveys" />);
    expect(screen.getByText(/The surveys could not be loaded: Bookflow cannot be reached/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(of.refetch).toHaveBeenCalledOnce();
  });

  it("is silent about what was read before, and about what does not exist", async () => {
    const none = new ApiError(await problemOf(new Response("", { status: 404 })));
    const { container } = render(
      <>
        <Missing of={{ ...failed(new OfflineError()), data: [] }} what="a" />
        <Missing of={failed(none)} what="b" />
        <Missing of={{ ...failed(null), isError: false }} what="c" />
      </>,
    );
    expect(container.textContent).toBe("");
  });
});

function shown(place: ReactNode) {
  const api = createApi("https://api.example", "fjordline", { token: () => Promise.resolve("t"), onRejected: () => undefined });
  const identity = { subject: "ada", name: "Ada", roles: {}, nonce: null };
  const current = { api, identity, locationId: "fjordline", role: "admin" as const, zone: "UTC", signOut: () => undefined,
    locations: [],
    mayAddLocations: false,
    apiOf: () => api,
    onLocationAdded: () => Promise.resolve() };
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });
  render(
    <QueryClientProvider client={client}>
      <CurrentLocationContext value={current}>
        <ToastProvider>{place}</ToastProvider>
      </CurrentLocationContext>
    </QueryClientProvider>,
  );
}
