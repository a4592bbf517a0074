// What an entry of the audit log changed: fields, and graphs as graphs.
import { fieldChanges, type FieldChange } from "./difference";
import { words } from "./words";
import { EMPTY_GRAPH, type Graph } from "./graph";

type State = Readonly<Record<string, unknown>> | null;

export interface ReadableChange {
  fields: FieldChange[];
  graphs: { field: string; before: Graph; after: Graph }[];
}

/** What changes with every save, and says nothing. */
const BOOKKEEPING: ReadonlySet<string> = new Set(["revision", "updated_at"]);

/** Kinds of records that the log holds entries of, as the API names them, and what people call them. */
export const AUDITED_KINDS: Readonly<Record<string, string>> = {
  workflows: "Workflows",
  executions: "Executions",
  batches: "Messages and workflows started by hand",
  templates: "Templates",
  messages: "Tests of templates",
  surveys: "Surveys",
  tasks: "Tasks",
  bookings: "Bookings and their messages",
  customers: "Guests",
  imports: "Imports",
  events: "Events",
  deliveries: "Webhook requests",
  reminders: "Reminders",
  suppressions: "Blocked recipients",
  secrets: "Secrets",
  settings: "Settings",
  locations: "Locations",
};

/** Kinds of which each entry names one record. */
const WITHOUT_ITEMS: ReadonlySet<string> = new Set(["settings", "events", "reminders", "messages"]);

/** Whether the entries of a kind are of several items, of which one can be asked for. */
export function hasItems(kind: string): boolean {
  return kind !== "" && !WITHOUT_ITEMS.has(kind);
}

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

/** What calls are, where their own names do not say it. */
const DEEDS: Readonly<Record<string, string>> = {
  put_location: "Add or change location",
  upsert_bookings: "Record bookings",
  edit_planned_message: "Edit a planned message once",
  take_edit_back: "Use the template again for an edited message",
  send_entry_now: "Send a planned message now",
  add_note: "Add note to booking",
  erase_customer: "Erase guest",
  put_events: "Send events",
  settle_outcome: "Settle an unknown outcome",
  move_waiting_executions: "Move waiting executions to the new version",
  resend_delivery: "Send a webhook request again",
  send_test: "Test a webhook",
  send_new_template_test: "Send test of a template",
  send_template_test: "Send test of a template",
  reconcile_reminders: "Compare reminders with their schedules",
  put_secret: "Save secret",
  add_suppression: "Block recipient",
  remove_suppression: "Unblock recipient",
  drain_workflow: "Turn off and cancel waiting executions",
  start_batch: "Start for bookings",
  stop_batch: "Stop what was started for bookings",
};

interface Deed {
  operation: string;
  before?: State;
  after: State;
}

/** Returns what somebody did, in words: a switch says which way it was turned. */
export function deedOf({ operation, before = null, after }: Deed): string {
  const [, what] = SWITCH.exec(operation) ?? [];
  if (what) {
    const isOn = after?.["enabled"] ?? after?.["active"];
    const way = typeof isOn === "boolean" ? (isOn ? "on" : "off") : null;
    const named = words(what).toLowerCase();
    return way ? `Turn ${way} ${named}` : `Turn ${named} on or off`;
  }
  if (operation === "turn_messages_off") return messagesTurned(after);
  if (operation === "skip_entry") return skipped(before, after);
  return DEEDS[operation] ?? words(operation);
}

/** Returns which messages of a booking were turned off or on. */
function messagesTurned(after: State): string {
  const turned = [
    ["no_reminders", "reminders"],
    ["no_marketing", "marketing and surveys"],
  ].flatMap(([field = "", name]) => {
    const isOff = after?.[field];
    return typeof isOff === "boolean" ? [`turn ${isOff ? "off" : "on"} ${name}`] : [];
  });
  return words(turned.join(", ") || "turn messages off or on");
}

function skipped(before: State, after: State): string {
  const [was, is] = [before, after].map((state) => state?.["skipped"]);
  if (!Array.isArray(was) || !Array.isArray(is)) return "Skip a planned message, or take that back";
  return is.length > was.length ? "Skip a planned message" : "Send a planned message after all";
}

/** Returns the booking that an entry is about, if it names one. */
export function bookingOf(entry: { kind: string; resource_id?: string | null; before: State; after: State }): string {
  if (entry.kind === "bookings") return entry.resource_id ?? "";
  const named = entry.after?.["booking_id"] ?? entry.before?.["booking_id"];
  return typeof named === "string" ? named : "";
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
