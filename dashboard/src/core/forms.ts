// Makes a form out of a JSON schema of the catalogue: which fields, of which kind, with which help.

import { words } from "./words";

export type FieldKind =
  | "text"
  | "long-text"
  | "json"
  | "headers"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "choices"
  | "texts"
  | "template"
  | "survey"
  | "rule"
  | "group"
  | "list"
  | "unknown";

export interface Field {
  name: string;
  label: string;
  help: string;
  kind: FieldKind;
  required: boolean;
  /** Whether a person has to fill it in: a required one, or one that is needed once it is shown. */
  isNeeded: boolean;
  /** Whether variables such as `{{ customer.first_name }}` may stand in it. */
  variables: boolean;
  /** Value that counts while the field is left out. */
  fallback: unknown;
  example: unknown;
  options: readonly string[];
  /** What options are called, where their own words would not do. */
  labels: Readonly<Record<string, string>>;
  /** What the line is called that it shares with the fields beside it, such as "Send"; null for a line of its own. */
  row: string | null;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  /** The operators of a rule. */
  operators: readonly Operator[];
  /** Fields of a group, or of each item of a list. */
  fields: readonly Field[];
  /** Shown only while these other fields have these values. */
  showWhen: Readonly<Record<string, unknown>> | null;
}

export interface Operator {
  name: string;
  label: string;
  types: readonly string[];
  value: string;
}

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  examples?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  visible_when?: Record<string, unknown>;
  "x-show-when"?: Record<string, unknown>;
  "x-operators"?: Operator[];
  "x-labels"?: Record<string, string>;
  "x-row"?: string;
  "x-required"?: boolean;
}

/** Returns the fields of a schema in its order; those with one possible value are left out. */
export function formOf(schema: unknown): Field[] {
  const root = (schema ?? {}) as Schema;
  return fieldsOf(root, root.$defs ?? {});
}

/** Whether a field is to be shown beside these values. */
export function isShown(field: Field, fields: readonly Field[], values: object): boolean {
  if (!field.showWhen) return true;
  const given = values as Record<string, unknown>;
  return Object.entries(field.showWhen).every(([name, wanted]) => {
    const other = fields.find((each) => each.name === name);
    return (given[name] ?? other?.fallback) === wanted;
  });
}

/** Returns a configuration with what the schema's fields begin with; what has to be chosen is left out. */
export function initialConfig(fields: readonly Field[]): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.fallback !== undefined && field.fallback !== null) config[field.name] = field.fallback;
    else if (field.required && !isChosen(field)) config[field.name] = emptyValue(field);
  }
  return config;
}

/** Returns a new item of a list beside the others. */
export function newItem(field: Field, others: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const item = initialConfig(field.fields);
  if (!field.fields.some((each) => each.name === "id")) return item;
  const taken = new Set(others.map((each) => each["id"]));
  let number = others.length + 1;
  while (taken.has(`case_${number}`)) number += 1;
  return { ...item, id: `case_${number}`, name: `Case ${others.length + 1}` };
}

const TIME_UNITS: ReadonlySet<string> = new Set(["minutes", "hours", "days", "weeks"]);

/** Returns what a unit of time is called after a number: "1 hour", and "2 hours". */
export function unitAfter(number: unknown, unit: string): string {
  return number === 1 && TIME_UNITS.has(unit) ? unit.slice(0, -1) : unit;
}

/** Returns what an option of a field is called; in a sentence, after the number before it. */
export function optionLabel(field: Pick<Field, "labels" | "row">, option: string, number?: unknown): string {
  const named = field.labels[option];
  if (named !== undefined) return named;
  // In a sentence, words are small.
  return field.row === null ? words(option) : unitAfter(number, option.replaceAll("_", " "));
}

/** Returns the number that is read before a field of a sentence, such as 24 before "hours". */
export function numberBefore(field: Field, row: readonly Field[], values: Readonly<Record<string, unknown>>): unknown {
  const before = row[row.indexOf(field) - 1];
  return before?.kind === "integer" || before?.kind === "number" ? (values[before.name] ?? before.fallback) : undefined;
}

/** Returns the fields in lines, as they are read: "Send [24] [hours] [before the start]" is one. */
export function rowsOf(fields: readonly Field[]): Field[][] {
  const rows: Field[][] = [];
  for (const field of fields) {
    const last = rows.at(-1);
    if (last && field.row !== null && last[0]?.row === field.row) last.push(field);
    else rows.push([field]);
  }
  return rows;
}

/** Whether a person has to say the value: none stands for "not chosen yet". */
function isChosen(field: Field): boolean {
  return field.kind === "choice" || field.kind === "integer" || field.kind === "number";
}

/** Returns the configuration with a value; an empty optional value is left out, as if never set. */
export function withValue(
  config: Readonly<Record<string, unknown>>,
  field: Field,
  value: unknown,
): Record<string, unknown> {
  const next = { ...config };
  const isEmpty = value === "" || value === null || value === undefined;
  if (isEmpty && (!field.required || isChosen(field))) delete next[field.name];
  else next[field.name] = value;
  return next;
}

function emptyValue(field: Field): unknown {
  switch (field.kind) {
    case "boolean":
      return false;
    case "rule":
      return { all: [{ variable: "", operator: field.operators[0]?.name ?? "equals", value: "" }] };
    case "list":
      return field.minItems ? [newItem(field, [])] : [];
    case "choices":
    case "texts":
      return [];
    case "group":
      return initialConfig(field.fields);
    case "headers":
      return {};
    default:
      return "";
  }
}

function fieldsOf(schema: Schema, defs: Record<string, Schema>): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.const === undefined)
    .map(([name, property]) => fieldOf(name, property, required.has(name), defs));
}

function fieldOf(
  name: string,
  property: Schema,
  required: boolean,
  defs: Record<string, Schema>,
): Field {
  const schema = plain(property, defs);
  const kind = kindOf(schema, defs);
  const items = plain(schema.items ?? {}, defs);
  return {
    name,
    label: schema.title ? sentenceCase(schema.title) : words(name),
    help: schema.description ?? "",
    kind,
    required,
    isNeeded: required || schema["x-required"] === true,
    variables: schema.format?.startsWith("variables") ?? false,
    fallback: schema.default,
    example: schema.examples?.[0],
    options: ((kind === "choices" ? items.enum : schema.enum) ?? []).map(String),
    labels: schema["x-labels"] ?? {},
    row: schema["x-row"] ?? null,
    minItems: schema.minItems,
    minimum: schema.minimum,
    maximum: schema.maximum,
    maxLength: schema.maxLength,
    pattern: schema.pattern,
    operators: schema["x-operators"] ?? [],
    fields: kind === "group" ? fieldsOf(schema, defs) : kind === "list" ? fieldsOf(items, defs) : [],
    showWhen: schema["x-show-when"] ?? schema.visible_when ?? null,
  };
}

/** Returns the schema with its reference followed and "or null" taken off. */
function plain(schema: Schema, defs: Record<string, Schema>): Schema {
  if (schema.$ref) {
    const { $ref, ...own } = schema;
    return plain({ ...defs[$ref.replace("#/$defs/", "")], ...own }, defs);
  }
  const inner = schema.anyOf?.filter((each) => each.type !== "null");
  if (inner?.length === 1 && inner[0]) {
    const { anyOf: _anyOf, ...own } = schema;
    return plain({ ...plain(inner[0], defs), ...own }, defs);
  }
  return schema;
}

function kindOf(schema: Schema, defs: Record<string, Schema>): FieldKind {
  switch (schema.format) {
    case "rule":
      return "rule";
    case "template-id":
      return "template";
    case "survey-id":
      return "survey";
    case "variables-json":
      return "json";
    case "variables-headers":
      return "headers";
  }
  if (schema.enum) return "choice";
  switch (schema.type) {
    case "string":
      return (schema.maxLength ?? 0) > 2048 ? "long-text" : "text";
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return arrayKind(plain(schema.items ?? {}, defs));
    case "object":
      return schema.properties ? "group" : "unknown";
    default:
      return "unknown";
  }
}

function arrayKind(items: Schema): FieldKind {
  if (items.enum) return "choices";
  if (items.properties) return "list";
  return items.type === "string" ? "texts" : "unknown";
}

function sentenceCase(title: string): string {
  const [first = "", ...rest] = title.split(" ");
  const lowered = rest.map((word) => (/^[A-Z][a-z]+$/.test(word) ? word.toLowerCase() : word));
  return [first, ...lowered].join(" ");
}
