// The settings: whose value holds, what is sent back, and where a problem is shown.
import { describe, expect, it } from "vitest";
import {
  clockIn,
  hoursBetween,
  sampleOf,
  settingChanges,
  sourceOf,
  valueOf,
  withoutOwn,
} from "../../src/core/settings";

const effective = { name: "Spree Kayaks", timezone: "Europe/Berlin", email: null };

describe("a setting", () => {
  it("is as the booking system states it until it is set", () => {
    expect(sourceOf("name", {}, {})).toBe("stated");
    expect(valueOf("name", {}, {}, effective)).toBe("Spree Kayaks");
  });

  it("is the operators' own once it is set, also where it says that there is none", () => {
    expect(sourceOf("email", { email: null }, {})).toBe("own");
    expect(valueOf("email", { email: null }, {}, { email: "a@example.com" })).toBeNull();
  });

  it("is not known after it was given back, as the effective value was the own one", () => {
    const saved = { name: "Ours" };
    const own = withoutOwn(saved, "name");
    expect(own).toEqual({});
    expect(sourceOf("name", own, saved)).toBe("unknown");
    expect(valueOf("name", own, saved, { name: "Ours" })).toBeUndefined();
  });

  it("that was set and set back is no change", () => {
    expect(settingChanges({ timezone: "UTC" }, { timezone: "UTC" })).toEqual([]);
    expect(settingChanges({}, { quiet_hours: { start: "21:00", end: "08:00" } })).toHaveLength(1);
  });
});

describe("help", () => {
  const now = new Date("2026-06-01T12:00:00Z");

  it("shows the local time, and nothing for a zone that is not known", () => {
    expect(clockIn("Europe/Berlin", now)).toMatch(/2:00|14:00/);
    expect(clockIn("Mars/Olympus", now)).toBeNull();
  });

  it("shows how a language looks, and nothing for one that is not known", () => {
    expect(sampleOf("de-DE", now)).toContain("1.234,50");
    expect(sampleOf("no such language", now)).toBeNull();
  });

  it("counts quiet hours over midnight", () => {
    expect(hoursBetween("21:00", "08:00")).toBe(11);
    expect(hoursBetween("12:30", "14:00")).toBe(1.5);
  });
});
