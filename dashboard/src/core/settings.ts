// The settings of a location under an operator's hands: what is their own, what the booking system states.
import type { components } from "../api/schema";
import { fieldChanges, type FieldChange } from "./difference";

type Schemas = components["schemas"];

export type LocationSettings = Schemas["LocationSettings"];
export type SettingName = keyof LocationSettings;
export type Admin = Schemas["Admin"];

/** What the operators set; a field that is not in it is as the booking system states it. */
export type OwnSettings = Partial<LocationSettings>;

/** Where a value comes from; `unknown` until a save shows what the booking system states. */
export type Source = "own" | "stated" | "unknown";

export function sourceOf(name: SettingName, own: OwnSettings, saved: OwnSettings): Source {
  if (name in own) return "own";
  return name in saved ? "unknown" : "stated";
}

/** Returns the value that holds, as far as it is known. */
export function valueOf<N extends SettingName>(
  name: N,
  own: OwnSettings,
  saved: OwnSettings,
  effective: OwnSettings,
): LocationSettings[N] | undefined {
  const source = sourceOf(name, own, saved);
  if (source === "own") return own[name];
  return source === "stated" ? effective[name] : undefined;
}

/** Returns the settings without one of their fields, which is then as the booking system states it. */
export function withoutOwn(own: OwnSettings, name: SettingName): OwnSettings {
  const { [name]: _dropped, ...rest } = own;
  return rest;
}

/** Returns what differs between two settings, for people. */
export function settingChanges(before: OwnSettings, after: OwnSettings): FieldChange[] {
  return fieldChanges(before, after);
}

/** Returns what a clock on the wall of the zone shows, null for a zone that is not known. */
export function clockIn(timezone: string, now: Date): string | null {
  try {
    return now.toLocaleTimeString(undefined, { timeZone: timezone, hour: "2-digit", minute: "2-digit" });
  } catch {
    return null;
  }
}

/** Returns how dates and prices look in the language, null for one that is not known. */
export function sampleOf(locale: string, now: Date, currency = "EUR"): string | null {
  if (locale === "") return null;
  try {
    const date = now.toLocaleDateString(locale, { dateStyle: "full" });
    const price = (1234.5).toLocaleString(locale, { style: "currency", currency });
    return `${date} · ${price}`;
  } catch {
    return null;
  }
}

/** Returns the hours between two local times, the second one on the next day if it is not later. */
export function hoursBetween(start: string, end: string): number {
  const minutes = (text: string) => {
    const [hours = 0, rest = 0] = text.split(":").map(Number);
    return hours * 60 + rest;
  };
  const day = 24 * 60;
  return ((((minutes(end) - minutes(start)) % day) + day) % day) / 60;
}
