// Bookings and their customers, as they are shown.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Visit = Schemas["VisitView"];
type Customer = Schemas["Customer"];

export function nameOfPerson({ first_name, last_name }: Pick<Customer, "first_name" | "last_name">): string {
  return [first_name, last_name].filter(Boolean).join(" ");
}

/** Returns what a booking is known by: its code, or its id where it has none. */
export function codeOf({ booking }: Visit): string {
  return booking.confirmation_code || booking.id;
}

export function guestOf({ customer }: Visit): string {
  return customer ? nameOfPerson(customer) : "";
}

/** Returns the one booking whose code or id is this text, in any case of letters. */
export function namedBy(visits: readonly Visit[], text: string): Visit | undefined {
  const sought = text.trim().toLowerCase();
  const byId = visits.find(({ booking }) => booking.id === text.trim());
  const byCode = visits.filter(({ booking }) => sought !== "" && booking.confirmation_code?.toLowerCase() === sought);
  return byId ?? (byCode.length === 1 ? byCode[0] : undefined);
}
