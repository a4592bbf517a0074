// What people read: JSON in texts, failures, days.
import { describe, expect, it } from "vitest";
import { readable } from "../../src/core/fieldProblems";
import { unfolded } from "../../src/core/json";
import { byDay, relativeDay } from "../../src/core/times";

describe("a text of JSON", () => {
  it.each([
    ['{"a": [1, "x"]}', { a: [1, "x"] }],
    ['{"a": "{{ booking.id }}", "b": {{ eventData }}}', { a: "{{ booking.id }}", b: "{{ eventData }}" }],
    ['{"a": "say \\"{{ x }}\\""}', { a: 'say "{{ x }}"' }],
    ["[1", "[1"],
    ["{{ eventData }}", "{{ eventData }}"],
    ["plain", "plain"],
    [7, 7],
  ])("%j is read as %j", (value, shown) => {
    expect(unfolded(value)).toEqual(shown);
  });
});

it.each([
  ["url: The receiver answered with status 410", "URL: The receiver answered with status 410"],
  ["due_in_hours: is too large", "Due in hours: is too large"],
  ["hosts.0: A host has no port.", "Hosts 1: A host has no port."],
  ["admins.2.email: must be one", "Admins 3: must be one"],
  ["crm.example.com: no answer", "crm.example.com: no answer"],
  ["Step Tell the CRM (webhook) failed: url: It is gone", "Step Tell the CRM (webhook) failed: URL: It is gone"],
  ["https://example.com is away", "https://example.com is away"],
])("an error %j is shown as %j", (detail, shown) => {
  expect(readable(detail)).toBe(shown);
});

describe("days", () => {
  const at = (iso: string) => ({ at: iso });

  it("are those of the zone's calendar", () => {
    const items = ["2026-06-11T21:30:00Z", "2026-06-11T22:30:00Z", "2026-06-12T21:00:00Z"].map(at);
    const days = byDay(items, "Europe/Berlin");
    expect(days.map((day) => day.items.length)).toEqual([1, 2]);
    expect(days[1]?.at).toBe("2026-06-11T22:30:00Z");
  });

  it("are shown relative to today", () => {
    const now = Date.parse("2026-06-11T21:30:00Z");
    const shown = (iso: string) => relativeDay(iso, "Europe/Berlin", now);
    expect(shown("2026-06-11T22:30:00Z")).toBe("tomorrow");
    expect(shown("2026-06-11T00:30:00Z")).toBe("today");
    expect(shown("2026-07-11T00:30:00Z")).toBeNull();
  });
});
