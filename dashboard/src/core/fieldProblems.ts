// The problems of what somebody wants to save: each with its field, in a sentence for people.
import type { components } from "../api/schema";
import { words } from "./words";

/** One problem of a rejected save; the API leaves out a remedy that it does not have. */
export type ApiFieldProblem = Omit<components["schemas"]["FieldProblem"], "remedy"> & { remedy?: string | null };

/** One thing to fix; `field` is a path such as `name`, or `admins[1].email`. */
export interface FieldProblem {
  field: string;
  text: string;
}

/** Returns the problems of a save that was rejected, by the paths that the form knows. */
export function problemsOfSave(errors: readonly ApiFieldProblem[]): FieldProblem[] {
  return errors.map(({ field, reason, remedy }) => ({
    field: field.replace(/^body\./, ""),
    text: sentences(reason.replace(/^Value error, /, ""), remedy),
  }));
}

/** Returns the problems of a field and of what is inside it, each text once. */
export function fieldProblemsAt(problems: readonly FieldProblem[], path: string): FieldProblem[] {
  const own = problems.filter(
    ({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
  );
  return own.filter((problem, index) => own.findIndex(({ text }) => text === problem.text) === index);
}

/**
 * Returns what is said of a field, such as "due_in_hours: is too large", with its name as words, and
 * the place in a list counted from 1; before it there may be which step failed.
 */
export function readable(detail: string): string {
  return detail.replace(
    /^(Step .*? failed: )?([a-z]\w*)(?:\.(\d+)(?:\.\w+)*)?: /,
    (_, step = "", field: string, place?: string) =>
      `${step}${words(field)}${place === undefined ? "" : ` ${Number(place) + 1}`}: `,
  );
}

/** Returns what is wrong and what to do as sentences. */
export function sentences(reason: string, remedy?: string | null): string {
  const text = reason.trim();
  const sentence = (text.charAt(0).toUpperCase() + text.slice(1)).replace(/[^.!?)]$/, "$&.");
  return [sentence, remedy?.trim()].filter(Boolean).join(" ");
}
