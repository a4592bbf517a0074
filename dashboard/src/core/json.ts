// Texts that hold JSON, such as the body of a request, for people to read.

const TEXT_OR_VARIABLE = /"(?:[^"\\]|\\.)*"|\{\{[^{}]*\}\}/g;

/** Returns what a text of JSON says, with its variables as texts; anything else as it is. */
export function unfolded(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  const quoted = value.replaceAll(TEXT_OR_VARIABLE, (part) => (part.startsWith("{{") ? JSON.stringify(part) : part));
  try {
    return JSON.parse(quoted) as unknown;
  } catch {
    return value;
  }
}
