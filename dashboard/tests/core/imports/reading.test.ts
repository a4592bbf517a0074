// Files of bookings: letters, separators, columns, dates, amounts, pages.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodingOf, formOf, sheetOf, textOf } from "../../../src/core/imports/file";
import { amountOf, clockOf, datesOf, guessed, isoOf, statusesOf, type Mapping } from "../../../src/core/imports/mapping";
import { missing, otherNames, PAGE_BYTES, PAGE_ROWS, pagesOf, rowOf, type ImportRow } from "../../../src/core/imports/rows";

const bytes = (text: string) => new TextEncoder().encode(text);

async function rowsOf(text: string, changes: Partial<Mapping> = {}) {
  const sheet = await sheetOf(text, formOf(text));
  const mapping = { ...guessed(sheet), ...changes };
  return sheet.lines.map((line) => rowOf(line, sheet, mapping));
}

describe("letters", () => {
  test("UTF-8 with and without a mark reads the same", () => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...bytes("Zoë;1")]);
    for (const each of [marked, bytes("Zoë;1")]) {
      expect(encodingOf(each)).toBe("utf-8");
      expect(textOf(each, "utf-8")).toBe("Zoë;1");
    }
  });

  test("what is no UTF-8 is offered as Windows-1252", () => {
    const old = new Uint8Array([0x5a, 0x6f, 0xeb]);
    expect(encodingOf(old)).toBe("windows-1252");
    expect(textOf(old, "windows-1252")).toBe("Zoë");
  });

  test("Excel's Unicode text is UTF-16", () => {
    const excel = new Uint8Array([0xff, 0xfe, 0x5a, 0x00, 0x09, 0x00, 0xeb, 0x00]);
    expect(textOf(excel, encodingOf(excel))).toBe("Z\të");
  });
});

describe("rows", () => {
  test.each([
    ["id,name\n1,Ada", ","],
    ["id;name;price\n1;Ada;1,50", ";"],
    ["id\tname\n1\tAda", "\t"],
    ['"id;x","name,y","z"\n1,2,3', ","],
    ['{"id": 1}\n', "json"],
  ])("%j is separated by %j", (text, form) => {
    expect(formOf(text)).toBe(form);
  });

  test("quoted line breaks, quotes and empty rows keep the numbers of a spreadsheet", async () => {
    const sheet = await sheetOf('id,notes\r\n1,"two\r\nlines, ""said"""\r\n,\r\n3,x\r\n', ",");
    expect(sheet.lines).toEqual([
      { row: 2, cells: ["1", 'two\r\nlines, "said"'] },
      { row: 4, cells: ["3", "x"] },
    ]);
  });

  test("the line that tells Excel the separator stands above the head", async () => {
    const text = "sep=;\r\nid;name\r\n1;Ada\r\n";
    expect(await sheetOf(text, formOf(text))).toEqual({ columns: ["id", "name"], lines: [{ row: 3, cells: ["1", "Ada"] }] });
  });

  test("a quotation mark that never ends swallows no rows", async () => {
    await expect(sheetOf('id,name\n1,Ada\n2,"Bo\n3,Cy\n', ",")).rejects.toThrow(/^Row 3 opens a quotation mark/);
    const long = `id,name\n${"1,Ada\n".repeat(90_000)}2,"Bo\n3,Cy`;
    await expect(sheetOf(long, ",")).rejects.toThrow(/^Row 90002 opens a quotation mark/);
  });

  test("columns without a name, or with one that comes twice, get names of their own", async () => {
    expect((await sheetOf("id,,id\n1,2,3,4", ",")).columns).toEqual(["id", "Column 2", "id (2)", "Column 4"]);
  });

  test("JSON lines come with the paths of their values", async () => {
    const text = '{"id": 7, "customer": {"email": "a@b.c"}, "vip": true}\n\n{"id": "x", "tags": ["a"], "__proto__": "z"}\n';
    const sheet = await sheetOf(text, "json");
    expect(sheet.columns).toEqual(["id", "customer.email", "vip", "tags", "__proto__"]);
    expect(sheet.lines).toEqual([
      { row: 1, cells: ["7", "a@b.c", "yes", "", ""] },
      { row: 3, cells: ["x", "", "", '["a"]', "z"] },
    ]);
  });

  test.each(["[1]", "x", '{"id": 1}\n{"id"', "null"])("%j is no file of JSON lines", async (text) => {
    await expect(sheetOf(text, "json")).rejects.toThrow(/^Line \d is not a JSON object/);
  });

  test("a head alone, and too many rows, are refused with what to do", async () => {
    await expect(sheetOf("id,name\n", ",")).rejects.toThrow("no rows");
    await expect(sheetOf(`id\n${"1\n".repeat(100_001)}`, ",")).rejects.toThrow("Split it");
  });
});

describe("meaning", () => {
  test("the columns of an export are recognized", async () => {
    const sheet = await sheetOf("Booking ID,Confirmation Code,Status,Start Time,Customer Email,firstName,Surname,Pax,Total,Währung,Tour\n1,C1,Paid,2026-12-12 10:00,a@b.c,Ada,L,2,10.00,EUR,River\n", ",");
    const { columns, statuses, dates } = guessed(sheet);
    expect(columns).toEqual({
      booking_id: 0,
      confirmation_code: 1,
      status: 2,
      start_time: 3,
      email: 4,
      first_name: 5,
      last_name: 6,
      party_size: 7,
      total_amount: 8,
      currency: 9,
      activity_name: 10,
    });
    expect(statuses).toEqual({ Paid: "confirmed" });
    expect(dates).toBe("ymd");
  });

  test.each([
    ["2026-12-31", "ymd"],
    ["31.12.2026 10:00", "dmy"],
    ["12/31/2026 2:30 PM", "mdy"],
    ["03/04/2026", ""],
    ["next week", ""],
  ])("dates such as %j are of the form %j", async (text, form) => {
    const sheet = await sheetOf(`start,x\n${text},1`, ",");
    expect(datesOf(sheet, { start_time: 0 })).toBe(form);
  });

  test.each([
    ["2026-12-31 14:30", "ymd", "2026-12-31T14:30:00"],
    ["2026-12-31T14:30:15.123+01:00", "ymd", "2026-12-31T14:30:15+01:00"],
    ["2026/1/2", "ymd", "2026-01-02"],
    ["31.12.2026, 14:30 Uhr", "dmy", "2026-12-31T14:30:00"],
    ["1/2/26 9.05", "dmy", "2026-02-01T09:05:00"],
    ["12/31/2026 12:05 am", "mdy", "2026-12-31T00:05:00"],
    ["12/31/2026 2:30 PM", "mdy", "2026-12-31T14:30:00"],
    ["12/31/2026 14:30 foo", "mdy", "12/31/2026 14:30 foo"],
    ["soon", "dmy", "soon"],
  ] as const)("%j by %j is %j", (text, form, iso) => {
    expect(isoOf(text, form)).toBe(iso);
  });

  test.each([
    ["9 am", "09:00:00"],
    ["12 PM", "12:00:00"],
    ["13 pm", null],
    ["9", null],
    ["18h30", "18:30:00"],
  ])("%j is the time of day %j", (text, clock) => {
    expect(clockOf(text)).toBe(clock);
  });

  test.each([
    ["1.234,50 €", ",", "1234.50 EUR"],
    ["$1,234.50", ".", "1234.50 USD"],
    ["CHF 1’234.50", ".", "1234.50 CHF"],
    ["120", ".", "120 USD"],
    ["-5.00", ".", "-5.00 USD"],
    ["free", ".", "free"],
    ["1.2.3", ".", "1.2.3"],
    ["", ".", ""],
  ] as const)("the amount %j with %j is %j", (text, decimal, amount) => {
    expect(amountOf(text, decimal, "USD")).toBe(amount);
  });

  test("statuses are kept separate up to a bound, whatever they are called", async () => {
    const sheet = await sheetOf("status,x\nStorniert,1\nconstructor,1\n__proto__,1\n,1", ",");
    expect(Object.entries(statusesOf(sheet, 0))).toEqual([
      ["Storniert", "cancelled"],
      ["constructor", ""],
      ["__proto__", ""],
    ]);
  });

  test("what is missing is asked for", async () => {
    const sheet = await sheetOf("status,x\nmaybe,1", ",");
    expect(missing(guessed(sheet))).toHaveLength(4);
  });
});

describe("rows of the API", () => {
  test("date and time in columns of their own come together, and an end after midnight is on the next day", async () => {
    const text = "id,date,time,end\n1,31.12.2026,22:00,01:30\n2,31.12.2026,10:00,12:00\n3,31.12.2026,10:00,\n";
    const rows = await rowsOf(text);
    expect(rows.map(({ start_time, end_time }) => [start_time, end_time])).toEqual([
      ["2026-12-31T22:00:00", "2027-01-01T01:30:00"],
      ["2026-12-31T10:00:00", "2026-12-31T12:00:00"],
      ["2026-12-31T10:00:00", undefined],
    ]);
  });

  test.each([
    ["Ada Lovelace", "Ada", "Lovelace"],
    ['"Lovelace, Ada"', "Ada", "Lovelace"],
    ["Ada", "Ada", undefined],
    ["Ana de la Cruz", "Ana de la", "Cruz"],
  ])("the name %s is %s and %s", async (name, first, last) => {
    const [row] = await rowsOf(`id,start,name\n1,2026-12-31,${name}`);
    expect([row?.["first_name"], row?.["last_name"]]).toEqual([first, last]);
  });

  test("other columns are kept for templates only if that is chosen", async () => {
    const text = "id,start,Source Channel,Größe,status (2)\n1,2026-12-31,web,L,x";
    const [without] = await rowsOf(text);
    expect(without).not.toHaveProperty("more");
    const [row] = await rowsOf(text, { keepsOthers: true });
    expect(row?.["more"]).toEqual({ source_channel: "web", grosse: "L", status_2: "x" });
  });

  test("names of other columns are those that the API takes", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), (columns) => {
        const names = [...otherNames({ columns, lines: [] }, { ...guessedNothing, keepsOthers: true }).values()];
        expect(new Set(names).size).toBe(columns.length);
        for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,59}$/);
      }),
    );
  });

  test("an unknown status is sent as it is, so that its row is named", async () => {
    const [row] = await rowsOf("id,start,status\n1,2026-12-31,maybe");
    expect(row?.["status"]).toBe("maybe");
  });
});

const guessedNothing: Mapping = { columns: {}, dates: "", decimal: ".", currency: "", statuses: {}, status: "confirmed", keepsOthers: false };

describe("pages", () => {
  test("each row is on one page, in order, and no page is too large", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 80 }), (sizes) => {
        const rows: ImportRow[] = sizes.map((size, index) => ({ row: index + 2, booking_id: `b${index}`, notes: "ä".repeat(size) }));
        const { pages, problems } = pagesOf(rows);
        expect(problems).toEqual([]);
        expect(pages.flat()).toEqual(rows);
        for (const page of pages) {
          expect(page.length).toBeLessThanOrEqual(PAGE_ROWS);
          expect(new TextEncoder().encode(JSON.stringify({ rows: page })).length).toBeLessThan(PAGE_BYTES + 5_000);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("a thousand usual rows are two pages", () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({ row: index + 2, booking_id: `b${index}` }));
    expect(pagesOf(rows).pages.map((page) => page.length)).toEqual([500, 500]);
  });

  test("rows of one booking are a problem of the later ones, by id or by code", () => {
    const rows: ImportRow[] = [
      { row: 2, booking_id: "a", confirmation_code: "CART" },
      { row: 3, booking_id: "b", confirmation_code: "CART" },
      { row: 4, booking_id: "a" },
      { row: 5, confirmation_code: "cart" },
      { row: 6, confirmation_code: "Ä1" },
      { row: 7, confirmation_code: "a1" },
    ];
    const { pages, problems } = pagesOf(rows);
    expect(pages.flat().map(({ row }) => row)).toEqual([2, 3, 6]);
    expect(problems.map(({ row, reason }) => [row, reason])).toEqual([
      [4, "Row 2 names the same booking."],
      [5, "Row 2 names the same booking."],
      [7, "Row 6 names the same booking."],
    ]);
  });

  test("one row that no page holds is a problem", () => {
    const { pages, problems } = pagesOf([{ row: 2, booking_id: "a", notes: "x".repeat(PAGE_BYTES) }]);
    expect([pages, problems.length]).toEqual([[], 1]);
  });
});
