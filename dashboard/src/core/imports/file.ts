// Reads a file of bookings: its letters, its columns, its rows. Nothing of it leaves the browser yet.
import type { Parser, ParseResult } from "papaparse";

/** How the bytes of a file stand for letters. */
export type Encoding = "utf-8" | "windows-1252" | "utf-16le";

export const ENCODINGS: Readonly<Record<Encoding, string>> = {
  "utf-8": "UTF-8",
  "windows-1252": "Windows-1252 (Western European)",
  "utf-16le": "UTF-16 (Excel’s Unicode text)",
};

/** What separates the columns of a CSV file; "json" is a file with a JSON object in each line. */
export type Form = "," | ";" | "\t" | "json";

export const FORMS: Readonly<Record<Form, string>> = {
  ",": "Commas",
  ";": "Semicolons",
  "\t": "Tabs",
  json: "JSON, one booking a line",
};

/** A row that holds something. */
export interface Line {
  /** Where it stands: in a CSV file the row as a spreadsheet counts, the head being 1; else the line. */
  row: number;
  cells: readonly string[];
}

export interface Sheet {
  columns: readonly string[];
  lines: readonly Line[];
}

export const MOST_BYTES = 100_000_000;
export const MOST_ROWS = 100_000;

/** Returns the encoding that a file's first bytes name, or that it can be read by. */
export function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}

/** Returns the text of a file; a mark at its beginning is left out. */
export function textOf(bytes: Uint8Array, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** The line that names the separator for Excel. */
const SEPARATOR_LINE = /^sep=[;,\t]\r?\n/i;

/** Returns the form of a text: what its first line has most of. */
export function formOf(text: string): Form {
  if (/^\s*\{/.test(text)) return "json";
  const head = firstLine(text);
  const counted = ([";", "\t", ","] as const).map((form) => [form, head.split(form).length] as const);
  return counted.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** Returns the first line, without what stands in quotes, where separators separate nothing. */
function firstLine(text: string): string {
  return text
    .slice(0, 20_000)
    .replaceAll(/"(?:[^"]|"")*"/g, "")
    .split(/\r\n|\n|\r/, 1)
    .join("");
}

/**
 * Returns the columns and rows of a text.
 *
 * @throws Error It has no rows, too many, or a line that is not JSON; the message says where and what to do.
 */
export async function sheetOf(text: string, form: Form): Promise<Sheet> {
  const sheet = form === "json" ? fromJson(text) : await fromCsv(text, form);
  if (sheet.lines.length === 0) throw new Error("The file has no rows below its head. Choose another file.");
  if (sheet.lines.length > MOST_ROWS) {
    throw new Error(`The file has ${sheet.lines.length.toLocaleString()} rows. Split it into files of at most ${MOST_ROWS.toLocaleString()} rows.`);
  }
  return sheet;
}

const CHUNK = 500_000;

async function fromCsv(text: string, delimiter: string): Promise<Sheet> {
  const { default: Papa } = await import("papaparse");
  const records: string[][] = [];
  await new Promise<void>((resolve, reject) => {
    Papa.parse<string[]>(text, {
      delimiter,
      chunkSize: CHUNK,
      // The page goes on between two parts of a long file.
      chunk: ({ data, errors }: ParseResult<string[]>, parser: Parser) => {
        const open = errors.find(({ code }) => code === "MissingQuotes");
        if (open) {
          const row = records.length + (open.row ?? 0) + 1;
          reject(new Error(`Row ${row} opens a quotation mark that never ends, so the rows below it cannot be read. Correct it in the file.`));
          parser.abort();
          return;
        }
        for (const record of data) records.push(record);
        parser.pause();
        setTimeout(() => parser.resume());
      },
      complete: () => resolve(),
      error: reject,
    });
  });
  const before = SEPARATOR_LINE.test(text) ? 1 : 0;
  const [head = [], ...rest] = records.slice(before);
  const lines = rest
    .map((cells, index) => ({ row: before + index + 2, cells: cells.map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.some(Boolean));
  const width = Math.max(head.length, ...lines.slice(0, 1000).map(({ cells }) => cells.length));
  return { columns: distinct(Array.from({ length: width }, (_, index) => head[index]?.trim() ?? "")), lines };
}

function fromJson(text: string): Sheet {
  const records: { row: number; record: Record<string, unknown> }[] = [];
  const columns = new Map<string, number>();
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    if (!line.trim()) return;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      record = null;
    }
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      throw new Error(`Line ${index + 1} is not a JSON object. Put one booking on each line, such as {"id": "bk-1"}.`);
    }
    const flat = flattened(record as Record<string, unknown>);
    for (const name of Object.keys(flat)) if (!columns.has(name)) columns.set(name, columns.size);
    records.push({ row: index + 1, record: flat });
  });
  const names = [...columns.keys()];
  return {
    columns: names,
    lines: records.map(({ row, record }) => ({ row, cells: names.map((name) => asText(Object.hasOwn(record, name) ? record[name] : null)) })),
  };
}

/** Returns the values of an object by their paths: a booking system writes `customer.email`. */
function flattened(record: Record<string, unknown>, before = ""): Record<string, unknown> {
  const flat: [string, unknown][] = [];
  for (const [name, value] of Object.entries(record)) {
    const path = before + name;
    if (typeof value === "object" && value !== null && !Array.isArray(value) && path.split(".").length < 4) {
      flat.push(...Object.entries(flattened(value as Record<string, unknown>, `${path}.`)));
    } else {
      flat.push([path, value]);
    }
  }
  return Object.fromEntries(flat);
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value.trim();
  return typeof value === "boolean" ? (value ? "yes" : "no") : JSON.stringify(value);
}

/** Returns names of which none is empty or comes twice. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name, index) => {
    const shown = name || `Column ${index + 1}`;
    const times = (seen.get(shown) ?? 0) + 1;
    seen.set(shown, times);
    return times === 1 ? shown : `${shown} (${times})`;
  });
}
