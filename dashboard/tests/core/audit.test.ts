// What somebody did, in words: a switch says which way it was turned.
import { expect, it } from "vitest";
import { deedOf } from "../../src/core/audit";

it.each([
  ["enable_workflow", { enabled: false }, "Turn off workflow"],
  ["enable_workflow", { enabled: true, revision: 3 }, "Turn on workflow"],
  ["activate_template", { active: false }, "Turn off template"],
  ["activate_survey", { active: true }, "Turn on survey"],
  // Turned again to what it was: only what changed is kept.
  ["enable_workflow", {}, "Enable workflow"],
  ["enable_workflow", null, "Enable workflow"],
  ["save_template", { active: false }, "Save template"],
  ["delete_workflow", null, "Delete workflow"],
])("%s with %j is %s", (operation, after, words) => {
  expect(deedOf({ operation, after })).toBe(words);
});
