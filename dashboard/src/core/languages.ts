// Languages by their BCP 47 tags: what people call them, in English and in the language itself.

/** The languages that guests most often have, by tag. */
export const USUAL_LANGUAGES = [
  "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id", "is", "it", "ja",
  "ko", "lt", "lv", "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi",
  "zh-Hans", "zh-Hant",
] as const;

/** Returns a language's English name, such as "German" or "Portuguese (Brazil)"; the tag itself for none. */
export function languageName(tag: string): string {
  return nameIn("en", tag) ?? tag;
}

/** Returns a language's own name with its tag, such as "Français (fr)". */
export function ownLanguageName(tag: string): string {
  const own = nameIn(tag, tag);
  return own === null ? tag : `${own.charAt(0).toLocaleUpperCase(tag)}${own.slice(1)} (${tag})`;
}

/** Returns a language for a list to choose from, by both names: "Français (fr) – French". */
export function listedLanguage(tag: string): string {
  const english = languageName(tag);
  const own = ownLanguageName(tag);
  return own === tag || own === `${english} (${tag})` ? own : `${own} – ${english}`;
}

/** Returns tags with their names to choose from, by their English names. */
export function languageOptions(tags: readonly string[]): (readonly [string, string])[] {
  return tags
    .toSorted((one, other) => languageName(one).localeCompare(languageName(other)))
    .map((tag) => [tag, listedLanguage(tag)] as const);
}

/** Whether a text can be the tag of a language, such as `pt-BR`. */
export function isLanguageTag(text: string): boolean {
  return /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(text.trim());
}

/** Returns a language's name in another language; null for one that has none there. */
function nameIn(language: string, tag: string): string | null {
  try {
    const names = new Intl.DisplayNames([language], { type: "language", languageDisplay: "standard", fallback: "none" });
    return names.of(tag) ?? null;
  } catch {
    return null;
  }
}
