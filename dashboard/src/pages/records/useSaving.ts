// Saving what is edited: which problems it has, here and at the API, and who else has saved.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/problem";
import { problemsOfSave, type FieldProblem } from "../../core/fieldProblems";
import { useToasts } from "../../components/toasts";
import type { Edited, Saved } from "./useEdited";

interface SavingOptions<T, S> {
  edited: Edited<T>;
  /** The collection that it is of, such as `/templates`. */
  of: string;
  /** What is stored now, as far as it has been read. */
  stored: Saved<T>;
  /** Whether it was never saved. */
  isNew: boolean;
  /** Returns what forbids saving before the API is asked. */
  check: (content: T) => FieldProblem[];
  /** Stores the content over a revision. */
  write: (content: T, revision: number) => Promise<S>;
  savedOf: (answer: S) => Saved<T>;
  onSaved: (answer: S) => void;
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
  save: () => void;
  change: (part: Partial<T>) => void;
  discard: () => void;
  takeTheirs: () => void;
  keepMine: () => void;
}

export function useSaving<T, S>(options: SavingOptions<T, S>): Saving<T> {
  const { edited, of, stored, isNew, check, write, savedOf, onSaved } = options;
  const { reportFailure } = useToasts();
  const [rejected, setRejected] = useState<readonly FieldProblem[]>([]);
  const [wasTried, setTried] = useState(false);
  const [isStale, setStale] = useState(false);

  const clear = () => {
    setRejected([]);
    setTried(false);
    setStale(false);
  };
  const fail = (error: unknown) => {
    const isOvertaken = error instanceof ApiError && error.isStale && !isNew;
    setStale(isOvertaken);
    if (isOvertaken) return;
    if (error instanceof ApiError && error.problem.errors.length > 0) {
      setRejected(problemsOfSave(error.problem.errors));
      showFirstProblem();
    } else {
      reportFailure(error);
    }
  };
  const storing = useMutation({
    mutationFn: (revision: number) => write(edited.value, revision),
    meta: { changes: [of] },
    onSuccess: (answer) => {
      edited.take(savedOf(answer));
      clear();
      onSaved(answer);
    },
    onError: fail,
  });

  const problems = wasTried ? [...check(edited.value), ...rejected] : [];
  return {
    isBusy: storing.isPending,
    isStale,
    wasTried,
    problems,
    failure: problems.length > 0 ? "Not saved. Fix the marked fields, then save again." : null,
    save: () => {
      setTried(true);
      if (check(edited.value).length > 0) showFirstProblem();
      else storing.mutate(edited.revision);
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
    keepMine: () => storing.mutate(stored.revision),
  };
}

/** Leads to the first field that is marked, once it is. */
function showFirstProblem(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
