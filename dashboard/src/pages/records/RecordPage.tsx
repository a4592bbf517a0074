// The page of one record: its head with name, tabs and saving, and the choice after somebody else's save.
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { EditorFrame, SaveActions } from "../../components/EditorFrame";
import { useToasts } from "../../components/toasts";
import { fieldProblemsAt } from "../../core/fieldProblems";
import { useCurrentLocation } from "../../currentLocation";
import { addressOf, EDITOR, revisionOf, type Kind, type Summary } from "./kinds";
import { StaleSave } from "../../components/StaleSave";
import { keepPage } from "./pageKeys";
import { useEdited, type Edited, type Saved } from "./useEdited";
import { useSaving, type Saving } from "./useSaving";

interface Editing<S extends Summary, C extends { name: string }> {
  kind: Kind<S, C>;
  /** Null for a new one. */
  record: S | null;
  stored: Saved<C>;
  edited: Edited<C>;
  saving: Saving<C>;
}

/** Returns a record under an operator's hands; a new one begins as `begun`, and is kept under `from`. */
export function useRecord<S extends C & Summary, C extends { name: string }>(
  kind: Kind<S, C>,
  record: S | null,
  begun: C,
  from = "new",
): Editing<S, C> {
  const { api, path } = useCurrentLocation();
  const { report } = useToasts();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const savedOf = (saved: S) => ({ value: kind.contentOf(saved), revision: revisionOf(saved) });
  const id = record?.id ?? null;
  const stored = record ? savedOf(record) : { value: begun, revision: 0 };
  const edited = useEdited(`${kind.what}/${id ?? from}`, stored);
  const saving = useSaving({
    edited,
    of: kind.collection,
    stored,
    isNew: id === null,
    check: kind.problemsOf,
    write: async (content, revision) => {
      if (id !== null) return kind.save(api, id, revision, content);
      const made = await kind.create(api, content, edited.creation);
      // The answer to an earlier try was lost: what was changed since then is saved over it.
      const isAsSent = kind.differences(kind.contentOf(made), content).length === 0;
      return isAsSent ? made : kind.save(api, made.id, revisionOf(made), content);
    },
    savedOf,
    onSaved: (answer) => {
      report(`Saved “${answer.name}”. ${kind.effect}`);
      if (id !== null) return;
      // The page stays as it is, with what its address reads at hand.
      const name = `${kind.what}_id`;
      queries.setQueryData(["get", `${kind.collection}/{${name}}`, { params: { path: { [name]: answer.id } } }], answer);
      keepPage(answer.id, from);
      navigate(path(addressOf(kind, answer.id, EDITOR)), { replace: true });
    },
  });
  return { kind, record, stored, edited, saving };
}

interface RecordPageProps<S extends Summary, C extends { name: string }> {
  editing: Editing<S, C>;
  /** The tab that is shown. */
  tab: string;
  /** Says that it is saved. */
  note: string;
  children: ReactNode;
}

export function RecordPage<S extends Summary, C extends { name: string }>(props: RecordPageProps<S, C>) {
  const { tab, note, children } = props;
  const { kind, record, stored, edited, saving } = props.editing;
  const { path } = useCurrentLocation();
  return (
    <EditorFrame
      back={{ href: path(kind.collection), label: `All ${kind.what}s` }}
      what={kind.what}
      name={edited.value.name}
      nameProblem={fieldProblemsAt(saving.problems, "name")[0]?.text}
      failure={saving.failure}
      note={edited.isChanged ? "Unsaved changes" : record ? note : "Not saved yet"}
      tabs={(record ? kind.tabs : []).map(([key, label]) => ({
        href: path(addressOf(kind, record?.id ?? "", key)),
        label,
        isCurrent: tab === key,
      }))}
      actions={
        <SaveActions
          isChanged={edited.isChanged}
          isNew={record === null}
          isBusy={saving.isBusy}
          isElsewhere={tab !== EDITOR}
          onDiscard={saving.discard}
          onSave={saving.save}
        />
      }
      onName={(name) => saving.change({ name } as Partial<C>)}
    >
      {children}
      {saving.isStale && (
        <StaleSave
          what={kind.what}
          differing={stored.revision === edited.revision ? null : kind.differences(stored.value, edited.value)}
          isBusy={saving.isBusy}
          onTakeTheirs={saving.takeTheirs}
          onKeepMine={saving.keepMine}
        />
      )}
    </EditorFrame>
  );
}
