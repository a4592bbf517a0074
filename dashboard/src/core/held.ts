// Which problems wait: those of a field that is being typed, and of a new step until its fields were left.
import type { Problem } from "./problems";

/** The step that is worked on. */
export interface WorkedOn {
  nodeId: string | null;
  /** Whether it was added just now, and nothing else was selected since. */
  isNew: boolean;
  /** Paths of its fields that were left, such as `template`. */
  left: ReadonlySet<string>;
  /** Path of the field that was changed and not left since. */
  typing: string | null;
}

export const NOTHING_WORKED_ON: WorkedOn = { nodeId: null, isNew: false, left: new Set(), typing: null };

/** Returns the problems that may be shown by now. */
export function shownByNow(problems: readonly Problem[], on: WorkedOn): readonly Problem[] {
  if (on.nodeId === null || (!on.isNew && on.typing === null)) return problems;
  return problems.filter((problem) => {
    if (problem.node_id !== on.nodeId) return true;
    if (on.typing !== null && isIn(problem.field, on.typing)) return false;
    return !on.isNew || [...on.left].some((path) => isIn(problem.field, path));
  });
}

/** Whether a problem's field is a field of the configuration, or inside it. */
function isIn(field: string, path: string): boolean {
  const of = `config.${path}`;
  return field === of || field.startsWith(`${of}.`) || field.startsWith(`${of}[`);
}
