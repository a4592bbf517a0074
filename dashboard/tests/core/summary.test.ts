// Steps in a few words: by the patterns of the catalogue, with names in the place of ids.
import { describe, expect, it } from "vitest";
import { iconOf, type Catalogue } from "../../src/core/catalogue";
import type { GraphNode } from "../../src/core/graph";
import { filterOf, summaryOf } from "../../src/core/summary";
import { node } from "./samples";

const text = { type: "string" };
const OPERATORS = [
  { name: "weekday_in", label: "is on a weekday of", types: [], value: "weekdays" },
  { name: "hour_between", label: "is at an hour between", types: [], value: "hours" },
  { name: "greater_or_equal", label: "is at least", types: [], value: "order" },
  { name: "before", label: "is before", types: [], value: "moment" },
  { name: "within_next", label: "is within the next", types: [], value: "duration" },
];
const described = (type: string, summary: string, properties: object, icon = "") => ({
  type,
  summary,
  icon,
  config_schema: { properties },
});
const CATALOGUE = {
  triggers: [
    {
      event: "Booking Reminder",
      icon: "reminder",
      summary: "{offset_value} {relative_to}",
      config_schema: { properties: { offset_value: { type: "integer", default: 24 }, relative_to: { enum: ["before_start"] } } },
    },
    {
      event: "Booking Created",
      icon: "created",
      summary: "",
      config_schema: { properties: { filter: { format: "rule", "x-operators": OPERATORS } } },
    },
  ],
  actions: [
    described("teleport", "{where} by {means}", { where: text, means: { ...text, default: "beam" } }, "beam"),
    described("set", "→ {value}", { value: { enum: ["confirmed", "no_show"] } }),
    described("send", "{template} → {custom|to}", {
      template: { ...text, format: "template-id" },
      to: { enum: ["customer", "custom"], default: "customer" },
      custom: { ...text, visible_when: { to: "custom" } },
    }),
  ],
  flow_nodes: [described("condition", "", { rule: { format: "rule", "x-operators": OPERATORS } }, "condition")],
} as unknown as Catalogue;

const names: Record<string, string> = { welcome: "Welcome aboard" };
const summary = (of: GraphNode) => summaryOf(of, CATALOGUE, (_, id) => names[id] ?? id);

describe("a step in a few words", () => {
  it.each([
    ["teleport", { where: "https://moon.example/a" }, "moon.example/a by beam"],
    ["teleport", {}, ""],
    ["teleport", { where: "x".repeat(120) }, `${"x".repeat(89)}…`],
    ["send", { template: "welcome" }, "Welcome aboard → customer"],
    ["send", { template: "deleted", custom: "left over" }, "deleted → customer"],
    ["send", { template: "welcome", to: "custom", custom: "desk@example.com" }, "Welcome aboard → desk@example.com"],
    ["trigger", { event: "Booking Reminder", relative_to: "before_start" }, "24 before start"],
    ["trigger", { event: "Booking Created" }, "Starts the workflow"],
    ["set", { value: "no_show" }, "→ No show"],
    ["set", {}, ""],
    ["delay", {}, ""],
    ["delay", { value: 2, unit: "hours", send_window: { start: "09:00", end: "20:00" } }, "for 2 hours, 09:00 to 20:00"],
    [
      "delay",
      { value: 2, unit: "hours", send_window: { start: "09:00", end: "20:00", weekdays: ["monday"] }, limit: "booking_end" },
      "for 2 hours, 09:00 to 20:00 Mon, not after booking end",
    ],
    ["delay", { value: 1, unit: "minutes" }, "for 1 minute"],
    ["delay", { value: 11, unit: "minutes" }, "for 11 minutes"],
    ["delay", { kind: "until", value: 1, unit: "hours" }, "until 1 hour before the start"],
    ["delay", { kind: "until", value: 1, unit: "days", at: "16:00" }, "until 1 day before the start, at 16:00"],
    [
      "trigger",
      { event: "Booking Reminder", relative_to: "before_start", offset_value: 1, at: "16:00" },
      "1 before start, at 16:00",
    ],
    ["switch", { cases: [{ id: "vip" }] }, "1 case"],
    ["switch", { cases: [{ id: "vip" }, { id: "other" }] }, "2 cases"],
    ["unknown", { url: "x" }, ""],
  ])("of type %s with %j is %j", (type, config, words) => {
    expect(summary(node("a", type, config))).toBe(words);
  });

  it.each([
    [{ variable: "booking.start_time", operator: "weekday_in", value: ["saturday", "sunday"] }, "start is on Sat, Sun"],
    [{ variable: "booking.start_time", operator: "hour_between", value: { start: "09:00", end: "17:00" } }, "start is between 09:00 and 17:00"],
    [{ variable: "event.party_size", operator: "greater_or_equal", value: 4 }, "party size is at least 4"],
    [{ variable: "booking.total", operator: "greater_or_equal", value: { amount: "50", currency: "EUR" } }, "total is at least 50 EUR"],
    [{ variable: "booking.is_paid", operator: "greater_or_equal", value: true }, "is paid is at least yes"],
    [{ variable: "booking.start_time", operator: "within_next", value: { value: 1, unit: "days" } }, "start is within the next 1 day"],
    [
      { variable: "event.start_time", operator: "before", value: { variable: "event.occurred_at", plus: { value: 48, unit: "hours" } } },
      "start is before occurred + 48 hours",
    ],
    [{ variable: "event.start_time", operator: "before", value: { variable: "event.end_time" } }, "start is before end"],
    [{ any: [{ all: [] }, { all: [] }] }, "any of 2 rules"],
    [{ not: { any: [{ all: [] }] } }, "none of 1 rule"],
  ])("that asks %j is %j", (rule, words) => {
    expect(summary(node("a", "condition", { rule }))).toBe(words);
  });
});

it("shows the picture that the catalogue names, of a trigger that of its event", () => {
  expect(iconOf(CATALOGUE, node("a", "teleport"))).toBe("beam");
  expect(iconOf(CATALOGUE, node("a", "trigger", { event: "Booking Reminder" }))).toBe("reminder");
  expect(iconOf(CATALOGUE, node("a", "unknown"))).toBe("");
});

describe("a trigger's filter in a few words", () => {
  const size = { variable: "booking.party_size", operator: "greater_or_equal", value: 8 };
  const later = { variable: "booking.start_time", operator: "before", value: "2027" };
  it.each([
    [size, "Only if party size is at least 8"],
    [{ all: [size] }, "Only if party size is at least 8"],
    [{ any: [size, later] }, "Only if party size is at least 8 or start i…"],
    [{ not: { any: [size, later] } }, "Only if none of 2 rules met"],
    [{ all: [] }, ""],
    [{ all: "x" }, ""],
    [undefined, ""],
  ])("%j", (filter, text) => {
    const trigger = node("t", "trigger", { event: "Booking Created", filter });
    expect(filterOf(trigger, CATALOGUE)).toBe(text);
  });
});
