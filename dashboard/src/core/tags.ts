// Tags of workflows: words to sort them by, whose capitals do not count.

export const LONGEST_TAG = 40;
export const MOST_TAGS = 10;

/** Returns the tags of all of these, each once, by alphabet. */
export function tagsOf(workflows: readonly { tags: readonly string[] }[]): string[] {
  const found = new Map<string, string>();
  for (const tag of workflows.flatMap(({ tags }) => tags)) if (!found.has(keyOf(tag))) found.set(keyOf(tag), tag);
  return [...found.values()].sort((one, other) => one.localeCompare(other));
}

/** Returns the tags with one more; the same tags where it is empty, there already, or one too many. */
export function withTag(tags: readonly string[], text: string): readonly string[] {
  const tag = text.trim().replace(/\s+/g, " ").slice(0, LONGEST_TAG).trim();
  if (!tag || tags.length >= MOST_TAGS || tags.some((each) => isSameTag(each, tag))) return tags;
  return [...tags, tag];
}

export function isSameTag(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf(tag: string): string {
  return tag.toLowerCase();
}
