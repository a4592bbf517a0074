// What an operator changes before saving it: kept while they look elsewhere or sign in again, until saved or discarded.
import { useEffect, useState } from "react";
import { useCurrentLocation } from "../../currentLocation";
import { guarded, keep, takeKept } from "../../unsaved";

/** Something saved, with the revision that a change has to name. */
export interface Saved<T> {
  value: T;
  revision: number;
}

export interface Edited<T> {
  value: T;
  /** What is stored, as far as this page knows. */
  stored: T;
  /** The revision that the changes are based on; 0 for what was never saved. */
  revision: number;
  isChanged: boolean;
  /** Names the creation of what was never saved, so that it can be asked for again. */
  creation: string;
  change: (part: Partial<T>) => void;
  replace: (changed: (value: T) => T) => void;
  /** Takes what is stored in the place of what is here. */
  take: (stored: Saved<T>) => void;
  /** Takes the revision that another call, such as switching on, has made. */
  rebase: (revision: number) => void;
  discard: () => void;
}

interface State<T> {
  stored: Saved<T>;
  value: T;
  creation: string;
}

const unsaved = new Map<string, State<unknown>>();

/**
 * Returns what is edited under a key, such as a template's id; of this person in this location.
 *
 * A newer `loaded` is taken over as long as nothing is changed here.
 */
export function useEdited<T extends object>(what: string, loaded: Saved<T>): Edited<T> {
  const { locationId, identity } = useCurrentLocation();
  const whose = [identity.subject, locationId, what];
  const key = JSON.stringify(whose);
  const [state, setState] = useState<State<T>>(
    () => (unsaved.get(key) as State<T> | undefined) ?? takeKept<State<T>>(whose) ?? begun(loaded),
  );
  const isChanged = !isSame(state.value, state.stored.value);
  if (!isChanged && loaded.revision > state.stored.revision) setState(begun(loaded));

  useEffect(() => {
    if (!isChanged) {
      unsaved.delete(key);
      return undefined;
    }
    unsaved.set(key, state);
    return guarded(() => keep(JSON.parse(key) as string[], state));
  }, [key, state, isChanged]);

  const replace = (changed: (value: T) => T) => setState((now) => ({ ...now, value: changed(now.value) }));
  return {
    value: state.value,
    stored: state.stored.value,
    revision: state.stored.revision,
    isChanged,
    creation: state.creation,
    change: (part) => replace((value) => ({ ...value, ...part })),
    replace,
    take: (stored) => {
      unsaved.delete(key);
      setState(begun(stored));
    },
    rebase: (revision) => setState((now) => ({ ...now, stored: { ...now.stored, revision } })),
    discard: () => setState(({ stored }) => begun(stored)),
  };
}

function begun<T>(stored: Saved<T>): State<T> {
  return { stored, value: stored.value, creation: crypto.randomUUID() };
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
