// A location that is being added: what was entered, and what is sent.
import type { components } from "../api/schema";

export interface NewLocation {
  name: string;
  /** Empty as long as it follows from the name. */
  id: string;
  timezone: string;
  locale: string;
  country: string;
  currency: string;
  email: string;
  hasQuietHours: boolean;
  quietFrom: string;
  quietUntil: string;
}

export const NO_LOCATION: NewLocation = {
  name: "",
  id: "",
  timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale: "",
  country: "",
  currency: "",
  email: "",
  hasQuietHours: true,
  quietFrom: "21:00",
  quietUntil: "08:00",
};

const MOST_CHARACTERS = 60;

/** Returns an id that people recognize the name by; empty where the name has no letters of one. */
export function idOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .replaceAll("ø", "o")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MOST_CHARACTERS)
    .replace(/^-+|-+$/g, "");
}

/** Returns the settings that are sent; what was left empty is left out. */
export function newSettings(entered: NewLocation): components["schemas"]["NewLocation"] {
  const { name, timezone, locale, country, currency, email, hasQuietHours, quietFrom, quietUntil } = entered;
  const given = { timezone, locale, country: country.toUpperCase(), currency: currency.toUpperCase(), email };
  const filled = Object.entries(given).filter(([, value]) => value.trim() !== "");
  return {
    name: name.trim(),
    ...Object.fromEntries(filled.map(([field, value]) => [field, value.trim()])),
    quiet_hours: hasQuietHours ? { start: quietFrom, end: quietUntil } : null,
    // The contract's types call fields with a default required; the API does not.
  } as components["schemas"]["NewLocation"];
}

/** Returns what a currency is called, null for one that is not known. */
export function currencyName(code: string): string | null {
  try {
    const name = new Intl.DisplayNames(undefined, { type: "currency", fallback: "none" }).of(code.toUpperCase());
    return name ?? null;
  } catch {
    return null;
  }
}
