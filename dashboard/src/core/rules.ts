// The tree of a rule, as the builder edits it: groups of all, any or none, and comparisons.
import type { Operator } from "./forms";

export interface Comparison {
  variable: string;
  operator: string;
  value?: unknown;
  ignore_case?: boolean;
}

export type Rule = { all: Rule[] } | { any: Rule[] } | { not: Rule } | Comparison;

export type GroupKind = "all" | "any";

/** A group as the builder shows it; the words "none of" stand for not(any). */
export interface Group {
  kind: GroupKind;
  negated: boolean;
  rules: Rule[];
}

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** Far deeper than the API publishes, and than a page can show. */
const DEEPEST_READ = 12;

/** Returns the rule of any JSON value, since a draft may hold anything; what is none counts as an empty group. */
export function ruleOf(value: unknown, depth = 1): Rule {
  if (!isRecord(value) || depth > DEEPEST_READ) return { all: [] };
  const inside = (rules: unknown) => (Array.isArray(rules) ? rules.map((each) => ruleOf(each, depth + 1)) : []);
  if ("variable" in value) {
    return { ...value, variable: textOr("", value["variable"]), operator: textOr("", value["operator"]) };
  }
  if ("not" in value) return { not: ruleOf(value["not"], depth + 1) };
  if ("all" in value) return { all: inside(value["all"]) };
  return "any" in value ? { any: inside(value["any"]) } : { all: [] };
}

export function isComparison(rule: Rule): rule is Comparison {
  return "variable" in rule;
}

/** Returns a comparison that asks nothing yet. */
export function emptyComparison(operators: readonly Operator[]): Comparison {
  return { variable: "", operator: operators[0]?.name ?? "equals", value: "" };
}

/** Whether a stored value is no rule, or a group without one. */
export function isNoRule(value: unknown): boolean {
  const rule = ruleOf(value);
  return !isComparison(rule) && groupOf(rule).rules.length === 0;
}

/** Returns the group that a rule is; a lone comparison counts as a group of one. */
export function groupOf(rule: Rule): Group {
  if (isComparison(rule)) return { kind: "all", negated: false, rules: [rule] };
  if ("not" in rule) {
    const inner = groupOf(rule.not);
    return { ...inner, negated: !inner.negated };
  }
  if ("all" in rule) return { kind: "all", negated: false, rules: rule.all };
  return { kind: "any", negated: false, rules: rule.any };
}

export function ruleOfGroup(group: Group): Rule {
  const rule: Rule = group.kind === "all" ? { all: group.rules } : { any: group.rules };
  return group.negated ? { not: rule } : rule;
}

/** Returns the operators that suit a kind of variable; all of them where it is not known. */
export function operatorsFor(operators: readonly Operator[], kind: string): readonly Operator[] {
  if (kind === "any") return operators;
  const fitting = operators.filter((operator) => operator.types.includes(kind));
  return fitting.length ? fitting : operators;
}

/** Returns the comparison with another operator; a value that no longer fits is emptied. */
export function withOperator(
  comparison: Comparison,
  operator: Operator,
  previous: Operator | undefined,
  kind: string,
): Comparison {
  const { value, ...rest } = comparison;
  if (operator.value === "none") return { ...rest, operator: operator.name };
  const keeps = previous && shapeOf(previous.value) === shapeOf(operator.value);
  const next = keeps && value !== undefined ? value : emptyValueOf(operator.value, kind);
  return { ...rest, operator: operator.name, value: next };
}

/** Returns the comparison about another variable, with an operator that suits its kind. */
export function withVariable(
  comparison: Comparison,
  variable: string,
  kind: string,
  operators: readonly Operator[],
): Comparison {
  const fitting = operatorsFor(operators, kind);
  const operator = fitting.find((each) => each.name === comparison.operator) ?? fitting[0];
  if (!operator) return { ...comparison, variable };
  return withOperator({ ...comparison, variable, value: undefined }, operator, undefined, kind);
}

/** Returns a typed text as the value that a comparison with that kind of variable wants. */
export function readValue(text: string, kind: string): unknown {
  if (kind === "number" && /^[+-]?\d+(\.\d+)?$/.test(text.trim())) return Number(text);
  return text;
}

/** An amount of time, as durations and offsets have it. */
export interface Duration {
  value: number;
  unit: string;
}

export const UNITS = ["minutes", "hours", "days"] as const;

/** Another variable that stands for the value; a time may have an offset. */
export type OtherVariable = { variable: string; plus?: Duration; minus?: Duration };

/** Returns the variable that stands for a value; null where a value of its own is given. */
export function otherVariableOf(value: unknown): OtherVariable | null {
  if (!isRecord(value) || !("variable" in value)) return null;
  const variable = textOr("", value["variable"]);
  if (value["plus"]) return { variable, plus: durationOf(value["plus"]) };
  return value["minus"] ? { variable, minus: durationOf(value["minus"]) } : { variable };
}

/** Whether another variable may stand for a value of this form. */
export function mayBeVariable(form: string): boolean {
  return shapeOf(form) === "single";
}

/** Returns a comparison's value as another variable, or as an empty value of its own. */
export function withSource(form: string, kind: string, isVariable: boolean): unknown {
  return isVariable ? { variable: "" } : emptyValueOf(form, kind);
}

/** Returns the variable with an offset in a direction; without one it is the variable alone. */
export function withOffset(
  { variable }: OtherVariable,
  direction: "plus" | "minus" | "none",
  offset: Duration,
): OtherVariable {
  return direction === "none" ? { variable } : { variable, [direction]: offset };
}

/** Returns any stored value as an amount of time. */
export function durationOf(value: unknown): Duration {
  const given = isRecord(value) ? value : {};
  const amount = given["value"];
  return { value: typeof amount === "number" ? amount : 1, unit: textOr("days", given["unit"]) };
}

/** Returns any stored value as an amount of money. */
export function moneyOf(value: unknown): { amount: string; currency: string } {
  const given = isRecord(value) ? value : {};
  const amount = given["amount"];
  return {
    amount: typeof amount === "number" ? String(amount) : textOr("", amount),
    currency: textOr("EUR", given["currency"]),
  };
}

/** Returns any stored value as hours of a day, such as 09:00 to 17:00. */
export function hoursOf(value: unknown): { start: string; end: string } {
  const given = isRecord(value) ? value : {};
  return { start: textOr("09:00", given["start"]), end: textOr("17:00", given["end"]) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOr(fallback: string, value: unknown): string {
  return typeof value === "string" ? value : fallback;
}

function shapeOf(form: string): string {
  return ["one", "order", "text", "item", "moment"].includes(form) ? "single" : form;
}

function emptyValueOf(form: string, kind: string): unknown {
  switch (form) {
    case "many":
    case "weekdays":
      return [];
    case "hours":
      return { start: "09:00", end: "17:00" };
    case "duration":
      return { value: 1, unit: "days" };
    default:
      if (kind === "boolean") return true;
      if (kind === "money") return { amount: "0.00", currency: "EUR" };
      return "";
  }
}
