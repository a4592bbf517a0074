// A delivery of a webhook in words: how it ended, how long it took, and its messages as they went.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Delivery = Schemas["DeliveryView"];
export type ListedDelivery = Schemas["ListedDeliveryView"];

export interface Outcome {
  tone: "good" | "bad";
  word: string;
}

/** Says how a delivery ended: its status, if a whole answer came. */
export function outcomeOf(delivery: Pick<Delivery, "answer" | "error_message">): Outcome {
  const tone = delivery.error_message === null ? "good" : "bad";
  return { tone, word: delivery.answer ? `Status ${delivery.answer.status}` : "No answer" };
}

/** Writes milliseconds: `120 ms`, `1.4 s`. */
export function took(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Says who caused a delivery. */
export function causeOf(delivery: Pick<Delivery, "cause" | "sent_by">): string {
  if (delivery.cause === "step") return "By the workflow";
  const what = delivery.cause === "test" ? "Test" : "Sent again";
  return delivery.sent_by ? `${what} by ${delivery.sent_by}` : what;
}

/** Writes a request as it goes over the wire. */
export function requestText({ request }: Pick<Delivery, "request">): string {
  return message(`${request.method} ${request.url}`, request.headers, request.body, request.body_cut);
}

/** Writes an answer as it came. */
export function answerText(answer: NonNullable<Delivery["answer"]>): string {
  return message(`Status ${answer.status}`, answer.headers, answer.body, answer.body_cut);
}

function message(first: string, headers: Readonly<Record<string, string>>, body: string | null, isCut: boolean): string {
  const lines = [first, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  if (body) lines.push("", laidOut(body) + (isCut ? " …" : ""));
  return lines.join("\n");
}

/** Lays JSON out over lines; other text stays as it is. */
function laidOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
