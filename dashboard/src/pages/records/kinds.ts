// Templates and surveys: records with a name that are edited as a whole, turned on and off, copied and deleted.
import type { Api } from "../../api/client";
import type { FieldProblem } from "../../core/fieldProblems";

/** What every list says of a record. */
export interface Summary {
  id: string;
  name: string;
  active: boolean;
}

/** One kind of records: `S` is one as it is read, `C` what an operator writes of it. */
export interface Kind<S extends Summary = Summary, C extends { name: string } = { name: string }> {
  what: "template" | "survey";
  collection: "/templates" | "/surveys";
  /** The tabs of one, with their names; the address of the first does not name it. */
  tabs: readonly (readonly [tab: string, label: string])[];
  /** What a save means for what is sent. */
  effect: string;
  /** What deleting one means. */
  deletion: string;
  contentOf: (record: C) => C;
  /** Returns what forbids saving before the API is asked. */
  problemsOf: (content: C) => FieldProblem[];
  /** Returns the fields that differ, as people call them. */
  differences: (before: C, after: C) => string[];
  /** Stores a new record; another call with the same key returns that record as it is now. */
  create: (api: Api, content: C, key: string) => Promise<S>;
  /** Stores a record over a revision. */
  save: (api: Api, id: string, revision: number, content: C) => Promise<S>;
  setActive: (api: Api, id: string, revision: number, active: boolean) => Promise<S>;
  duplicate: (api: Api, id: string) => Promise<S>;
  /** Saves one as a file; left out where there are no files of them. */
  download?: (api: Api, id: string) => Promise<void>;
  remove: (api: Api, id: string, revision: number) => Promise<unknown>;
}

/** Returns the revision of a record, which templates call their version. */
export function revisionOf(record: Summary): number {
  const { revision, version } = record as Summary & { revision?: number; version?: number };
  return revision ?? version ?? 0;
}

/** The tab that edits a record. */
export const EDITOR = "editor";

/** Returns the address of a record's tab, below the location. */
export function addressOf({ collection, tabs }: Pick<Kind, "collection" | "tabs">, id: string, tab: string): string {
  return `${collection}/${encodeURIComponent(id)}${tab === tabs[0]?.[0] ? "" : `/${tab}`}`;
}
