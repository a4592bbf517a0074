// Forms from JSON schemas, rules and variables.
import { describe, expect, it } from "vitest";
import { formOf, initialConfig, isShown, rowsOf, withValue, numberBefore, optionLabel, unitAfter } from "../../src/core/forms";
import {
  groupOf,
  operatorsFor,
  readValue,
  ruleOf,
  ruleOfGroup,
  durationOf,
  mayBeVariable,
  otherVariableOf,
  withOffset,
  withOperator,
  withSource,
  withVariable,
} from "../../src/core/rules";
import type { Catalogue } from "../../src/core/catalogue";
import { forTexts, matching, placeholder, typedVariable, variablesFor } from "../../src/core/variables";
import { chain } from "./samples";

const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }], default: null });
const SCHEMA = {
  $defs: {
    Unit: { type: "string", enum: ["hours", "days"] },
    Window: { type: "object", properties: { start: { type: "string" } }, required: ["start"] },
    Day: { type: "string", enum: ["monday", "tuesday"] },
    Case: { type: "object", properties: { id: { type: "string" }, rule: { type: "object", format: "rule" } } },
  },
  type: "object",
  required: ["url", "value", "unit"],
  properties: {
    field: { const: "status", default: "status" },
    url: { type: "string", title: "URL", maxLength: 2048, format: "variables-text" },
    value: { type: "integer", minimum: 0 },
    unit: { $ref: "#/$defs/Unit", title: "Unit Of Time" },
    body: { ...nullable({ type: "string" }), format: "variables-json" },
    window: nullable({ $ref: "#/$defs/Window" }),
    statuses: { type: "array", items: { type: "string" } },
    days: { type: "array", items: { $ref: "#/$defs/Day" }, default: [] },
    cases: { type: "array", items: { $ref: "#/$defs/Case" } },
    template: { type: "string", format: "template-id" },
    kind: { type: "string", enum: ["duration", "until"], default: "duration" },
    anchor: { type: "string", enum: ["start"], "x-show-when": { kind: "until" } },
    recipient: { ...nullable({ type: "string" }), visible_when: { kind: "until" } },
  },
};

const fields = formOf(SCHEMA);
const field = (name: string) => fields.find((each) => each.name === name)!;

describe("a form", () => {
  it.each([
    ["url", "text"],
    ["value", "integer"],
    ["unit", "choice"],
    ["body", "json"],
    ["window", "group"],
    ["days", "choices"],
    ["statuses", "texts"],
    ["cases", "list"],
    ["template", "template"],
  ])("shows %s as %s", (name, kind) => expect(field(name).kind).toBe(kind));

  it("leaves out what has one value only", () => expect(field("field")).toBeUndefined());

  it("writes titles as sentences and keeps abbreviations", () => {
    expect(field("unit").label).toBe("Unit of time");
    expect(field("url").label).toBe("URL");
  });

  it("follows references to the options", () => {
    expect(field("unit").options).toEqual(["hours", "days"]);
    expect(field("days").options).toEqual(["monday", "tuesday"]);
    expect(field("cases").fields.map((each) => each.kind)).toEqual(["text", "rule"]);
  });

  it.each(["anchor", "recipient"])("shows %s only beside the value it belongs to", (name) => {
    expect(isShown(field(name), fields, {})).toBe(false);
    expect(isShown(field(name), fields, { kind: "until" })).toBe(true);
  });

  it("begins with defaults, and leaves out what a person has to say", () => {
    expect(initialConfig(fields)).toEqual({ url: "", days: [], kind: "duration" });
  });

  it("leaves an emptied optional value out and keeps an emptied required one", () => {
    expect(withValue({ body: "x" }, field("body"), "")).toEqual({});
    expect(withValue({ url: "x" }, field("url"), "")).toEqual({ url: "" });
  });

  it("takes any schema, even none", () => {
    expect(formOf(undefined)).toEqual([]);
    expect(formOf({ properties: { odd: {} } })[0]?.kind).toBe("unknown");
  });
});

describe("a rule", () => {
  const operators = [
    { name: "equals", label: "equals", types: ["string", "number"], value: "one" },
    { name: "greater", label: "is greater than", types: ["number"], value: "order" },
    { name: "in", label: "is one of", types: ["string"], value: "many" },
    { name: "is_empty", label: "is empty", types: ["string"], value: "none" },
  ];
  const comparison = { variable: "booking.status", operator: "equals", value: "confirmed" };
  const operator = (name: string) => operators.find((each) => each.name === name)!;

  it.each([
    { all: [comparison] },
    { any: [comparison, { all: [] }] },
    { not: { any: [comparison] } },
    { not: { all: [comparison] } },
  ])("comes back from the builder as it was: %j", (rule) => {
    expect(ruleOfGroup(groupOf(rule))).toEqual(rule);
  });

  it("becomes a group where it is a lone comparison, and nothing where it is none", () => {
    expect(groupOf(comparison).rules).toEqual([comparison]);
    expect(ruleOf(null)).toEqual({ all: [] });
    expect(ruleOf({})).toEqual({ all: [] });
  });

  it("offers the operators of the variable's kind, and all where the kind is open", () => {
    expect(operatorsFor(operators, "number").map((each) => each.name)).toEqual(["equals", "greater"]);
    expect(operatorsFor(operators, "any")).toEqual(operators);
  });

  it("keeps a value that fits the new operator and empties one that does not", () => {
    expect(withOperator(comparison, operator("in"), operator("equals"), "string").value).toEqual([]);
    expect(withOperator(comparison, operator("greater"), operator("equals"), "number").value).toBe("confirmed");
    expect(withOperator(comparison, operator("is_empty"), operator("equals"), "string")).not.toHaveProperty("value");
  });

  it("chooses an operator that suits a new variable", () => {
    const next = withVariable({ ...comparison, operator: "in" }, "booking.party_size", "number", operators);
    expect(next).toMatchObject({ variable: "booking.party_size", operator: "equals" });
  });

  it("reads numbers for numbers only", () => {
    expect(readValue("4", "number")).toBe(4);
    expect(readValue("4", "string")).toBe("4");
    expect(readValue("four", "number")).toBe("four");
  });
});

describe("variables", () => {
  const variable = { path: "customer.email", kind: "string" as const, description: "Email", example: null, optional: true, of_items: false };
  const ofItems = { ...variable, path: "activity.facilitators.email", of_items: true };
  it("get a default where they may be missing", () => {
    expect(placeholder(variable)).toBe('{{ customer.email | default("") }}');
    expect(placeholder({ ...variable, optional: false })).toBe("{{ customer.email }}");
  });
  it("are found by path and by meaning", () => {
    const groups = [{ title: "Customer", variables: [variable] }];
    expect(matching(groups, "EMAIL")).toHaveLength(1);
    expect(matching(groups, "phone")).toEqual([]);
  });
  it("are offered to texts unless they go through a list", () => {
    const groups = [{ title: "All", variables: [variable, ofItems] }];
    expect(forTexts(groups)).toEqual([{ title: "All", variables: [variable] }]);
  });
  it("may be typed for a rule, where only the booking system knows them", () => {
    const groups = [{ title: "All", variables: [variable] }];
    expect(typedVariable(groups, " booking.extras.name ")).toMatchObject({
      path: "booking.extras.name",
      kind: "any",
    });
    for (const text of ["customer.email", "booking", "booking.", "extras.name", "booking.two words", ""]) {
      expect(typedVariable(groups, text)).toBeNull();
    }
  });
});

describe("a value that another variable stands for", () => {
  const HOURS = { value: 48, unit: "hours" };

  it("has an offset in one direction, or none", () => {
    const other = { variable: "event.occurred_at" };
    const later = withOffset(other, "plus", HOURS);
    expect(later).toEqual({ ...other, plus: HOURS });
    expect(withOffset(later, "minus", HOURS)).toEqual({ ...other, minus: HOURS });
    expect(withOffset(later, "none", HOURS)).toEqual(other);
  });

  it("takes the place of a single value only, and gives way to an empty one", () => {
    expect(["moment", "one", "text"].map(mayBeVariable)).toEqual([true, true, true]);
    expect(["many", "duration", "hours", "weekdays", "none"].some(mayBeVariable)).toBe(false);
    expect(withSource("moment", "datetime", true)).toEqual({ variable: "" });
    expect(withSource("moment", "datetime", false)).toBe("");
  });

  it("is distinguished from money, hours and an amount of time", () => {
    expect(otherVariableOf({ variable: "a.b" })).toEqual({ variable: "a.b" });
    for (const value of ["a.b", null, { amount: "1", currency: "EUR" }, HOURS]) {
      expect(otherVariableOf(value)).toBeNull();
    }
    expect(durationOf(HOURS)).toEqual(HOURS);
    expect(durationOf(undefined)).toEqual({ value: 1, unit: "days" });
  });
});

it("offers what earlier steps supply, parts of their lists to rules alone", () => {
  const output = { path: "output.emails", kind: "list", description: "Sent", example: [], optional: false, of_items: false };
  const part = { ...output, path: "output.emails.to", kind: "string", of_items: true };
  const catalogue = { triggers: [], flow_nodes: [], actions: [{ type: "webhook", outputs: [output, part] }] };
  const groups = variablesFor(catalogue as unknown as Catalogue, chain("t", "a", "b"), "b");
  const paths = (of: typeof groups) => of.flatMap(({ variables }) => variables.map(({ path }) => path));
  expect(paths(groups)).toEqual(["steps.a.status", "steps.a.output.emails", "steps.a.output.emails.to"]);
  expect(paths(forTexts(groups))).toEqual(["steps.a.status", "steps.a.output.emails"]);
});

describe("a new step", () => {
  const of = (properties: object, required: string[] = []) => formOf({ properties, required });

  it("begins without a choice, an amount or a status that nobody chose", () => {
    const fields = of({ value: { enum: ["pending", "confirmed"] }, amount: { type: "integer", minimum: 0 } }, ["value", "amount"]);
    expect(initialConfig(fields)).toEqual({});
    expect(withValue({ value: "pending" }, fields[0]!, "")).toEqual({});
  });

  it("begins with a case and a comparison to fill in where it needs one", () => {
    const rule = { format: "rule", "x-operators": [{ name: "equals" }] };
    const items = { type: "object", properties: { id: { type: "string" }, rule }, required: ["id", "rule"] };
    const cases = { type: "array", minItems: 1, items };
    const empty = { all: [{ variable: "", operator: "equals", value: "" }] };
    expect(initialConfig(of({ cases }, ["cases"]))).toEqual({ cases: [{ id: "case_1", name: "Case 1", rule: empty }] });
  });

  it("puts fields of one sentence into one line", () => {
    const [first, second, third] = ["a", "b", "c"].map((name) => ({ name }));
    const fields = of({ a: { "x-row": "Send" }, b: { "x-row": "Send" }, c: {} });
    expect(rowsOf(fields).map((row) => row.map(({ name }) => ({ name })))).toEqual([[first, second], [third]]);
  });
});

it("reads a unit in the singular after a one", () => {
  expect([unitAfter(1, "hours"), unitAfter(2, "hours"), unitAfter("1", "hours"), unitAfter(1, "start")]).toEqual(["hour", "hours", "hours", "start"]);
  const fields = formOf({
    properties: {
      value: { type: "integer", default: 1, "x-row": "Wait" },
      unit: { enum: ["minutes", "hours"], "x-row": "Wait" },
    },
  });
  const [row = []] = rowsOf(fields);
  const [, unit] = fields;
  if (!unit) throw new Error("no unit");
  expect(optionLabel(unit, "hours", numberBefore(unit, row, {}))).toBe("hour");
  expect(optionLabel(unit, "hours", numberBefore(unit, row, { value: 3 }))).toBe("hours");
});

it("marks a field that is needed once it is shown, and does not keep it empty", () => {
  const [field] = formOf({ properties: { to: { type: "string", default: null, "x-required": true } } });
  expect([field?.isNeeded, field?.required]).toEqual([true, false]);
});
