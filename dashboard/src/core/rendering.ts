// What is sent to be rendered for a preview, and what the answer says of each variable.
import { BLANK_TEMPLATE, type TemplateContent } from "./templates";
import { forTexts, type VariableGroup } from "./variables";

const SEPARATOR = "\u241e";
// Spaces around it end an address before it: what follows one is written as a part of it.
const NO_VALUE = "\u2205";
const SECRET = /\{\{\s*secret\.[a-z][a-z0-9_-]*\s*\}\}/g;
const STEP = /\{\{\s*(steps\.[^\s|}]+)[^}]*\}\}/g;

/** Returns a plain text in the form in which the API renders it. */
export function plainContent(text: string): TemplateContent {
  return { ...BLANK_TEMPLATE, name: "Preview", subject: "Preview", text };
}

/** Returns the text that a preview is asked for; null where it holds no variables. */
export function previewable(text: string): string | null {
  if (!text.includes("{{") && !text.includes("{%")) return null;
  // A preview knows neither secrets nor how earlier steps will end.
  return text.replaceAll(SECRET, "***").replaceAll(STEP, "‹$1›");
}

/** Returns one text that names every variable; see `valuesFrom`. */
export function textOfAll(groups: readonly VariableGroup[]): string {
  return pathsOf(groups)
    .map((path) => `{{ ${path} | default("${NO_VALUE}") }} ${SEPARATOR} `)
    .join("");
}

/** Returns the value of each variable, from how the text of all of them came out. */
export function valuesFrom(groups: readonly VariableGroup[], rendered: string): Map<string, string> {
  const values = rendered.split(SEPARATOR).map((value) => value.trim());
  return new Map(pathsOf(groups).map((path, index) => [path, wordsOf(values[index] ?? "")]));
}

function wordsOf(value: string): string {
  return value === NO_VALUE || value === "" ? "nothing" : value;
}

function pathsOf(groups: readonly VariableGroup[]): string[] {
  const paths = forTexts(groups).flatMap((group) => group.variables.map((variable) => variable.path));
  return paths.filter((path) => !path.startsWith("steps."));
}
