// Guests whose data an admin exports or erases.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Erasure = Schemas["ErasureView"];
export type CustomerExport = Schemas["CustomerExport"];

/** Whether a booking is one of a guest who was erased. */
export function isErased(booking: { customer_id?: string | null }): boolean {
  return booking.customer_id?.startsWith("erased:") ?? false;
}

/** Whether what an admin typed is the code that the guest knows the booking by. */
export function isCodeOf(booking: { id: string; confirmation_code?: string | null }, typed: string): boolean {
  const same = (text: string) => text.trim().toLowerCase();
  return same(typed) === same(booking.confirmation_code ?? booking.id);
}

/** Puts the pages of an export together into one file's content. */
export function wholeExport(pages: readonly CustomerExport[]): object {
  const [first] = pages;
  return {
    customer: first?.customer ?? null,
    suppressions: first?.suppressions ?? [],
    erasure: first?.erasure ?? null,
    bookings: pages.flatMap((page) => page.items),
  };
}

const COUNTED: readonly (readonly [string, string, string])[] = [
  ["bookings", "booking", "bookings"],
  ["executions", "execution", "executions"],
  ["effects", "record of a message or request", "records of messages and requests"],
  ["notes", "note", "notes"],
  ["tasks", "task", "tasks"],
  ["answers", "survey answer", "survey answers"],
  ["audit_entries", "entry of the audit log", "entries of the audit log"],
];

/** Returns what was erased, in words, such as "2 bookings" and "1 note". */
export function erasedSoFar(counts: Readonly<Record<string, number>>): string[] {
  return COUNTED.flatMap(([name, one, more]) => {
    const count = counts[name] ?? 0;
    return count > 0 ? [`${count.toLocaleString()} ${count === 1 ? one : more}`] : [];
  });
}
