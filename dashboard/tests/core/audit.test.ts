// What somebody did, in words: a switch says which way it was turned.
import { describe, expect, it } from "vitest";
import { deedOf, idNamed, itemNames, nameOfItem } from "../../src/core/audit";

it.each([
  ["enable_workflow", { enabled: false }, "Turn off workflow"],
  ["enable_workflow", { enabled: true, revision: 3 }, "Turn on workflow"],
  ["activate_template", { active: false }, "Turn off template"],
  ["activate_survey", { active: true }, "Turn on survey"],
  // Turned again to what it was: only what changed is kept.
  ["enable_workflow", {}, "Turn on or off workflow"],
  ["enable_workflow", null, "Turn on or off workflow"],
  ["save_template", { active: false }, "Save template"],
  ["delete_workflow", null, "Delete workflow"],
])("%s with %j is %s", (operation, after, words) => {
  expect(deedOf({ operation, after })).toBe(words);
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
