// What a workflow names that its location has to have: templates, surveys, secrets.
import { nodesOf, type Graph } from "./graph";

export interface Needs {
  templates: readonly string[];
  surveys: readonly string[];
  secrets: readonly string[];
}

const SECRET = /\{\{\s*secret\.([a-z][a-z0-9_-]{0,63})\s*\}\}/g;

export function needsOf(graph: Graph): Needs {
  const named = (field: string) =>
    nodesOf(graph).flatMap((node) => {
      const value = node.config?.[field];
      return typeof value === "string" && value ? [value] : [];
    });
  const texts = JSON.stringify(nodesOf(graph).map((node) => node.config));
  return {
    templates: unique(named("template")),
    surveys: unique(named("survey")),
    secrets: unique(Array.from(texts.matchAll(SECRET), (found) => found[1] ?? "")),
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
