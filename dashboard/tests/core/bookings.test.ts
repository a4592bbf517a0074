// Bookings by what people call them.
import { describe, expect, it } from "vitest";
import { codeOf, guestOf, namedBy, type Visit } from "../../src/core/bookings";

const visit = (id: string, code: string | null, guest?: string) =>
  ({ booking: { id, confirmation_code: code }, customer: guest ? { first_name: guest, last_name: "" } : null }) as unknown as Visit;
const ADA = visit("bk-1", "KAY-1", "Ada");
const EVE = visit("bk-2", null);
const ALL = [ADA, EVE];

describe("a booking", () => {
  it("is known by its code and its guest, or else by its id", () => {
    expect([codeOf(ADA), guestOf(ADA)]).toEqual(["KAY-1", "Ada"]);
    expect([codeOf(EVE), guestOf(EVE)]).toEqual(["bk-2", ""]);
  });

  it.each([
    ["kay-1", ADA],
    [" bk-2 ", EVE],
    ["KAY", undefined],
    ["", undefined],
  ])("is meant by %j: its whole code or id", (text, wanted) => {
    expect(namedBy(ALL, text)).toBe(wanted);
  });

  it("is not guessed where two have one code", () => {
    expect(namedBy([ADA, visit("bk-3", "KAY-1")], "KAY-1")).toBeUndefined();
  });
});
