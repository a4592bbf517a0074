// Finds bookings by what people know of them: the confirmation code, the customer's name, the id.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Visit = Schemas["VisitView"];
type Customer = Schemas["Customer"];

export function nameOfPerson({ first_name, last_name }: Pick<Customer, "first_name" | "last_name">): string {
  return [first_name, last_name].filter(Boolean).join(" ");
}

/** Whether each word of a text is part of the code, the name or the id of a booking. */
export function fits({ booking, customer }: Visit, text: string): boolean {
  const about = plain([booking.confirmation_code, booking.id, customer && nameOfPerson(customer)].join(" "));
  return plain(text).split(/\s+/).every((word) => about.includes(word));
}

/** Returns a text without what people leave out as they type: capitals and accents. */
function plain(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();
}
