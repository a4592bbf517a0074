// What is wrong with what somebody wants to save: each fault with its field, in a sentence for people.
import type { components } from "../api/schema";
import { words } from "./forms";

/** One fault of a refused save; the API leaves out a remedy that it does not have. */
export type Refusal = Omit<components["schemas"]["FieldProblem"], "remedy"> & { remedy?: string | null };

/** One thing to mend; `field` is a path such as `name`, or `admins[1].email`. */
export interface Fault {
  field: string;
  text: string;
}

/** Returns the faults of a save that was refused, by the paths that the form knows. */
export function faultsOfSave(errors: readonly Refusal[]): Fault[] {
  return errors.map(({ field, reason, remedy }) => ({
    field: field.replace(/^body\./, ""),
    text: sentences(reason.replace(/^Value error, /, ""), remedy),
  }));
}

/** Returns the faults of a field and of what is inside it, each text once. */
export function faultsAt(faults: readonly Fault[], path: string): Fault[] {
  const own = faults.filter(
    ({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
  );
  return own.filter((fault, index) => own.findIndex(({ text }) => text === fault.text) === index);
}

/**
 * Returns what is said of a field, such as "due_in_hours: is too large", with its name as words;
 * before it there may be which step failed.
 */
export function readable(detail: string): string {
  return detail.replace(/^(Step .*? failed: )?([a-z]\w*): /, (_, step = "", field: string) => `${step}${words(field)}: `);
}

/** Returns what is wrong and what to do as sentences. */
export function sentences(reason: string, remedy?: string | null): string {
  const told = reason.trim();
  const sentence = (told.charAt(0).toUpperCase() + told.slice(1)).replace(/[^.!?)]$/, "$&.");
  return [sentence, remedy?.trim()].filter(Boolean).join(" ");
}
