// A location's own words in the place of Bookflow's: by language, then by the id of the text.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Wordings = NonNullable<Schemas["LocationSettings"]["wordings"]>;
export type WordedText = Schemas["WordedTextView"];
export type WordSample = Schemas["WordSample"];

/** Returns the wordings with one of their texts; an empty one is Bookflow's again. */
export function withWording(wordings: Wordings, language: string, id: string, text: string): Wordings {
  const { [language]: texts = {}, ...others } = wordings;
  const { [id]: _was, ...rest } = texts;
  const next = text.trim() ? { ...texts, [id]: text } : rest;
  return Object.keys(next).length === 0 ? others : { ...wordings, [language]: next };
}

/** Returns how many texts of a language are the location's own. */
export function ownCount(wordings: Wordings, language: string): number {
  return Object.keys(wordings[language] ?? {}).length;
}

/**
 * Returns what readers see where a language says nothing of its own: of `de-CH` that is the location's German, then
 * Bookflow's.
 */
export function defaultText(wordings: Wordings, language: string, { id, text }: WordedText): string {
  const [base = language] = language.split("-");
  return (base === language ? undefined : wordings[base]?.[id]) ?? text;
}

/** Returns the parts of Bookflow that have texts, in their order. */
export function partsOf(texts: readonly WordedText[]): string[] {
  return [...new Set(texts.map(({ part }) => part))];
}

/** Returns what a value is called: `{{ survey.expires_at | date('long') }}` is "expires at". */
export function valueName(value: string): string {
  const [path = value] = /[\w.]+/.exec(value) ?? [];
  return (path.split(".").at(-1) ?? path).replaceAll("_", " ");
}
