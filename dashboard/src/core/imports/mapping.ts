// Which column of a file means what, and how its dates, amounts and statuses are written.
import type { Line, Sheet } from "./file";

/** What a column can mean: the fields of a row, and two that only the browser knows. */
export const FIELDS = [
  { name: "booking_id", label: "Booking id", group: "Booking", help: "As your booking system's events name it", guesses: "booking id,id,booking number,booking no,reservation id,buchungsnummer,order id" },
  { name: "confirmation_code", label: "Confirmation code", group: "Booking", guesses: "confirmation code,code,reference,booking reference,confirmation,booking code,buchungscode,ref" },
  { name: "status", label: "Status", group: "Booking", guesses: "status,state,booking status" },
  { name: "start_time", label: "Start", group: "Booking", guesses: "start,start time,starts,begin,date,start date,from,datum,beginn,departure,booking.start_time" },
  { name: "start_clock", label: "Start: time of day", group: "Booking", help: "If it stands in a column of its own", guesses: "time,start clock,start hour,uhrzeit" },
  { name: "end_time", label: "End", group: "Booking", guesses: "end,end time,ends,end date,to,ende,until" },
  { name: "end_clock", label: "End: time of day", group: "Booking", help: "If it stands in a column of its own", guesses: "end clock,end hour" },
  { name: "booked_at", label: "Booked at", group: "Booking", guesses: "booked at,created,created at,booking date,booked on,gebucht am" },
  { name: "changed_at", label: "Last change", group: "Booking", guesses: "updated,updated at,last change,modified,changed at,last modified" },
  { name: "activity_id", label: "Activity id", group: "Booking", guesses: "activity id,product id,tour id,activity.id" },
  { name: "activity_name", label: "Activity", group: "Booking", guesses: "activity,activity name,product,product name,tour,experience,aktivitat,service,activity.name" },
  { name: "party_size", label: "Party size", group: "Booking", guesses: "party size,people,guests,participants,pax,personen,quantity,teilnehmer" },
  { name: "total_amount", label: "Amount", group: "Booking", guesses: "amount,total,total amount,price,betrag,preis,total price,total amount.amount" },
  { name: "currency", label: "Currency", group: "Booking", guesses: "currency,wahrung,total amount.currency" },
  { name: "notes", label: "Notes", group: "Booking", guesses: "notes,note,comment,comments,remarks,notizen,bemerkung" },
  { name: "full_name", label: "Whole name", group: "Guest", help: "If first and last name stand in one column", guesses: "name,customer,customer name,guest,guest name,full name,kunde,gast" },
  { name: "first_name", label: "First name", group: "Guest", guesses: "first name,firstname,given name,vorname,customer.first name" },
  { name: "last_name", label: "Last name", group: "Guest", guesses: "last name,lastname,surname,family name,nachname,customer.last name" },
  { name: "email", label: "E-mail", group: "Guest", guesses: "email,e mail,mail,email address,customer email,customer.email" },
  { name: "phone", label: "Phone", group: "Guest", guesses: "phone,phone number,mobile,telephone,telefon,handy,customer phone,customer.phone" },
  { name: "locale", label: "Language", group: "Guest", guesses: "language,locale,sprache,customer.locale" },
  { name: "customer_id", label: "Guest id", group: "Guest", guesses: "customer id,guest id,client id,kundennummer,customer.id" },
  { name: "marketing_opt_out", label: "No marketing (yes or no)", group: "Guest", guesses: "marketing opt out,no marketing,opt out,customer.marketing opt out" },
] as const satisfies readonly { name: string; label: string; group: string; help?: string; guesses: string }[];

export type FieldName = (typeof FIELDS)[number]["name"];

export const STATUSES = ["draft", "pending", "confirmed", "cancelled", "completed", "no_show"] as const;
export type StatusName = (typeof STATUSES)[number];

/** How dates are written; "" is not chosen yet. */
export type DateForm = "" | "ymd" | "dmy" | "mdy";

export const DATE_FORMS: Readonly<Record<Exclude<DateForm, "">, string>> = {
  ymd: "Year first: 2026-12-31 14:30",
  dmy: "Day first: 31.12.2026 14:30, 31/12/2026",
  mdy: "Month first: 12/31/2026 2:30 PM",
};

export interface Mapping {
  columns: Readonly<Partial<Record<FieldName, number>>>;
  dates: DateForm;
  decimal: "." | ",";
  /** The currency of amounts that name none. */
  currency: string;
  /** What the words in the column of statuses mean. */
  statuses: Readonly<Record<string, StatusName | "">>;
  /** The status of rows that have none. */
  status: StatusName;
  /** Whether the columns that mean nothing here are kept for templates. */
  keepsOthers: boolean;
}

/** At most so many statuses; a column with more words holds something else. */
export const MOST_STATUSES = 30;

const STATUS_WORDS: Readonly<Record<StatusName, string>> = {
  draft: "draft,entwurf,cart",
  pending: "pending,requested,open,unpaid,tentative,option,angefragt,offen,unconfirmed",
  confirmed: "confirmed,booked,paid,active,ok,accepted,bestatigt,gebucht,bezahlt,reserved",
  cancelled: "cancelled,canceled,void,refunded,storniert,abgesagt,deleted,rejected",
  completed: "completed,complete,done,finished,checked in,attended,abgeschlossen,redeemed,arrived",
  no_show: "no show,noshow,no showed,nicht erschienen,missed",
};

/** Returns a text as names are compared: small letters without accents, words apart. */
export function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.]+/gu, " ")
    .trim();
}

/** Returns what a sheet seems to mean; each part can be changed. */
export function guessed(sheet: Sheet): Mapping {
  const names = sheet.columns.map(plain);
  const columns: Partial<Record<FieldName, number>> = {};
  const taken = new Set<number>();
  // A name that says it best comes first: "id" is a booking's only where nothing is called "booking id".
  const most = Math.max(...FIELDS.map(({ guesses }) => guesses.split(",").length));
  for (let place = 0; place < most; place += 1) {
    for (const { name, guesses } of FIELDS) {
      const guess = guesses.split(",")[place];
      const at = guess === undefined || name in columns ? -1 : names.findIndex((each, index) => each === plain(guess) && !taken.has(index));
      if (at < 0) continue;
      columns[name] = at;
      taken.add(at);
    }
  }
  const mapping: Mapping = { columns, dates: "", decimal: ".", currency: "", statuses: {}, status: "confirmed", keepsOthers: false };
  return { ...mapping, dates: datesOf(sheet, columns), decimal: decimalOf(sheet, columns), statuses: statusesOf(sheet, columns.status) };
}

/** Returns the words of the column of statuses, with what they seem to mean; more than `MOST_STATUSES` for other columns. */
export function statusesOf(sheet: Sheet, column: number | undefined): Record<string, StatusName | ""> {
  if (column === undefined) return {};
  const found = new Map<string, StatusName | "">();
  for (const { cells } of sheet.lines) {
    const word = cells[column];
    if (word && !found.has(word)) found.set(word, statusOf(word));
    if (found.size > MOST_STATUSES) break;
  }
  return Object.fromEntries(found);
}

function statusOf(word: string): StatusName | "" {
  const sought = plain(word);
  return STATUSES.find((status) => STATUS_WORDS[status].split(",").includes(sought)) ?? "";
}

const TIME_FIELDS = ["start_time", "end_time", "booked_at", "changed_at"] as const;
const GUESSED_BY = 5_000;

/** Returns how all dates can be read, "" where that is more than one way, or none. */
export function datesOf(sheet: Sheet, columns: Mapping["columns"]): DateForm {
  let isDmy = true;
  let isMdy = true;
  let isYmd = true;
  let dates = 0;
  for (const line of sheet.lines.slice(0, GUESSED_BY)) {
    for (const name of TIME_FIELDS) {
      const text = cell(line, columns[name]);
      if (!text || clockOf(text) !== null) continue;
      dates += 1;
      isYmd &&= YMD.test(text);
      const [, first = "", second = ""] = /^(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}\b/.exec(text) ?? [];
      isDmy &&= Number(first) >= 1 && Number(second) >= 1 && Number(second) <= 12;
      isMdy &&= Number(second) >= 1 && Number(first) >= 1 && Number(first) <= 12;
    }
  }
  if (dates === 0 || isYmd) return dates === 0 ? "" : "ymd";
  return isDmy === isMdy ? "" : isDmy ? "dmy" : "mdy";
}

function decimalOf(sheet: Sheet, columns: Mapping["columns"]): "." | "," {
  const amounts = sheet.lines.slice(0, GUESSED_BY).map((line) => cell(line, columns.total_amount));
  return amounts.some((text) => /,\d{2}(?!\d)/.test(text)) && !amounts.some((text) => /\.\d{2}(?!\d)/.test(text)) ? "," : ".";
}

/** Returns the text of a line's column, empty where it has none. */
export function cell(line: Line, column: number | undefined): string {
  return column === undefined ? "" : (line.cells[column] ?? "");
}

const YMD = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(.+))?$/;
const DMY = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[T ,]+(.+))?$/;

/**
 * Returns a date, with its time if it has one, in the form that the API reads: local without an offset.
 *
 * A text of another form comes back as it is: the API says what is wrong with it.
 */
export function isoOf(text: string, form: DateForm): string {
  const found = (form === "ymd" ? YMD : DMY).exec(text.trim());
  if (!found || !form) return text;
  const [, one = "", two = "", three = "", rest = ""] = found;
  const [year, month, day] = form === "ymd" ? [one, two, three] : form === "dmy" ? [three, two, one] : [three, one, two];
  const date = `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (!rest) return date;
  const clock = clockOf(rest);
  return clock === null ? text : `${date}T${clock}`;
}

const CLOCK = /^(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?)?\s*(?:([ap])\.?m\.?|Uhr|h)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Returns a time of day such as "14:30:00", with its offset if it has one; null for what is none. */
export function clockOf(text: string): string | null {
  const [all, hours = "", minutes, seconds = "00", half, offset = ""] = CLOCK.exec(text.trim()) ?? [];
  if (all === undefined || (minutes === undefined && !half)) return null;
  let hour = Number(hours);
  if (half && (hour < 1 || hour > 12)) return null;
  if (half) hour = (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  return `${String(hour).padStart(2, "0")}:${minutes ?? "00"}:${seconds}${offset.toUpperCase()}`;
}

/** Returns an amount as "1234.50 EUR", as far as it says so; another text comes back as it is. */
export function amountOf(text: string, decimal: "." | ",", currency: string): string {
  if (!text) return "";
  const named = /[A-Za-z]{3}/.exec(text)?.[0] ?? SIGNS.find(([sign]) => text.includes(sign))?.[1] ?? currency;
  const digits = text.replaceAll(/[A-Za-z€£$¥\s\u00a0\u202f'’]/g, "");
  const groups = decimal === "." ? /,(?=\d{3}(?!\d))/g : /\.(?=\d{3}(?!\d))/g;
  const number = digits.replaceAll(groups, "").replace(decimal, ".");
  return /^-?\d+(\.\d+)?$/.test(number) ? `${number} ${named.toUpperCase()}`.trim() : text;
}

const SIGNS = [
  ["€", "EUR"],
  ["£", "GBP"],
] as const;
