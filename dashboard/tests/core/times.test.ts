// Times by the location's clocks: written, shown relatively, and read, also where clocks change.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explained, isPast, knownZone, momentOf, relative, startOfDay, typedTime, wallTime, written } from "../../src/core/times";

const BERLIN = "Europe/Berlin";
const LORD_HOWE = "Australia/Lord_Howe";
const AUCKLAND = "Pacific/Auckland";
const ZONES = [BERLIN, LORD_HOWE, AUCKLAND, "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"];

describe("a moment in writing", () => {
  it("is what the location's clocks show, and names their zone", () => {
    expect(written("2027-06-12T16:30:00Z", BERLIN, "minutes", "en-GB")).toBe("12 Jun 2027, 18:30 CEST");
    expect(written("2027-01-12T16:30:09Z", BERLIN, "seconds", "en-GB")).toBe("12 Jan 2027, 17:30:09 CET");
    expect(written("2027-06-12T16:30:00Z", AUCKLAND, "date", "en-GB")).toBe("13 Jun 2027");
  });

  it.each([
    ["2026-03-29T00:59:59Z", BERLIN, "29 Mar 2026, 01:59 CET"],
    ["2026-03-29T01:00:00Z", BERLIN, "29 Mar 2026, 03:00 CEST"],
    ["2026-10-25T00:30:00Z", BERLIN, "25 Oct 2026, 02:30 CEST"],
    ["2026-10-25T01:30:00Z", BERLIN, "25 Oct 2026, 02:30 CET"],
    ["2026-10-03T15:29:00Z", LORD_HOWE, "4 Oct 2026, 01:59 GMT+10:30"],
    ["2026-10-03T15:30:00Z", LORD_HOWE, "4 Oct 2026, 02:30 GMT+11"],
    ["2026-04-04T14:45:00Z", LORD_HOWE, "5 Apr 2026, 01:45 GMT+11"],
    ["2026-04-04T15:15:00Z", LORD_HOWE, "5 Apr 2026, 01:45 GMT+10:30"],
  ])("shows %s in %s where the clocks change: %s", (iso, zone, text) => {
    expect(written(iso, zone, "minutes", "en-GB")).toBe(text);
  });

  it("is explained by the reader's own clock where that shows another time", () => {
    const iso = "2027-06-12T16:30:00Z";
    const there = /^Saturday,? 12 June 2027 at 18:30:00 CEST \(Europe\/Berlin\)/;
    expect(explained(iso, BERLIN, "Europe/Paris", "en-GB")).toMatch(new RegExp(`${there.source}$`));
    expect(explained(iso, BERLIN, AUCKLAND, "en-GB")).toMatch(
      new RegExp(`${there.source}\nSunday,? 13 June 2027 at 04:30:00 GMT\\+12 on your own clock$`),
    );
  });

  it("is in UTC where the browser does not know the zone", () => {
    expect(knownZone("Mars/Olympus_Mons")).toBe("UTC");
    expect(knownZone(LORD_HOWE)).toBe(LORD_HOWE);
  });
});

describe("a moment shown relatively", () => {
  const now = Date.parse("2026-11-23T21:30:00Z");
  it.each([
    ["2026-11-23T21:29:30Z", "just now"],
    ["2026-11-23T21:05:00Z", "25 minutes ago"],
    ["2026-11-23T18:30:00Z", "3 hours ago"],
    ["2026-11-22T21:30:00Z", "yesterday"],
    // 26 hours on, but two midnights away in Berlin.
    ["2026-11-24T23:30:00Z", "in 2 days"],
    ["2026-11-24T22:30:00Z", "tomorrow"],
    ["2026-11-16T21:30:00Z", "7 days ago"],
    ["2026-11-16T21:29:00Z", null],
  ])("%s is %s", (iso, text) => {
    expect(relative(iso, BERLIN, now)).toBe(text);
  });

  it("knows past from future to the moment", () => {
    expect(isPast("2026-11-23T21:29:59Z", now)).toBe(true);
    expect(isPast("2026-11-23T22:30:01+01:00", now)).toBe(false);
  });
});

describe("a time that somebody types", () => {
  it.each([
    ["2027-06-12T18:30", BERLIN, "2027-06-12T16:30:00.000Z"],
    ["2027-06-12T18:30", AUCKLAND, "2027-06-12T06:30:00.000Z"],
    ["2026-03-29T02:30", BERLIN, "2026-03-29T01:00:00.000Z"],
    ["2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00.000Z"],
    ["2026-10-04T02:15", LORD_HOWE, "2026-10-03T15:30:00.000Z"],
    ["2026-04-05T01:45", LORD_HOWE, "2026-04-04T14:45:00.000Z"],
    // Samoa left this day out.
    ["2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
  ])("%s in %s is %s", (wall, zone, moment) => {
    expect(momentOf(wall, zone)).toBe(moment);
  });

  it("is shown by the location's clock if it was stored with an offset", () => {
    expect(typedTime("2027-06-12T18:30", AUCKLAND)).toBe("2027-06-12T18:30");
    expect(typedTime("2027-06-12T16:30:00Z", BERLIN)).toBe("2027-06-12T18:30");
    expect(typedTime("2027-06-12T12:30:00-04:00", BERLIN)).toBe("2027-06-12T18:30");
    expect(typedTime("", BERLIN)).toBe("");
  });

  it("is shown again as it was typed, in any zone, unless clocks leave it out", () => {
    const minutes = fc.integer({ min: Date.UTC(2000, 0, 1) / 60_000, max: Date.UTC(2040, 0, 1) / 60_000 });
    fc.assert(
      fc.property(minutes, fc.constantFrom(...ZONES), (minute, zone) => {
        const wall = wallTime(new Date(minute * 60_000).toISOString(), zone);
        expect(wallTime(momentOf(wall, zone) ?? "", zone)).toBe(wall);
      }),
    );
  });
});

describe("the start of a day", () => {
  it("is midnight at the location, not here and not in UTC", () => {
    const now = Date.parse("2026-11-23T23:30:00Z");
    expect(startOfDay(0, BERLIN, now)).toBe("2026-11-23T23:00:00.000Z");
    expect(startOfDay(0, "UTC", now)).toBe("2026-11-23T00:00:00.000Z");
    expect(startOfDay(7, AUCKLAND, now)).toBe("2026-11-16T11:00:00.000Z");
  });

  it("counts days of the calendar over a change of clocks", () => {
    const now = Date.parse("2026-10-26T08:00:00Z");
    expect(startOfDay(1, BERLIN, now)).toBe("2026-10-24T22:00:00.000Z");
    expect(startOfDay(0, BERLIN, now)).toBe("2026-10-25T23:00:00.000Z");
  });
});
