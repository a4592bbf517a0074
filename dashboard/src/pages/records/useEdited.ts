// What an operator changes before saving it: kept while they look elsewhere, until saved or discarded.
import { useEffect, useState } from "react";

/** Something saved, with the revision that a change has to name. */
export interface Saved<T> {
  value: T;
  revision: number;
}

export interface Edited<T> {
  value: T;
  /** The revision that the changes are based on; 0 for what was never saved. */
  revision: number;
  isChanged: boolean;
  change: (part: Partial<T>) => void;
  /** Takes what is stored in the place of what is here. */
  take: (stored: Saved<T>) => void;
  /** Takes the revision that another call, such as switching on, has made. */
  rebase: (revision: number) => void;
  discard: () => void;
}

interface State<T> {
  stored: Saved<T>;
  value: T;
}

const unsaved = new Map<string, State<unknown>>();

/**
 * Returns what is edited under a key, such as a template's id with its location.
 *
 * A newer `loaded` is taken over as long as nothing is changed here.
 */
export function useEdited<T extends object>(key: string, loaded: Saved<T>): Edited<T> {
  const [state, setState] = useState<State<T>>(
    () => (unsaved.get(key) as State<T> | undefined) ?? { stored: loaded, value: loaded.value },
  );
  const isChanged = !isSame(state.value, state.stored.value);
  if (!isChanged && loaded.revision > state.stored.revision) {
    setState({ stored: loaded, value: loaded.value });
  }

  useEffect(() => {
    if (!isChanged) {
      unsaved.delete(key);
      return undefined;
    }
    unsaved.set(key, state);
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [key, state, isChanged]);

  return {
    value: state.value,
    revision: state.stored.revision,
    isChanged,
    change: (part) => setState((now) => ({ ...now, value: { ...now.value, ...part } })),
    take: (stored) => {
      unsaved.delete(key);
      setState({ stored, value: stored.value });
    },
    rebase: (revision) => setState((now) => ({ ...now, stored: { ...now.stored, revision } })),
    discard: () => setState(({ stored }) => ({ stored, value: stored.value })),
  };
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
