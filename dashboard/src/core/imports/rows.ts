// Turns the lines of a file into the rows of the API, and cuts them into pages.
import type { Line, Sheet } from "./file";
import { amountOf, cell, clockOf, FIELDS, isoOf, plain, type FieldName, type Mapping } from "./mapping";

/** A row as it is sent; what is empty is left out. */
export type ImportRow = { row: number } & Record<string, unknown>;

export interface RowProblem {
  row: number;
  field: string | null;
  reason: string;
  remedy: string;
}

export const PAGE_ROWS = 500;
/** The API takes 256 KB a page. */
export const PAGE_BYTES = 240_000;

/** Fields that are sent as they stand in their column. */
const AS_THEY_ARE = [
  "booking_id",
  "confirmation_code",
  "activity_id",
  "activity_name",
  "party_size",
  "notes",
  "first_name",
  "last_name",
  "email",
  "phone",
  "locale",
  "customer_id",
  "marketing_opt_out",
] as const satisfies readonly FieldName[];

/** Returns the row of a line. */
export function rowOf(line: Line, sheet: Sheet, mapping: Mapping): ImportRow {
  const at = (name: FieldName) => cell(line, mapping.columns[name]);
  const row: Record<string, unknown> = {};
  for (const name of AS_THEY_ARE) if (at(name)) row[name] = at(name);
  const word = at("status");
  const status = word ? mapping.statuses[word] || word : mapping.status;
  const [start, end] = timesOf(line, mapping);
  const times = { start_time: start, end_time: end, booked_at: isoOf(at("booked_at"), mapping.dates), changed_at: isoOf(at("changed_at"), mapping.dates) };
  for (const [name, text] of Object.entries({ status, ...times })) if (text) row[name] = text;
  const amount = amountOf(at("total_amount"), mapping.decimal, at("currency") || mapping.currency);
  if (amount) row["total_amount"] = amount;
  const [first, last] = namesOf(at("full_name"));
  if (first && !row["first_name"]) row["first_name"] = first;
  if (last && !row["last_name"]) row["last_name"] = last;
  const more = mapping.keepsOthers ? othersOf(line, sheet, mapping) : {};
  if (Object.keys(more).length) row["more"] = more;
  return { ...row, row: line.row };
}

/** Returns start and end; an end that is only a time of day is on the day of the start, or after midnight. */
function timesOf(line: Line, { columns, dates }: Mapping): [string, string] {
  const join = (text: string, clock: string) => {
    const date = isoOf(text, dates);
    const time = clock ? clockOf(clock) : null;
    return time !== null && /^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T${time}` : clock && time === null ? `${text} ${clock}` : date;
  };
  const start = join(cell(line, columns.start_time), cell(line, columns.start_clock));
  const endText = cell(line, columns.end_time);
  const endClock = cell(line, columns.end_clock);
  // An export may write "16:00" into the column of the end.
  const clock = clockOf(endClock || endText);
  if (clock !== null && (!endText || !endClock) && (!endText || clockOf(endText) !== null)) {
    const [day = "", begins = ""] = start.split("T");
    return [start, clock >= begins ? `${day}T${clock}` : `${nextDay(day)}T${clock}`];
  }
  return [start, join(endText, endClock)];
}

function nextDay(day: string): string {
  const moment = Date.parse(`${day}T00:00Z`);
  return Number.isNaN(moment) ? day : new Date(moment + 86_400_000).toISOString().slice(0, 10);
}

/** Returns first and last name of a whole one: "Ada Lovelace", or "Lovelace, Ada". */
function namesOf(whole: string): [string, string] {
  const [last = "", first] = whole.split(",", 2).map((part) => part.trim());
  if (first !== undefined) return [first, last];
  const words = whole.split(/\s+/).filter(Boolean);
  return words.length < 2 ? [words[0] ?? "", ""] : [words.slice(0, -1).join(" "), words.at(-1) ?? ""];
}

/** Returns the names by which templates know the columns that mean nothing else. */
export function otherNames(sheet: Sheet, mapping: Mapping): ReadonlyMap<number, string> {
  const used = new Set<number | undefined>(Object.values(mapping.columns));
  const taken = new Set<string>(["notes", ...FIELDS.map(({ name }) => name), "customer_id", "survey_excluded", "imported_at", "id"]);
  const names = new Map<number, string>();
  sheet.columns.forEach((column, index) => {
    if (used.has(index)) return;
    const base = plain(column).replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^[^a-z]+|_+$/g, "").slice(0, 50) || `column_${index + 1}`;
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
    taken.add(name);
    names.set(index, name);
  });
  return names;
}

function othersOf(line: Line, sheet: Sheet, mapping: Mapping): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [index, name] of otherNames(sheet, mapping)) {
    const text = cell(line, index);
    if (text) found[name] = text;
  }
  return found;
}

/** Returns what names the booking of a row, and what another row would name the same; as the API does. */
function namesIn({ booking_id: id, confirmation_code: code }: ImportRow): [string[], string[]] {
  const folded = typeof code === "string" && code ? plain(code) || code : null;
  const ofCode = folded === null ? [] : [`code:${folded}`];
  if (typeof id !== "string" || !id) return [[...ofCode, `lone:${folded}`], ofCode];
  return [[`id:${id}`, ...ofCode], [`id:${id}`, `lone:${folded}`]];
}

/** Returns the rows of a page of the file, and the problems that only the whole file shows. */
export interface Pages {
  pages: ImportRow[][];
  problems: RowProblem[];
}

/** Cuts rows into pages that the API takes; of rows of one booking, all but the first are a problem. */
export function pagesOf(rows: Iterable<ImportRow>): Pages {
  const pages: ImportRow[][] = [];
  const problems: RowProblem[] = [];
  const named = new Map<string, number>();
  const encoder = new TextEncoder();
  let page: ImportRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const [own, same] = namesIn(row);
    const other = same.map((name) => named.get(name)).find((found) => found !== undefined);
    if (other !== undefined) {
      problems.push({ row: row.row, field: null, reason: `Row ${other} names the same booking.`, remedy: "Keep one row of each booking." });
      continue;
    }
    const size = encoder.encode(JSON.stringify(row)).length + 1;
    if (size > PAGE_BYTES) {
      problems.push({ row: row.row, field: null, reason: "The row is larger than 240 KB.", remedy: "Shorten its notes, or leave columns out." });
      continue;
    }
    for (const name of own) if (!named.has(name)) named.set(name, row.row);
    if (page.length === PAGE_ROWS || bytes + size > PAGE_BYTES) {
      pages.push(page);
      [page, bytes] = [[], 0];
    }
    page.push(row);
    bytes += size;
  }
  if (page.length) pages.push(page);
  return { pages, problems };
}

/** What has to be chosen before rows can be sent; empty if nothing is missing. */
export function missing(mapping: Mapping): string[] {
  const { columns, dates, statuses } = mapping;
  const found: string[] = [];
  if (columns.booking_id === undefined && columns.confirmation_code === undefined) {
    found.push("Choose the column with the booking’s id or its confirmation code.");
  }
  if (columns.start_time === undefined) found.push("Choose the column with the start.");
  if (!dates) found.push("Choose how dates are written.");
  const unknown = Object.keys(statuses).filter((word) => !statuses[word]);
  if (columns.status !== undefined && unknown.length) found.push(`Choose what ${unknown.map((word) => `“${word}”`).slice(0, 3).join(", ")} means.`);
  return found;
}
