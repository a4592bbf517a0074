// Templates: the trigger that suits one, its variables, problems at their fields, what differs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Catalogue } from "../../src/core/catalogue";
import { fieldProblemsAt, problemsOfSave } from "../../src/core/fieldProblems";
import {
  BLANK_TEMPLATE,
  changedFields,
  contentOf,
  problemsOf,
  problemsOfPreview,
  fitting,
  framed,
  NO_FILTER,
  suitedTrigger,
  templateVariables,
  type TemplateContent,
  type TemplateSummary,
} from "../../src/core/templates";

const GALLERY = join(import.meta.dirname, "../../../layers/bookflow/python/bookflow/gallery/templates");
const variable = (path: string) => ({ path, kind: "string", description: path, example: null, optional: false, of_items: false });
const trigger = (event: string, ...paths: string[]) => ({ event, variables: paths.map(variable) });
const CATALOGUE = {
  triggers: [
    trigger("Booking Cancelled", "eventData", "event.booking_id", "event.reason", "customer.first_name"),
    trigger("Booking Created", "eventData", "event.booking_id", "customer.first_name"),
    trigger("Booking Rescheduled", "eventData", "event.booking_id", "event.old_start_time"),
  ],
} as unknown as Catalogue;
const content = (part: Partial<TemplateContent>) => ({ ...BLANK_TEMPLATE, ...part });
const summary = (part: Partial<TemplateSummary>): TemplateSummary => ({
  id: "t",
  name: "Confirmation",
  channel: "email",
  category: "transactional",
  language: null,
  languages: [],
  active: true,
  version: 1,
  updated_at: "2026-11-23T00:00:00Z",
  ...part,
});

describe("the trigger that a template is tried with", () => {
  it("is the usual one where no field of an event is named", () => {
    expect(suitedTrigger(CATALOGUE, content({ html: "Hello {{ customer.first_name }}" }))).toBe("Booking Created");
    expect(suitedTrigger(CATALOGUE, content({ html: "{{ event.booking_id }}" }))).toBe("Booking Created");
  });

  it("is the one that brings the fields that are named", () => {
    expect(suitedTrigger(CATALOGUE, content({ sms: "Was {{ event.old_start_time | date }}" }))).toBe(
      "Booking Rescheduled",
    );
    expect(suitedTrigger(CATALOGUE, content({ subject: "{{ event.reason }}" }))).toBe("Booking Cancelled");
  });
});

describe("the variables of a template", () => {
  const paths = (category: "transactional" | "marketing") =>
    templateVariables(CATALOGUE, "Booking Created", category).flatMap((group) =>
      group.variables.map(({ path }) => path),
    );

  it("are those of the trigger, without the whole event, and those of survey e-mails", () => {
    expect(paths("transactional")).toEqual([
      "customer.first_name",
      "event.booking_id",
      "survey.link",
      "survey.name",
      "survey.expires_at",
    ]);
  });

  it("hold the unsubscribe link for marketing only", () => {
    expect(paths("marketing")).toContain("unsubscribe_url");
    expect(paths("transactional")).not.toContain("unsubscribe_url");
  });

  it("that the ready-made ones name beyond the records are all on offer", () => {
    const own = new Set(paths("marketing"));
    for (const name of readdirSync(GALLERY).filter((each) => each.endsWith(".json"))) {
      const text = readFileSync(join(GALLERY, name), "utf-8");
      const named = text.match(/\b(survey\.[a-z_]+|unsubscribe_url)/g) ?? [];
      expect(named.filter((path) => !own.has(path))).toEqual([]);
    }
  });
});

describe("problems", () => {
  it("of a preview and of a rejected save are the same at a field, and shown once", () => {
    const preview = problemsOfPreview([
      { part: "html", language: null, line: 2, block: null, message: "the filter foo is not allowed.", remedy: "Use one of: date.", severity: "error" },
      { part: "sms", language: null, line: null, block: null, message: "The SMS has no text.", remedy: "Write one.", severity: "error" },
    ]);
    const save = problemsOfSave([
      { field: "body.html", reason: "the filter foo is not allowed. (line 2)", remedy: "Use one of: date." },
    ]);
    expect(fieldProblemsAt([...save, ...preview], "html")).toEqual([
      { field: "html", text: "The filter foo is not allowed. (line 2) Use one of: date." },
    ]);
    expect(fieldProblemsAt(preview, "sms")).toHaveLength(1);
    expect(fieldProblemsAt(preview, "subject")).toEqual([]);
  });

  it("begin with a name that is missing", () => {
    expect(problemsOf({ ...BLANK_TEMPLATE, name: " " }).map(({ field }) => field)).toEqual(["name"]);
    expect(problemsOf({ ...BLANK_TEMPLATE, name: "Welcome" })).toEqual([]);
  });
});

describe("the list", () => {
  const templates = [
    summary({ id: "b", name: "Reminder", channel: "both" }),
    summary({ id: "a", name: "Come back", category: "marketing", active: false }),
  ];
  const ids = (filter: object) => fitting(templates, { ...NO_FILTER, ...filter }).map(({ id }) => id);

  it("is in the order of names", () => {
    expect(ids({})).toEqual(["a", "b"]);
  });

  it("is filtered by all that is asked", () => {
    expect(ids({ text: " remind" })).toEqual(["b"]);
    expect(ids({ channel: "email" })).toEqual(["a"]);
    expect(ids({ category: "marketing", active: "true" })).toEqual([]);
    expect(ids({ active: "false" })).toEqual(["a"]);
  });
});

describe("a template's content", () => {
  it("is what is saved, and nothing else that was read", () => {
    const read = { ...content({ name: "A" }), id: "t", version: 3, reply_to: undefined };
    expect(contentOf(read)).toEqual(content({ name: "A" }));
    expect(contentOf({ ...read, language: "da-DK" })).toEqual(content({ name: "A", language: "da-DK" }));
  });

  it("differs in the fields that differ", () => {
    const before = content({ name: "A", reply_to: null });
    expect(changedFields(before, { ...before, html: "<p>", reply_to: "" })).toEqual(["HTML"]);
    expect(changedFields(before, before)).toEqual([]);
  });
});

describe("a rendered e-mail", () => {
  it("leads nowhere when a link is clicked", () => {
    expect(framed('<html><head lang="en"><title>A</title></head></html>')).toContain(
      '<head lang="en"><base target="_blank">',
    );
    expect(framed("<p>A</p>")).toBe('<base target="_blank"><p>A</p>');
  });
});
