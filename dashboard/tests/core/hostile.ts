// What a stored draft can hold, since the API keeps a draft that is wrong: any JSON in a configuration.
import type { GraphNode } from "../../src/core/graph";
import { node } from "./samples";

const STRANGE = { toString: 1, valueOf: null };

/** Rules of a condition, each wrong in its own way. */
export const HOSTILE_RULES: readonly [string, unknown][] = [
  ["a text in the place of a list", { all: "x" }],
  ["nothing in the place of a list", { any: null }],
  ["a number in the place of a list", { all: 5 }],
  ["an object in the place of a list", { any: { length: 3 } }],
  ["no rule under not", { not: null }],
  ["a list under not", { not: [] }],
  ["not of not of nothing", { not: { not: { not: 7 } } }],
  ["nothing among the rules", { all: [null, "x", 5, [], {}] }],
  ["a number as the variable", { variable: 5, operator: "equals", value: 1 }],
  ["an object as the variable", { all: [{ variable: STRANGE, operator: "equals" }] }],
  ["no operator", { variable: "booking.status" }],
  ["an operator that is no text", { variable: "booking.status", operator: STRANGE, value: "x" }],
  ["an operator that does not exist", { variable: "booking.status", operator: "constructor", value: "x" }],
  ["a value that no text can be made of", { variable: "booking.status", operator: "equals", value: STRANGE }],
  ["a list of such values", { variable: "booking.status", operator: "in", value: [STRANGE, null, [STRANGE]] }],
  ["another variable that is a number", { variable: "booking.start_time", operator: "before", value: { variable: 5 } }],
  ["an offset that is nothing", { variable: "booking.start_time", operator: "before", value: { variable: "a.b", plus: null, minus: 3 } }],
  ["an offset of objects", { variable: "booking.start_time", operator: "before", value: { variable: "a.b", plus: { value: STRANGE, unit: STRANGE } } }],
  ["a date that is none", { variable: "booking.start_time", operator: "before", value: "jazz" }],
  ["a date beyond the calendar", { variable: "booking.start_time", operator: "before", value: "9999999-01-01T00:00:00Z" }],
  ["a date that is no text", { variable: "booking.start_time", operator: "before", value: 1e300 }],
  ["a duration that is a text", { variable: "booking.start_time", operator: "within_next", value: "soon" }],
  ["a duration of objects", { variable: "booking.start_time", operator: "within_next", value: { value: STRANGE, unit: {} } }],
  ["hours of objects", { variable: "booking.start_time", operator: "hour_between", value: { start: STRANGE, end: [STRANGE] } }],
  ["weekdays that are none", { variable: "booking.start_time", operator: "weekday_in", value: [STRANGE, 5, null] }],
  ["money of objects", { variable: "booking.total", operator: "greater_than", value: { amount: STRANGE, currency: STRANGE } }],
  ["a rule that is a list", [1, 2]],
  ["a rule that is a text", "x"],
  ["rules within rules within rules", nested(400)],
];

/** Steps with a configuration that is wrong in its own way. */
export const HOSTILE_STEPS: readonly [string, GraphNode][] = [
  ...HOSTILE_RULES.map(([name, rule]): [string, GraphNode] => [name, node("strange", "condition", { rule })]),
  ["cases that are nothing", node("strange", "switch", { cases: [null, 5, "x", [], {}] })],
  ["cases that are an object", node("strange", "switch", { cases: { length: 2 } })],
  ["cases of objects", node("strange", "switch", { cases: [{ id: STRANGE, name: STRANGE, rule: STRANGE }] })],
  ["cases with one id", node("strange", "switch", { cases: [{ id: "a" }, { id: "a" }, { id: "default" }, { id: "on_error" }] })],
  ["cases with rules that are wrong", node("strange", "switch", { cases: [{ id: "a", name: "A", rule: { not: null } }] })],
  ["texts that are objects", node("strange", "send", { template: STRANGE, languages: [STRANGE], headers: { a: STRANGE }, body: STRANGE })],
  ["headers that are a list", node("strange", "send", { headers: [[STRANGE]] })],
  ["headers that are a text", node("strange", "send", { headers: "x" })],
  ["a group that is a list", node("strange", "send", { window: [STRANGE] })],
  ["a group of objects", node("strange", "send", { window: { start: STRANGE, days: STRANGE } })],
  ["numbers that are objects", node("strange", "delay", { value: STRANGE, unit: STRANGE, at: STRANGE, kind: STRANGE })],
  ["an event that is an object", node("trigger", "trigger", { event: STRANGE })],
  ["a type that objects have", node("strange", "__proto__", { rule: { all: [] } })],
  ["a name that objects have", { ...node("__proto__", "constructor"), name: "hasOwnProperty" }],
];

function nested(depth: number): unknown {
  let rule: unknown = { variable: "booking.status", operator: "equals", value: "x" };
  for (let level = 0; level < depth; level += 1) rule = level % 2 ? { not: rule } : { all: [rule] };
  return rule;
}
