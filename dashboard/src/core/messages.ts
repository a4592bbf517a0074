// Messages as they were sent: in words, and for a frame in which nothing runs and nothing is loaded.
import type { components } from "../api/schema";
import { words } from "./words";

type Schemas = components["schemas"];

/** As lists of messages and the timeline have it. */
export type Message = Schemas["ShownMessage"];
export type MessageState = Schemas["MessageState"];

type Tone = "good" | "bad" | "warn" | "info" | "plain";

const STATES: Record<MessageState, { word: string; tone: Tone }> = {
  unknown: { word: "Not known", tone: "warn" },
  accepted: { word: "Sent", tone: "info" },
  failed: { word: "Failed", tone: "bad" },
  delivered: { word: "Delivered", tone: "good" },
  bounced: { word: "Bounced", tone: "bad" },
  opened: { word: "Opened", tone: "good" },
  clicked: { word: "Link used", tone: "good" },
  complained: { word: "Marked as spam", tone: "bad" },
};

/** In the place of a template's id: the invitation of surveys without a template. */
export const BUILT_IN_INVITATION = "built-in-survey-invitation";

/** Actions whose messages are kept. */
const SENDING: ReadonlySet<string> = new Set(["send_template", "send_survey_email"]);

export function sendsMessages(nodeType: string): boolean {
  return SENDING.has(nodeType);
}

/** Returns what became of a message, in a word and a colour. */
export function stateOf(state: MessageState): { word: string; tone: Tone } {
  return STATES[state];
}

/** Returns a message in a line: its channel, its template and whom it went to. */
export function lineOf({ channel, template_name, to }: Pick<Message, "channel" | "template_name" | "to">): string {
  return `${channel === "email" ? "E-mail" : "SMS"} “${template_name}” to ${to}`;
}

/** Returns when each state was first reported, the earliest first. */
export function reportsOf(message: Pick<Message, "times">): [state: MessageState, at: string][] {
  const times = Object.entries(message.times) as [MessageState, string][];
  return times.sort(([, a], [, b]) => Date.parse(a) - Date.parse(b));
}

const SEAL =
  "<!doctype html>" +
  `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">` +
  '<meta http-equiv="x-dns-prefetch-control" content="off">' +
  '<base target="_blank"><style>a, area { pointer-events: none }</style>';

/**
 * Returns a sent e-mail for a sandboxed frame. Its values are guests' own words, so nothing is loaded from
 * anywhere. The policy stands before all of it: what follows cannot come first, whatever it holds.
 */
export function sealed(html: string): string {
  return SEAL + html;
}

/** Returns the words that say on the timeline what a step did, beside its messages. */
export function outcomeWords(what: string, details: Readonly<Record<string, unknown>>): string {
  const text = (name: string) => (typeof details[name] === "string" ? details[name] : "");
  if (what === "add_booking_note") return text("text");
  if (what === "create_task") return text("title");
  if (what === "update_booking") return text("new_status") && `New status: ${words(text("new_status"))}`;
  const status = details["status"];
  return what === "webhook" && typeof status === "number" ? `Answered with status ${status}` : "";
}
