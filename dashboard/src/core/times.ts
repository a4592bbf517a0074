// Moments by the clocks of a location: written for people, and read from what people type.

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** How much is shown of a moment; each that has a time names the zone. */
export type Detail = "date" | "day" | "clock" | "minutes" | "seconds" | "full";

const DATE: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const DETAILS: Readonly<Record<Detail, Intl.DateTimeFormatOptions>> = {
  date: DATE,
  day: { dateStyle: "full" },
  clock: { hour: "numeric", minute: "2-digit", timeZoneName: "short" },
  minutes: { ...DATE, hour: "numeric", minute: "2-digit", timeZoneName: "short" },
  seconds: { dateStyle: "medium", timeStyle: "long" },
  full: { dateStyle: "full", timeStyle: "long" },
};

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** Returns the zone, or UTC in the place of one that this browser does not know. */
export function knownZone(name: string): string {
  try {
    offsetAt(0, name);
    return name;
  } catch {
    return "UTC";
  }
}

/**
 * Returns a moment as the zone's clocks and calendars show it; a text that is no moment as it is.
 *
 * @param language A BCP 47 tag; the browser's own if it is left out.
 */
export function written(iso: string, zone: string, detail: Detail, language?: string): string {
  const moment = Date.parse(iso);
  if (Number.isNaN(moment)) return iso;
  return new Intl.DateTimeFormat(language, { ...DETAILS[detail], timeZone: zone }).format(moment);
}

/** Returns a moment in full, and by the reader's own clock too where that shows another time. */
export function explained(iso: string, zone: string, ownZone: string, language?: string): string {
  const there = `${written(iso, zone, "full", language)} (${zone})`;
  const moment = Date.parse(iso);
  if (offsetAt(moment, zone) === offsetAt(moment, ownZone)) return there;
  return `${there}\n${written(iso, ownZone, "full", language)} on your own clock`;
}

/**
 * Returns a moment as "3 hours ago", null for one that is more than a week away.
 *
 * Days are those of the zone's calendar: "tomorrow" is never the day after.
 */
export function relative(iso: string, zone: string, now = Date.now()): string | null {
  const moment = Date.parse(iso);
  const away = moment - now;
  if (!(Math.abs(away) <= WEEK_MS)) return null;
  if (Math.abs(away) >= DAY_MS) return RELATIVE.format(dayOf(moment, zone) - dayOf(now, zone), "day");
  const step = STEPS.find(([, size]) => Math.abs(away) >= size);
  return step ? RELATIVE.format(Math.round(away / step[1]), step[0]) : "just now";
}

/** Returns how far a moment's day in the zone is from today, such as "tomorrow"; null beyond a week. */
export function relativeDay(iso: string, zone: string, now = Date.now()): string | null {
  const days = dayOf(Date.parse(iso), zone) - dayOf(now, zone);
  return Math.abs(days) * DAY_MS <= WEEK_MS ? RELATIVE.format(days, "day") : null;
}

/** A day of a zone's calendar, and what is on it. */
export interface Day<T> {
  /** The first of its moments. */
  at: string;
  items: T[];
}

/** Returns what is ordered by time as days of the zone. */
export function byDay<T extends { at: string }>(items: readonly T[], zone: string): Day<T>[] {
  const days = new Map<number, Day<T>>();
  for (const item of items) {
    const number = dayOf(Date.parse(item.at), zone);
    const day = days.get(number);
    if (day) day.items.push(item);
    else days.set(number, { at: item.at, items: [item] });
  }
  return [...days.values()];
}

export function isPast(iso: string, now = Date.now()): boolean {
  return Date.parse(iso) < now;
}

/** Returns what the zone's clocks show at a moment, as an input of date and time wants it; empty for none. */
export function wallTime(iso: string, zone: string): string {
  const moment = Date.parse(iso);
  return (isoOf(moment + offsetAt(moment, zone)) ?? "").slice(0, "2026-06-12T18:30".length);
}

/** Returns a stored time for an input of date and time: by the zone's clock where it has an offset; empty for none. */
export function typedTime(stored: string, zone: string): string {
  if (Number.isNaN(Date.parse(stored))) return "";
  return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(stored) ? wallTime(stored, zone) : stored;
}

/**
 * Returns the moment (RFC 3339, UTC) at which the zone's clocks show a time such as "2026-06-12T18:30"; null for
 * what is no time.
 *
 * As in the API, a time that is left out in spring means the first moment after the gap, and one that
 * comes twice in autumn the first of the two.
 */
export function momentOf(wall: string, zone: string): string | null {
  const shown = Date.parse(`${wall}Z`);
  if (Number.isNaN(shown)) return null;
  const before = shown - offsetAt(shown - 2 * DAY_MS, zone);
  const after = shown - offsetAt(shown + 2 * DAY_MS, zone);
  const found = [before, after]
    .sort((one, other) => one - other)
    .find((moment) => moment + offsetAt(moment, zone) === shown);
  return isoOf(found ?? changeBetween(after, before, zone));
}

/** Returns the moment (RFC 3339, UTC) at which the zone's day began that was so many days ago. */
export function startOfDay(daysAgo: number, zone: string, now = Date.now()): string {
  const day = new Date((dayOf(now, zone) - daysAgo) * DAY_MS).toISOString();
  return momentOf(day.slice(0, "2026-06-12T00:00".length), zone) ?? day;
}

/** Returns a moment in writing (RFC 3339, UTC); null beyond the calendar, which has an end. */
function isoOf(moment: number): string | null {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Returns how far the zone's clocks are ahead of UTC at a moment, in milliseconds; not a number beyond the calendar. */
function offsetAt(moment: number, zone: string): number {
  if (Number.isNaN(new Date(moment).getTime())) return NaN;
  const parts = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(moment / 1000) * 1000;
}

/** Returns the day of a moment in the zone, counted from 1970. */
function dayOf(moment: number, zone: string): number {
  return Math.floor((moment + offsetAt(moment, zone)) / DAY_MS);
}

/** Returns the first moment, to the second, at which the zone's clocks are as they are at `end`. */
function changeBetween(start: number, end: number, zone: string): number {
  const wanted = offsetAt(end, zone);
  let [low, high] = [start, end];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(middle, zone) === wanted) high = middle;
    else low = middle;
  }
  return high;
}
