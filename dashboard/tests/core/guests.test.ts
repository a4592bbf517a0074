// What the dashboard shows of a guest's export and erasure.
import { describe, expect, it } from "vitest";
import { erasedSoFar, isCodeOf, isErased, wholeExport, type CustomerExport } from "../../src/core/guests";

describe("a guest", () => {
  it("is erased where the booking holds a pseudonym", () => {
    expect(isErased({ customer_id: "erased:0123" })).toBe(true);
    expect(isErased({ customer_id: "cus-erased:1" })).toBe(false);
    expect(isErased({})).toBe(false);
  });

  it("is erased by the code of the booking, however it is typed, and by the id only without one", () => {
    const booking = { id: "bk-1", confirmation_code: "KAY-4711" };
    expect(isCodeOf(booking, " kay-4711 ")).toBe(true);
    expect(isCodeOf(booking, "bk-1")).toBe(false);
    expect(isCodeOf(booking, "")).toBe(false);
    expect(isCodeOf({ id: "bk-1", confirmation_code: null }, "BK-1")).toBe(true);
  });

  it("says what was erased, and nothing of what there was none of", () => {
    expect(erasedSoFar({ notes: 1, bookings: 2, tasks: 0, audit_entries: 1200 })).toEqual([
      "2 bookings",
      "1 note",
      "1,200 entries of the audit log",
    ]);
    expect(erasedSoFar({})).toEqual([]);
  });

  it("is exported as one file, however many pages there are", () => {
    const page = (item: string): CustomerExport => ({
      customer: { id: "c" },
      suppressions: [{ masked: "a" }],
      erasure: null,
      items: [{ booking: item }],
      next_cursor: null,
    });
    expect(wholeExport([page("a"), page("b")])).toEqual({
      customer: { id: "c" },
      suppressions: [{ masked: "a" }],
      erasure: null,
      bookings: [{ booking: "a" }, { booking: "b" }],
    });
  });
});
