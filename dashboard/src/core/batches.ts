// Messages that a person sends to many bookings: for whom, what, and how far it is.
import type { components } from "../api/schema";
import { EMPTY_GRAPH, type Graph } from "./graph";
import { isByEmail, isBySms, BLANK_TEMPLATE, type Channel, type TemplateContent } from "./templates";
import { momentOf, wallTime } from "./times";

type Schemas = components["schemas"];

export type Batch = Schemas["BatchView"];
export type Departure = Schemas["Departure"];
export type Audience = Partial<Schemas["Audience"]>;
export type AudienceCount = Schemas["AudienceCountView"];

export const BY_HAND = "Started by hand";

/** The statuses of the bookings that a departure counts, also of one that is over. */
const COMING = ["confirmed", "pending", "completed", "no_show"] as const;

const DAY_MS = 86_400_000;

/** What an operator chooses of a day's bookings. */
export interface Choice {
  /** A day of the location, such as "2026-12-24". */
  day: string;
  /** A departure's key, or nothing for all of the day. */
  departure: string;
  withCancelled: boolean;
  partyMin: string;
  partyMax: string;
}

/** What an operator writes. */
export interface Written {
  channel: Channel;
  subject: string;
  text: string;
}

export const GREETING = "Dear {{ customer.first_name | default('guest') }},\n\n";

/** Returns tomorrow by the zone's calendar. */
export function tomorrow(zone: string, now = Date.now()): string {
  const noon = Date.parse(`${wallTime(new Date(now).toISOString(), zone).slice(0, 10)}T12:00Z`);
  return new Date(noon + DAY_MS).toISOString().slice(0, 10);
}

/** Returns the moments at which a day of the zone begins and ends; null for what is no day. */
export function dayOf(day: string, zone: string): { since: string; until: string } | null {
  const noon = Date.parse(`${day}T12:00Z`);
  if (!Number.isFinite(noon)) return null;
  const next = new Date(noon + DAY_MS).toISOString().slice(0, 10);
  const [since, until] = [momentOf(`${day}T00:00`, zone), momentOf(`${next}T00:00`, zone)];
  return since && until ? { since, until } : null;
}

export function keyOf({ start_time, activity_id }: Departure): string {
  return `${start_time} ${activity_id ?? ""}`;
}

/** Returns the bookings that a choice means; null while there is no day. */
export function audienceOf(choice: Choice, departures: readonly Departure[], zone: string): Audience | null {
  const day = dayOf(choice.day, zone);
  if (!day) return null;
  const departure = departures.find((each) => keyOf(each) === choice.departure);
  return {
    ...(departure ? oneMoment(departure.start_time) : day),
    ...(departure ? (departure.activity_id ? { activity_id: departure.activity_id } : { without_activity: true }) : {}),
    statuses: [...COMING, ...(choice.withCancelled ? (["cancelled"] as const) : [])],
    ...(choice.partyMin ? { party_min: Number(choice.partyMin) } : {}),
    ...(choice.partyMax ? { party_max: Number(choice.partyMax) } : {}),
  };
}

function oneMoment(start: string): { since: string; until: string } {
  return { since: start, until: new Date(Date.parse(start) + 1000).toISOString() };
}

/** Returns the template of what was written. */
export function templateOf({ channel, subject, text }: Written, name: string): TemplateContent {
  return {
    ...BLANK_TEMPLATE,
    name,
    channel,
    subject: isByEmail(channel) ? subject : "",
    text: isByEmail(channel) ? text : "",
    sms: isBySms(channel) ? text : "",
  };
}

/** Returns a name for what was written: its subject, or how it begins. */
export function nameOf({ channel, subject, text }: Written): string {
  const words = isByEmail(channel) ? subject : text.replace(/\{\{.*?\}\}/g, "").replace(/\s+/g, " ");
  return words.trim().slice(0, 80) || "Message";
}

/** A workflow that a person may start. */
export interface Startable {
  id: string;
  name: string;
  trigger: string | null;
  created_at: string;
}

/**
 * Returns the workflows as options; those of one name by when they were made as well: of two storms, the wrong
 * one would write to its guests again.
 */
export function startableOptions(workflows: readonly Startable[], timeOf: (iso: string) => string): (readonly [string, string])[] {
  return workflows.map(({ id, name, trigger, created_at }) => {
    const made = workflows.filter((other) => other.name === name).length > 1 ? ` · made ${timeOf(created_at)}` : "";
    return [id, `${name} · ${trigger ?? ""}${made}`];
  });
}

/**
 * Returns the workflow that sends a template to the guest when a person starts it.
 *
 * @param alsoPast Whether it is for visits that are over: it would write to none of their guests.
 */
export function graphOf(templateId: string, alsoPast: boolean): Graph {
  return {
    ...EMPTY_GRAPH,
    nodes: [
      { id: "trigger", type: "trigger", name: "", config: { event: BY_HAND, ...(alsoPast ? { also_past_visits: true } : {}) }, position: { x: 0, y: 0 } },
      {
        id: "send",
        type: "send_template",
        name: "Send the message",
        config: { template: templateId, recipient_type: "customer" },
        position: { x: 0, y: 140 },
      },
    ],
    edges: [{ id: "e1", source: "trigger", source_handle: "out", target: "send" }],
  } as unknown as Graph;
}

/** Returns how many bookings of a run are done with, and of how many. */
export function progressOf({ counts, total }: Batch): { done: number; total: number | null } {
  return { done: Object.values(counts).reduce((sum, each) => sum + each, 0), total };
}
