// A location's own words: the default as placeholder, values to insert, problems, and what is saved.
// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newQueryClient } from "../../src/api/queries";
import { ToastProvider } from "../../src/components/toasts";
import { WordingSettings } from "../../src/pages/settings/WordingSettings";

const text = (id: string, title: string, words: string, english: string, values: string[]) => ({
  id,
  part: "Unsubscribe page",
  title,
  text: words,
  english,
  values,
});
const TEXTS = [
  text("unsubscribe_button", "Button", "Abbestellen", "Unsubscribe", []),
  text("unsubscribe_text", "What it means", "{address} erhält nichts mehr.", "{address} gets no more.", ["{address}"]),
];
const STORED = {
  settings: { name: "Kayaks", wordings: { de: { unsubscribe_button: "Weg" }, fr: { send: "Envoyer" } } },
  location: { locale: "de-DE" },
  revision: 4,
};
const saved: unknown[] = [];
let problems: { id: string; message: string; remedy: string }[] = [];
let role = "admin";

const api = {
  PUT: (_path: string, { body }: { body: unknown }) => {
    saved.push(body);
    return Promise.resolve({ data: { ...STORED, settings: body, revision: 5 } });
  },
  useQuery: (method: string, path: string) => {
    if (path === "/settings") return { data: STORED };
    if (method === "get") return { data: { language: "de", direction: "ltr", is_translated: true, texts: TEXTS } };
    return { data: { problems, samples: [{ part: "Unsubscribe page", title: "Question", subject: "", html: "<p>Weg</p>" }] } };
  },
};

vi.mock("../../src/currentLocation", () => ({
  useApi: () => api,
  useCurrentLocation: () => ({
    api,
    locationId: "kayaks",
    identity: { subject: "ada" },
    may: (needed: string) => role === needed,
    path: (rest: string) => `/kayaks${rest}`,
  }),
}));

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class {
    observe(): void {}
    disconnect(): void {}
  });
});
afterEach(() => {
  cleanup();
  saved.length = 0;
  problems = [];
  role = "admin";
});

function show() {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <ToastProvider>
        <WordingSettings />
      </ToastProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

it("shows each text in the location's language with Bookflow's words in its place", () => {
  show();
  expect(screen.getByLabelText<HTMLSelectElement>("Language").value).toBe("de");
  expect(within(screen.getByLabelText("Language")).getByText("Deutsch (de) – German · 1 own text")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Button").value).toBe("Weg");
  const meaning = screen.getByLabelText<HTMLInputElement>("What it means");
  expect([meaning.value, meaning.placeholder]).toEqual(["", "{address} erhält nichts mehr."]);
  expect(screen.getByText("In English: {address} gets no more.")).toBeTruthy();
});

it("begins with the default, inserts values, goes back to it, and saves the rest of the settings as they are", async () => {
  const user = show();
  await user.click(screen.getByRole("button", { name: "Begin with these words: What it means" }));
  const meaning = screen.getByLabelText<HTMLInputElement>("What it means");
  expect(meaning.value).toBe("{address} erhält nichts mehr.");
  await user.clear(meaning);
  await user.type(meaning, "Adieu ");
  await user.click(screen.getByRole("button", { name: "Insert address into “What it means”" }));
  expect(meaning.value).toBe("Adieu {address}");
  await user.click(screen.getByRole("button", { name: "Reset “Button” to Bookflow’s words" }));
  await user.click(screen.getByRole("button", { name: "Save words" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toEqual({
    name: "Kayaks",
    wordings: { de: { unsubscribe_text: "Adieu {address}" }, fr: { send: "Envoyer" } },
  });
});

it("marks the text that names what has no value there", () => {
  problems = [{ id: "unsubscribe_text", message: "names {adresse}, which has no value there", remedy: "Use {address}." }];
  show();
  expect(screen.getByText("Names {adresse}, which has no value there. Use {address}.")).toBeTruthy();
  expect(screen.getByLabelText("What it means").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByLabelText("Button").getAttribute("aria-invalid")).toBe("false");
});

it("lets others than admins read only", () => {
  role = "viewer";
  show();
  expect(screen.getByText(/View only/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Button").readOnly).toBe(true);
  expect(screen.queryAllByRole("button")).toEqual([]);
});
