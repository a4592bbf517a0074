// What steps on a canvas are put into words with: the catalogue, and the names of what they refer to.
import { createContext, useMemo, type ReactNode } from "react";
import { NAMES, useSurveys, useTemplates, type Named } from "../../api/reads";
import type { Catalogue } from "../../core/catalogue";
import { summaryOf } from "../../core/summary";
import type { GraphNode } from "../../core/graph";

interface Vocabulary {
  catalogue: Catalogue;
  /** Returns a node's configuration in a few words. */
  summaryOf: (node: GraphNode) => string;
}

export const VocabularyContext = createContext<Vocabulary | null>(null);

export function VocabularyProvider({ catalogue, children }: { catalogue: Catalogue; children: ReactNode }) {
  const templates = namesOf(useTemplates(NAMES));
  const surveys = namesOf(useSurveys(NAMES));
  const vocabulary = useMemo<Vocabulary>(() => {
    const named = { template: templates, survey: surveys };
    const nameOf = (kind: "template" | "survey", id: string) =>
      // Nothing while the names are being read, so that no id flashes up.
      named[kind] ? (named[kind].find((each) => each.id === id)?.name ?? id) : "";
    return { catalogue, summaryOf: (node) => summaryOf(node, catalogue, nameOf) };
  }, [catalogue, templates, surveys]);
  return <VocabularyContext value={vocabulary}>{children}</VocabularyContext>;
}

const NO_NAMES: readonly Named[] = [];

/** Returns the names; none where they could not be read, so that ids stand for them. */
function namesOf({ data, isError }: { data: readonly Named[] | undefined; isError: boolean }) {
  return data ?? (isError ? NO_NAMES : undefined);
}
