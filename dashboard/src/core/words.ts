// Names of the API's contract as words for people.

/** Returns a name such as `due_in_hours` as words. */
export function words(name: string): string {
  const text = name.replaceAll("_", " ").replaceAll(/\b(json|sms|url)\b/g, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
