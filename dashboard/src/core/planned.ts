// What a dry run says of the messages that it did not send.

export interface PlannedMessage {
  to?: unknown;
  subject?: unknown;
  html?: unknown;
  text?: unknown;
}

/** Returns the messages of a plan, each of which stands after the kind of its recipient. */
export function messagesOf({ emails, sms, texts }: Readonly<Record<string, unknown>>): PlannedMessage[] {
  return [emails, sms, texts].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : [])).flatMap((entry) => {
    const message: unknown = Array.isArray(entry) ? entry.at(-1) : entry;
    return typeof message === "object" && message !== null ? [message] : [];
  });
}
