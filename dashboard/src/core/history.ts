// Undo and redo: the values that were, the value that is, and those that were undone.

const MOST_STEPS = 200;

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** Names the kind of the last change; changes of one kind in a row are undone together. */
  readonly kind: string | null;
}

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], kind: null };
}

/**
 * Returns the history after a change; the same one if nothing changed.
 *
 * @param kind Changes with the same kind in a row, such as typing into one field, are one step.
 */
export function change<T>(history: History<T>, present: T, kind: string | null = null): History<T> {
  if (present === history.present) return history;
  if (kind !== null && kind === history.kind) return { ...history, present, future: [] };
  const past = [...history.past, history.present].slice(-MOST_STEPS);
  return { past, present, future: [], kind };
}

export function undo<T>(history: History<T>): History<T> {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present,
    future: [history.present, ...history.future],
    kind: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future, kind: null };
}
