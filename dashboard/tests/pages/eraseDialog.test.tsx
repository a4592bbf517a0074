// The erasure's progress: what it says while it runs, when it is over, and where it cannot reach.
// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Erasure } from "../../src/core/guests";
import { Progress } from "../../src/pages/bookings/EraseDialog";

vi.mock("../../src/currentLocation", () => ({ useCurrentLocation: () => ({ zone: "Europe/Berlin" }) }));

const erasure: Erasure = {
  guest: "0123",
  state: "running",
  counts: { bookings: 2 },
  started_at: "2026-12-01T09:00:00Z",
  erased_at: null,
  refused_until: "2026-12-31T09:00:00Z",
  reason: null,
  remedy: null,
  beyond_reach: [
    { place: "Logs", holds: "Ids", gone_by: "2026-12-31T09:00:00Z" },
    { place: "Suppression list of Amazon SES", holds: "The e-mail address", gone_by: null },
  ],
};

afterEach(cleanup);

it("continues by itself and says what it has erased", () => {
  render(<Progress of={erasure} />);
  expect(screen.getByRole("status").textContent).toContain("continues by itself");
  expect(screen.getByText("Erased so far: 2 bookings.")).toBeTruthy();
});

it("names each place that it cannot reach with its date, or says that there is none", () => {
  render(<Progress of={{ ...erasure, state: "checking" }} />);
  const [logs, ses] = screen.getAllByRole("listitem");
  expect(logs?.textContent).toContain("Deleted by");
  expect(ses?.textContent).toContain("Until somebody removes it");
  expect(screen.getByRole("status").textContent).toContain("looked through once more");
});

it("says why it failed and what to do", () => {
  render(<Progress of={{ ...erasure, state: "failed", reason: "It broke off.", remedy: "Erase again." }} />);
  expect(screen.getByRole("alert").textContent).toContain("It broke off. Erase again.");
});
