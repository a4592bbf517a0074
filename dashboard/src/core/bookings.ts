// Bookings and their customers, as they are shown.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Visit = Schemas["VisitView"];
type Customer = Schemas["Customer"];

export function nameOfPerson({ first_name, last_name }: Pick<Customer, "first_name" | "last_name">): string {
  return [first_name, last_name].filter(Boolean).join(" ");
}
