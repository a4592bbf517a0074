// A line of text with variables, as it is stored and as an editor shows it: words, and chips for `{{ variables }}`.
import type { Block } from "./blocks";

interface ChipAttrs {
  path: string;
  fallback: string | null;
  format: string | null;
  /** How the text has it: taken again while nothing of the chip is changed. */
  source?: string | null;
}

const EXPRESSION = /\{\{([^{}'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*\}\}/g;
const INNER = /^\{\{\s*([A-Za-z]\w*(?:\.[A-Za-z_]\w*)*)\s*(?:\|(.*))?\}\}$/s;
const FILTER = /^\s*([a-z]+)\s*(?:\(\s*(?:'((?:[^'\\]|\\['"\\])*)'|"((?:[^"\\]|\\['"\\])*)")\s*(,\s*true\s*)?\))?\s*(?:\||$)/;
const FORMATS = new Set(["date", "weekday", "time", "datetime", "money", "number", "upper", "lower", "title", "capitalize"]);
const DATES = new Set(["short", "long", "full"]);

/** Returns a stored line as an editor's nodes. What is more than a value with a fallback and a format stays text. */
export function nodesOfLine(text: string): Block[] {
  const nodes: Block[] = [];
  let end = 0;
  const add = (words: string) => {
    const last = nodes.at(-1);
    if (last?.type === "text") last.text += words;
    else if (words) nodes.push({ type: "text", text: words });
  };
  for (const found of text.matchAll(EXPRESSION)) {
    add(text.slice(end, found.index));
    end = found.index + found[0].length;
    const attrs = chipOf(found[0]);
    if (attrs) nodes.push({ type: "variable", attrs: { ...attrs, source: found[0] } });
    else add(found[0]);
  }
  add(text.slice(end));
  return nodes;
}

/** Returns an editor's nodes as the line that is stored. */
export function lineOfNodes(nodes: readonly Block[]): string {
  return nodes
    .map(({ type, text, attrs }) => (type === "variable" ? writtenChip(attrs as unknown as ChipAttrs) : (text ?? "")))
    .join("");
}

/** Returns how a text names what a chip shows. */
function writtenChip({ source, path, fallback = null, format = null }: ChipAttrs): string {
  const was = source ? chipOf(source) : null;
  if (source && was?.path === path && was.fallback === fallback && was.format === format) return source;
  const filters = [format && writtenFormat(format), fallback !== null && `default(${quoted(fallback)}, true)`];
  return `{{ ${[path, ...filters].filter(Boolean).join(" | ")} }}`;
}

/** Returns what an expression shows; null for one that a chip cannot show. */
function chipOf(expression: string): ChipAttrs | null {
  const [, path = "", filters] = INNER.exec(expression) ?? [];
  if (!path) return null;
  const chip: ChipAttrs = { path, fallback: null, format: null };
  let rest = filters ?? "";
  if (filters !== undefined && !rest.trim()) return null;
  while (rest.trim()) {
    const found = FILTER.exec(rest);
    if (!found) return null;
    const [whole, name = "", single, double, isForEmpty] = found;
    const argument = single ?? double;
    rest = rest.slice(whole.length);
    if (name === "default" && argument !== undefined && chip.fallback === null) {
      chip.fallback = argument.replaceAll(/\\(.)/g, "$1");
      continue;
    }
    const format = argument === undefined ? name : `${name}_${argument}`;
    const isKnown = FORMATS.has(name) && (argument === undefined || (name === "date" && DATES.has(argument)));
    if (!isKnown || isForEmpty || chip.format !== null) return null;
    chip.format = format;
  }
  return chip;
}

function writtenFormat(format: string): string {
  const [name = "", length] = format.split("_");
  return length ? `${name}('${length}')` : name;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
