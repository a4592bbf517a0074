// Saving what is edited: which problems it has, here and at the API, and who else has saved.
import { useState } from "react";
import type { Saved } from "../api/client";
import { ApiError } from "../api/problem";
import { problemsOfSave, type FieldProblem } from "../core/fieldProblems";
import { useToasts } from "./toasts";
import type { Edited } from "./useEdited";

interface SavingOptions<T, S> {
  edited: Edited<T>;
  /** What is stored now, as far as it has been read. */
  stored: Saved<T>;
  /** Whether it was never saved. */
  isNew: boolean;
  /** Returns what forbids saving before the API is asked. */
  check: (content: T) => FieldProblem[];
  /** Stores the content over a revision. */
  write: (content: T, etag: string) => Promise<Saved<S>>;
  contentOf: (answer: S) => T;
  onSaved: (answer: S) => void;
  /** Reads what somebody else has stored. */
  onStale: () => void;
}

export interface Saving<T> {
  isBusy: boolean;
  /** Whether somebody else saved first, and the operator has to choose. */
  isStale: boolean;
  /** Whether problems are shown: not before the first try to save. */
  wasTried: boolean;
  problems: readonly FieldProblem[];
  /** Why nothing was saved; null while nothing is marked. */
  failure: string | null;
  save: () => Promise<void>;
  change: (part: Partial<T>) => void;
  discard: () => void;
  takeTheirs: () => void;
  keepMine: () => Promise<void>;
}

export function useSaving<T, S>(options: SavingOptions<T, S>): Saving<T> {
  const { edited, stored, isNew, check, write, contentOf, onSaved, onStale } = options;
  const { reportFailure } = useToasts();
  const [rejected, setRejected] = useState<readonly FieldProblem[]>([]);
  const [wasTried, setTried] = useState(false);
  const [isStale, setStale] = useState(false);
  const [isBusy, setBusy] = useState(false);

  const clear = () => {
    setRejected([]);
    setTried(false);
    setStale(false);
  };
  const fail = (error: unknown) => {
    const isOvertaken = error instanceof ApiError && error.isStale && !isNew;
    setStale(isOvertaken);
    if (isOvertaken) {
      onStale();
    } else if (error instanceof ApiError && error.problem.errors.length > 0) {
      setRejected(problemsOfSave(error.problem.errors));
      showFirstProblem();
    } else {
      reportFailure(error);
    }
  };
  const store = async (etag: string) => {
    setBusy(true);
    try {
      const answer = await write(edited.value, etag);
      edited.take({ value: contentOf(answer.value), etag: answer.etag });
      clear();
      onSaved(answer.value);
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };

  const problems = wasTried ? [...check(edited.value), ...rejected] : [];
  return {
    isBusy,
    isStale,
    wasTried,
    problems,
    failure: problems.length > 0 ? "Not saved. Fix the marked fields, then save again." : null,
    save: async () => {
      setTried(true);
      if (check(edited.value).length > 0) showFirstProblem();
      else await store(edited.etag);
    },
    change: (part) => {
      edited.change(part);
      setRejected([]);
    },
    discard: () => {
      edited.discard();
      clear();
    },
    takeTheirs: () => {
      edited.take(stored);
      clear();
    },
    keepMine: () => store(stored.etag),
  };
}

/** Leads to the first field that is marked, once it is. */
function showFirstProblem(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
