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
  if (!what) return words(operation);
  // A press that changed nothing leaves no state.
  const way = typeof isOn === "boolean" ? (isOn ? "on" : "off") : "on or off";
  return `Turn ${way} ${words(what).toLowerCase()}`;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

function isGraph(value: unknown): value is Graph {
  if (typeof value !== "object" || value === null) return false;
  const { nodes, edges } = value as { nodes?: unknown; edges?: unknown };
  return Array.isArray(nodes) && Array.isArray(edges);
}

/** The names of items, by kind and id. */
export type ItemNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

type Named = readonly { id: string; name: string }[] | undefined;

/** Returns the names of lists of items, by their kinds as the API names them. */
export function itemNames(lists: Readonly<Record<string, Named>>): ItemNames {
  return new Map(
    Object.entries(lists).map(([kind, items]) => [kind, new Map(items?.map(({ id, name }) => [id, name]))]),
  );
}

/** Returns what an entry's item is or was called; empty where it has no name. */
export function nameOfItem(
  entry: { kind: string; resource_id?: string | null; before: State; after: State },
  names: ItemNames,
): string {
  const recorded = ["name", "title"].flatMap((field) => [entry.after?.[field], entry.before?.[field]]);
  const found = names.get(entry.kind)?.get(entry.resource_id ?? "") ?? recorded.find(Boolean);
  return typeof found === "string" ? found : "";
}

/** Returns the id of the item that is called so; the text itself where none is, as it may be an id. */
export function idNamed(names: ReadonlyMap<string, string> | undefined, text: string): string {
  const sought = text.trim().toLowerCase();
  const found = [...(names ?? [])].find(([id, name]) => id === text.trim() || name.toLowerCase() === sought);
  return found?.[0] ?? text.trim();
}
