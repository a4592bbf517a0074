// The import's page: a file is read and checked in parts; a lost connection sends no part twice, and nothing starts by itself.
// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newQueryClient } from "../../src/api/queries";
import { OfflineError } from "../../src/api/problem";
import ImportPage from "../../src/pages/imports/ImportPage";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

const LATEST = { id: "import-1", ready: 600, invalid: 0, to_come: 600, pages: 0 };
const sent: { path: string; body: unknown; page?: number }[] = [];
let isOffline = false;

const api = {
  POST: (path: string, { body }: { body: { rows?: unknown[] } }) => {
    sent.push({ path, body });
    if (path === "/imports/preview") return Promise.resolve({ data: { timezone: "Europe/Berlin", rows: [], problems: [] } });
    return Promise.resolve({ data: LATEST });
  },
  PUT: (path: string, { params, body }: { params: { path: { page: number } }; body: { rows: unknown[] } }) => {
    if (isOffline) return Promise.reject(new OfflineError());
    sent.push({ path, body, page: params.path.page });
    if (params.path.page === 1) isOffline = true;
    const problems = params.path.page === 1 ? [{ row: 7, field: "email", reason: "E-mail is too long.", remedy: "Use less." }] : [];
    return Promise.resolve({ data: { booking_import: LATEST, problems } });
  },
  useQuery: () => ({ data: { items: [] } }),
};

vi.mock("../../src/currentLocation", () => ({
  useApi: () => api,
  useCurrentLocation: () => ({ api, zone: "Europe/Berlin", may: () => true, path: (rest: string) => `/kayaks${rest}` }),
}));

beforeEach(() => {
  sent.length = 0;
  isOffline = false;
});
afterEach(cleanup);

function show() {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <ImportPage id={null} />
    </QueryClientProvider>,
  );
}

async function choose(text: string, lastModified = Date.now()) {
  const file = new File([text], "bookings.csv", { type: "text/csv", lastModified });
  await userEvent.upload(screen.getByLabelText("File of bookings"), file);
}

const rows = (count: number) =>
  ["id;start;status", ...Array.from({ length: count }, (_, number) => `b${number};31.12.2126 10:00;Bezahlt`)].join("\n");

it("sends what did not arrive, once, and starts only when that is pressed", async () => {
  show();
  await choose(rows(600));
  await userEvent.click(await screen.findByRole("button", { name: "Check 600 rows" }));
  await userEvent.click(screen.getByRole("button", { name: "Check now" }));
  expect((await screen.findByRole("alert")).textContent).toContain("What was sent is not sent again.");
  isOffline = false;
  await userEvent.click(screen.getByRole("button", { name: "Go on checking" }));
  await screen.findByRole("heading", { name: "600 bookings can be imported" });
  expect(sent.filter(({ path }) => path.includes("/pages/")).map(({ page }) => page)).toEqual([1, 2]);
  expect(sent.filter(({ path }) => path === "/imports")).toHaveLength(1);
  expect(screen.getByRole("list", { name: "Rows with problems" }).textContent).toContain("Row 7 E-mail is too long.");
  expect(sent.some(({ path }) => path.endsWith("/start"))).toBe(false);
  await userEvent.click(screen.getByRole("button", { name: "Import 600 bookings" }));
  await waitFor(() => expect(sent.at(-1)).toEqual({ path: "/imports/{import_id}/start", body: { pages: 2, left_out: 0, run_booking_created: false } }));
});

it("takes the file's own time, also in the hour that clocks show twice, unless another is typed", async () => {
  // 02:30 by the clocks of Berlin for the second time that night.
  const changed = "2025-10-26T01:30:45.000Z";
  for (const [typed, asOf] of [[null, changed], ["2025-10-26T01:15", "2025-10-25T23:15:00.000Z"]] as const) {
    show();
    await choose(rows(1), Date.parse(changed));
    await userEvent.click(await screen.findByRole("button", { name: "Check 1 row" }));
    const input = screen.getByLabelText<HTMLInputElement>("The file shows the bookings as of", { exact: false });
    expect(input.value).toBe("2025-10-26T02:30");
    if (typed) fireEvent.change(input, { target: { value: typed } });
    await userEvent.click(screen.getByRole("button", { name: "Check now" }));
    await waitFor(() => expect(sent.findLast(({ path }) => path === "/imports")?.body).toEqual({ as_of: asOf }));
    cleanup();
  }
});

it("asks for what it cannot know: an ambiguous date, an unknown status", async () => {
  show();
  await choose("id,start,status\n1,03/04/2126 10:00,Maybe\n");
  const check = await screen.findByRole("button", { name: "Check 1 row" });
  expect(check.hasAttribute("disabled")).toBe(true);
  await userEvent.selectOptions(screen.getByLabelText("Dates are written"), "mdy");
  await userEvent.selectOptions(screen.getByLabelText("“Maybe” means"), "pending");
  expect(screen.getByRole("button", { name: "Check 1 row" }).hasAttribute("disabled")).toBe(false);
});

it("says what is wrong with a file that holds no rows", async () => {
  show();
  await choose("id,start\n");
  expect((await screen.findByRole("alert")).textContent).toContain("no rows below its head");
  expect(screen.getByLabelText("File of bookings")).toBeTruthy();
});
