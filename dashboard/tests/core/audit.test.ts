// What somebody did, in words: a switch says which way it was turned.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AUDITED_KINDS, bookingOf, deedOf, idNamed, itemNames, nameOfItem } from "../../src/core/audit";

it.each([
  ["enable_workflow", { enabled: false }, "Turn off workflow"],
  ["enable_workflow", { enabled: true, revision: 3 }, "Turn on workflow"],
  ["activate_template", { active: false }, "Turn off template"],
  ["activate_survey", { active: true }, "Turn on survey"],
  // Turned again to what it was: only what changed is kept.
  ["enable_workflow", {}, "Turn workflow on or off"],
  ["enable_workflow", null, "Turn workflow on or off"],
  ["save_template", { active: false }, "Save template"],
  ["delete_workflow", null, "Delete workflow"],
  ["turn_messages_off", { no_reminders: true }, "Turn off reminders"],
  ["turn_messages_off", { no_reminders: false, no_marketing: true }, "Turn on reminders, turn off marketing and surveys"],
  ["turn_messages_off", {}, "Turn messages off or on"],
  ["add_suppression", null, "Block recipient"],
])("%s with %j is %s", (operation, after, words) => {
  expect(deedOf({ operation, after })).toBe(words);
});

it.each([
  [["wf-1"], [], "Send a planned message after all"],
  [[], ["wf-1"], "Skip a planned message"],
  [undefined, undefined, "Skip a planned message, or take that back"],
])("a skip from %j to %j is %s", (was, is, words) => {
  expect(deedOf({ operation: "skip_entry", before: { skipped: was }, after: { skipped: is } })).toBe(words);
});

it("names the booking of an entry", () => {
  expect(bookingOf({ kind: "bookings", resource_id: "bk-1", before: null, after: null })).toBe("bk-1");
  expect(bookingOf({ kind: "tasks", resource_id: "t-1", before: null, after: { booking_id: "bk-2" } })).toBe("bk-2");
  expect(bookingOf({ kind: "settings", resource_id: null, before: null, after: {} })).toBe("");
});

it("filters by every kind that the API records", () => {
  const contract = readFileSync(new URL("../../../layers/bookflow/python/bookflow/api/openapi.json", import.meta.url), "utf8");
  const { paths } = JSON.parse(contract) as { paths: Record<string, Record<string, { tags: string[] }>> };
  const changing = Object.values(paths).flatMap((methods) =>
    Object.entries(methods).flatMap(([method, { tags }]) => (method === "get" ? [] : tags)),
  );
  const kinds = new Set(changing);
  for (const changesNothing of ["simulation", "wordings"]) kinds.delete(changesNothing);
  expect(Object.keys(AUDITED_KINDS).sort()).toEqual([...kinds].sort());
});

describe("the item of an entry", () => {
  const names = itemNames({ workflows: [{ id: "wf-1", name: "Reminder" }], surveys: undefined });
  const entry = { kind: "workflows", resource_id: "wf-1", before: { enabled: true }, after: { enabled: false } };

  it("has its name of today, or else the one that was recorded", () => {
    expect(nameOfItem(entry, names)).toBe("Reminder");
    expect(nameOfItem({ ...entry, resource_id: "wf-2", before: { name: "Deleted" }, after: null }, names)).toBe("Deleted");
    expect(nameOfItem({ ...entry, kind: "bookings" }, names)).toBe("");
  });

  it("is found by its name or its id", () => {
    expect(idNamed(names.get("workflows"), " reminder ")).toBe("wf-1");
    expect(idNamed(names.get("workflows"), "wf-9")).toBe("wf-9");
    expect(idNamed(undefined, "bk-1")).toBe("bk-1");
  });
});
