// What an entry of the audit log changed: fields, and graphs as graphs.
import { fieldChanges, type FieldChange } from "./difference";
import { words } from "./forms";
import { EMPTY_GRAPH, type Graph } from "./graph";

type State = Readonly<Record<string, unknown>> | null;

export interface ReadableChange {
  fields: FieldChange[];
  graphs: { field: string; before: Graph; after: Graph }[];
}

/** What changes with every save, and says nothing. */
const BOOKKEEPING: ReadonlySet<string> = new Set(["revision", "updated_at"]);

/** Kinds of records that the log holds entries of, as the API names them. */
export const AUDITED_KINDS = [
  "workflows",
  "executions",
  "templates",
  "surveys",
  "tasks",
  "bookings",
  "imports",
  "settings",
  "secrets",
  "suppressions",
  "reminders",
] as const;

export function readableChange(before: State, after: State): ReadableChange {
  const change: ReadableChange = { fields: [], graphs: [] };
  for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    if (BOOKKEEPING.has(name)) continue;
    const was = before?.[name];
    const is = after?.[name];
    if (isNothing(was) && isNothing(is)) continue;
    if (isGraph(was) || isGraph(is)) {
      change.graphs.push({
        field: name,
        before: isGraph(was) ? was : EMPTY_GRAPH,
        after: isGraph(is) ? is : EMPTY_GRAPH,
      });
    } else {
      change.fields.push(...fieldChanges({ [name]: was }, { [name]: is }));
    }
  }
  return change;
}

const SWITCH = /^(?:enable|activate)_(.+)$/;

/** Returns what somebody did, in words: a switch says which way it was turned. */
export function deedOf({ operation, after }: { operation: string; after: State }): string {
  const [, what] = SWITCH.exec(operation) ?? [];
  const isOn = after?.["enabled"] ?? after?.["active"];
  return what && typeof isOn === "boolean" ? `Turn ${isOn ? "on" : "off"} ${words(what).toLowerCase()}` : words(operation);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

function isGraph(value: unknown): value is Graph {
  if (typeof value !== "object" || value === null) return false;
  const { nodes, edges } = value as { nodes?: unknown; edges?: unknown };
  return Array.isArray(nodes) && Array.isArray(edges);
}
