// A failed call: the API's problem details by RFC 9457, and what has no answer at all.
import { problemsOfSave, readable, type ApiFieldProblem } from "../core/fieldProblems";
import type { components } from "./schema";

export type ProblemDetails = Omit<components["schemas"]["ProblemDetails"], "errors"> & {
  errors: readonly ApiFieldProblem[];
};

/** A call that the API answered with a problem. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly problem: ProblemDetails) {
    super(readable(problem.detail));
  }

  get status(): number {
    return this.problem.status;
  }

  /** Another save came first. */
  get isStale(): boolean {
    return this.status === 412;
  }

  /** What was asked for does not exist. */
  get isMissing(): boolean {
    return this.status === 404;
  }

  /** The address itself names something that cannot exist, such as an id with forbidden letters. */
  get isNoAddress(): boolean {
    const { errors } = this.problem;
    return this.status === 422 && errors.length > 0 && errors.every(({ field }) => field.startsWith("path."));
  }

  /** Whether trying again in a moment may help. */
  get isPassing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** A call that did not reach the API. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";

  constructor() {
    super("Bookflow cannot be reached. Check your connection, then try again.");
  }
}

/** Returns the problem of an answer, made from its status where the body has none. */
export async function problemOf(response: Response): Promise<ProblemDetails> {
  const fallback: ProblemDetails = {
    type: "about:blank",
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The call failed with HTTP status ${response.status}. Try again in a moment.`,
    errors: [],
    problems: [],
    based_on: null,
    stored: null,
    request_id: "",
  };
  try {
    const stated = (await response.json()) as Partial<ProblemDetails> & { message?: string };
    if (typeof stated.detail === "string") return { ...fallback, ...stated, status: response.status };
    return { ...fallback, detail: stated.message ?? fallback.detail };
  } catch {
    return fallback;
  }
}

/** Returns an error as a sentence for the operator. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof OfflineError) return error.message;
  if (error instanceof Error && error.message) return error.message;
  return "Something went wrong. Load the page again.";
}

/** Returns why a save was rejected, what is wrong in each field included, where no form shows it. */
export function rejectionOf(error: unknown): string {
  const errors = error instanceof ApiError ? error.problem.errors : [];
  const texts = new Set(problemsOfSave(errors).map(({ text }) => text));
  return texts.size ? [...texts].join(" ") : messageOf(error);
}
