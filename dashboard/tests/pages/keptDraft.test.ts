// A draft that is kept in the window is there for the one who drew it, once.
// @vitest-environment jsdom
import { expect, it } from "vitest";
import { keepDraft, takeKeptDraft } from "../../src/pages/workflow/keptDraft";
import { chain } from "../core/samples";

const ADA = { subject: "ada", locationId: "spree", workflowId: "w" };
const KEPT = { document: { name: "a", description: "", tags: [], graph: chain("t") }, revision: 3 };

it("keeps a draft for nobody else, and gives it back once", () => {
  keepDraft(ADA, KEPT);
  expect(takeKeptDraft({ ...ADA, subject: "bob" })).toBeNull();
  expect(takeKeptDraft({ ...ADA, workflowId: "v" })).toBeNull();
  expect(takeKeptDraft(ADA)).toEqual(KEPT);
  expect(takeKeptDraft(ADA)).toBeNull();
});
