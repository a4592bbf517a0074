// What steps on a canvas are put into words with: the catalogue, and the names of what they refer to.
import { createContext, useMemo, type ReactNode } from "react";
import { NAMES, useSurveys, useTemplates } from "../../api/reads";
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
  const templates = useTemplates(NAMES).data;
  const surveys = useSurveys(NAMES).data;
  const vocabulary = useMemo<Vocabulary>(() => {
    const named = { template: templates, survey: surveys };
    const nameOf = (kind: "template" | "survey", id: string) =>
      // Nothing while the names are being read, so that no id flashes up.
      named[kind] ? (named[kind].find((each) => each.id === id)?.name ?? id) : "";
    return { catalogue, summaryOf: (node) => summaryOf(node, catalogue, nameOf) };
  }, [catalogue, templates, surveys]);
  return <VocabularyContext value={vocabulary}>{children}</VocabularyContext>;
}
