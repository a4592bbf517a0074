// A node's configuration in a few words, for the canvas.
import { nodeInfo, schemaOf, triggerInfo, type Catalogue } from "./catalogue";
import { formOf, isShown, optionLabel, type Field, type Operator } from "./forms";
import { words } from "./words";
import { TRIGGER, type Config, type GraphNode } from "./graph";
import {
  durationOf,
  groupOf,
  isComparison,
  otherVariableOf,
  ruleOf,
  type Comparison,
  type Duration,
  type Rule,
} from "./rules";

const LONGEST = 90;
const ONE_LINE = 44;
const PART = /\{([^{}]+)\}/g;

/** Returns the name of what a configuration refers to by its id; the id where it is not known. */
export type NameOf = (kind: "template" | "survey", id: string) => string;

/** Returns the configuration in words; empty where it says nothing yet. */
export function summaryOf(node: GraphNode, catalogue: Catalogue, nameOf: NameOf): string {
  const config = node.config ?? {};
  const fields = formOf(schemaOf(catalogue, node));
  return shortened(described(node, config, fields, catalogue, nameOf));
}

/** Returns the filter of a trigger in words, such as "Only if party size is at least 8"; empty without one. */
export function filterOf(node: GraphNode, catalogue: Catalogue): string {
  const raw = node.type === TRIGGER ? node.config?.["filter"] : undefined;
  if (raw === undefined || raw === null) return "";
  const operators = formOf(schemaOf(catalogue, node)).find(({ name }) => name === "filter")?.operators ?? [];
  const rule = ruleOf(raw);
  const { kind, negated, rules } = groupOf(rule);
  const isPlain = !negated && rules.every(isComparison);
  const text = isPlain
    ? rules.map((each) => ruleInWords(each, operators)).join(kind === "all" ? " and " : " or ")
    : `${ruleInWords(rule, operators)} met`;
  return text && shortened(`Only if ${text}`, ONE_LINE);
}

function described(
  node: GraphNode,
  config: Config,
  fields: readonly Field[],
  catalogue: Catalogue,
  nameOf: NameOf,
): string {
  const pattern =
    node.type === TRIGGER
      ? triggerInfo(catalogue, config["event"])?.summary
      : nodeInfo(catalogue, node.type)?.summary;
  if (pattern) return withSingular(filled(pattern, config, fields, nameOf)) + localTime(config);
  switch (node.type) {
    case TRIGGER:
      return "Starts the workflow";
    case "delay":
      return withSingular(delay(config, fields));
    case "condition":
      return ruleInWords(ruleOf(config["rule"]), fields.find((field) => field.kind === "rule")?.operators ?? []);
    case "switch":
      return Array.isArray(config["cases"]) ? counted(config["cases"].length, "case") : "";
    default:
      return "";
  }
}

/** Fills in a pattern such as `{method} {url}`; a part without a value leaves nothing to say. */
function filled(pattern: string, config: Config, fields: readonly Field[], nameOf: NameOf): string {
  const valueOf = (name: string) => {
    const field = fields.find((each) => each.name === name);
    if (!field || !isShown(field, fields, config)) return "";
    const text = textOf(config[name] ?? field.fallback);
    if (field.kind === "template" || field.kind === "survey") return text && nameOf(field.kind, text);
    if (field.kind !== "choice") return text.replace(/^https?:\/\//, "");
    // What follows an arrow first is what comes of the step: "→ Confirmed".
    if (pattern.startsWith(`→ {${name}}`)) return text && optionLabel(field, text);
    return field.labels[text] ?? text.replaceAll("_", " ");
  };
  let isWhole = true;
  const text = pattern.replaceAll(PART, (_, names: string) => {
    const value = names.split("|").map(valueOf).find(Boolean) ?? "";
    isWhole &&= value !== "";
    return value;
  });
  return isWhole ? text : "";
}

function delay(config: Config, fields: readonly Field[]): string {
  if (config["value"] === undefined || !config["unit"]) return "";
  const amount = `${textOf(config["value"])} ${textOf(config["unit"])}`;
  const wait =
    config["kind"] !== "until"
      ? `for ${amount}`
      : `until ${amount} ${textOf(config["direction"]) || "before"} the ${textOf(config["anchor"]) || "start"}${localTime(config)}`;
  return [wait, sendWindow(config["send_window"]), limit(config["limit"], fields)].filter(Boolean).join(", ");
}

/** Returns the hours in which a wait may end, such as "9:00 to 20:00". */
function sendWindow(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const { start, end, weekdays } = value as Record<string, unknown>;
  const days = Array.isArray(weekdays) && weekdays.length < 7 ? weekdays : [];
  const hours = `${textOf(start)} to ${textOf(end)}`;
  return [hours, ...days.map((day) => words(textOf(day)).slice(0, 3))].join(" ");
}

function limit(value: unknown, fields: readonly Field[]): string {
  const labels = fields.find((field) => field.name === "limit")?.labels ?? {};
  if (value !== "booking_start" && value !== "booking_end") return "";
  return `not after ${(labels[value] ?? words(value)).toLowerCase()}`;
}

/** Returns the local time that stands beside a number of days, such as ", at 16:00". */
function localTime(config: Config): string {
  return config["at"] ? `, at ${textOf(config["at"])}` : "";
}

/** Returns a rule in words, such as "status is confirmed"; empty where it asks nothing yet. */
export function ruleInWords(rule: Rule, operators: readonly Operator[], nameOf = nameOfVariable): string {
  if (isComparison(rule)) return comparisonInWords(rule, operators, nameOf);
  const group = groupOf(rule);
  const first = group.rules[0];
  if (!first) return "";
  if (group.rules.length === 1 && !group.negated) return ruleInWords(first, operators, nameOf);
  const name = group.negated ? (group.kind === "any" ? "none" : "not all") : group.kind;
  return `${name} of ${counted(group.rules.length, "rule")}`;
}

function comparisonInWords(
  { variable, operator, value }: Comparison,
  operators: readonly Operator[],
  nameOf: typeof nameOfVariable,
): string {
  const known = operators.find((each) => each.name === operator);
  const subject = nameOf(variable);
  return `${subject} ${comparedWith(known?.value, value, known?.label ?? words(operator).toLowerCase(), nameOf)}`.trim();
}

function nameOfVariable(path: string): string {
  return path.replace(/^(booking|event)\./, "").replace(/_(time|at)$/, "").replaceAll(/[._]/g, " ");
}

function inWords({ value, unit }: Duration): string {
  return withSingular(`${value} ${unit}`);
}

function comparedWith(
  form: string | undefined,
  value: unknown,
  label: string,
  nameOf: typeof nameOfVariable,
): string {
  if (form === "weekdays" && Array.isArray(value)) {
    return `is on ${value.map((day) => words(textOf(day)).slice(0, 3)).join(", ")}`;
  }
  const other = otherVariableOf(value);
  if (other) {
    const sign = other.plus ? "+" : "-";
    const offset = other.plus ?? other.minus;
    return `${label} ${nameOf(other.variable)}${offset ? ` ${sign} ${inWords(offset)}` : ""}`;
  }
  if (form === "duration") return `${label} ${inWords(durationOf(value))}`;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { start, end, amount, currency } = value as Record<string, unknown>;
    if (form === "hours") return `is between ${textOf(start)} and ${textOf(end)}`;
    return `${label} ${textOf(amount)} ${textOf(currency)}`.trim();
  }
  return `${label} ${textOf(value)}`;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return "";
}

/** Returns a count with its noun, such as "1 case". */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns the text with units in the singular after a one, such as "for 1 minute". */
function withSingular(text: string): string {
  return text.replaceAll(/\b1 (minute|hour|day|week)s\b/g, "1 $1");
}

function shortened(text: string, longest = LONGEST): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
