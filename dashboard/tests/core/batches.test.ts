// Which bookings a choice means, and what is made of a written message.
import { describe, expect, it } from "vitest";
import { audienceOf, dayOf, graphOf, keyOf, nameOf, progressOf, startableOptions, templateOf, tomorrow, type Batch, type Choice, type Departure } from "../../src/core/batches";

const ZONE = "Europe/Berlin";
const CHOICE: Choice = { day: "2026-12-12", departure: "", withCancelled: false, partyMin: "", partyMax: "" };
const SUNSET: Departure = {
  start_time: "2026-12-12T10:00:00+01:00",
  activity_id: "act-1",
  activity_name: "Sunset tour",
  bookings: 40,
  people: 85,
};

describe("the bookings that are meant", () => {
  it("are those of a day by the location's clock", () => {
    expect(audienceOf(CHOICE, [SUNSET], ZONE)).toEqual({
      since: "2026-12-11T23:00:00.000Z",
      until: "2026-12-12T23:00:00.000Z",
      statuses: ["confirmed", "pending", "completed", "no_show"],
    });
  });

  it("are not those of other activities where the departure has none", () => {
    const unnamed = { ...SUNSET, activity_id: null };
    expect(audienceOf({ ...CHOICE, departure: keyOf(unnamed) }, [SUNSET, unnamed], ZONE)).toMatchObject({ without_activity: true });
  });

  it("are those of one departure", () => {
    const audience = audienceOf({ ...CHOICE, departure: keyOf(SUNSET), partyMin: "2" }, [SUNSET], ZONE);
    expect(audience).toMatchObject({ since: SUNSET.start_time, activity_id: "act-1", party_min: 2 });
    expect(Date.parse(audience?.until ?? "")).toBe(Date.parse(SUNSET.start_time) + 1000);
  });

  it("take the cancelled ones in when asked to", () => {
    expect(audienceOf({ ...CHOICE, withCancelled: true }, [], ZONE)?.statuses).toContain("cancelled");
  });

  it.each(["", "2026-13-40", "tomorrow"])("are none on the day %j", (day) => {
    expect(audienceOf({ ...CHOICE, day }, [], ZONE)).toBeNull();
  });

  it("are those of 23 hours on the day that the clocks go forward", () => {
    const day = dayOf("2026-03-29", ZONE);
    expect(Date.parse(day?.until ?? "") - Date.parse(day?.since ?? "")).toBe(23 * 3_600_000);
  });
});

it("tomorrow is a day of the location", () => {
  const late = Date.parse("2026-12-31T22:30:00Z");
  expect(tomorrow("UTC", late)).toBe("2027-01-01");
  expect(tomorrow("Pacific/Auckland", late)).toBe("2027-01-02");
});

it("a written message becomes a template and a workflow that a person starts", () => {
  const written = { channel: "both", subject: "Storm tomorrow", text: "Dear guest" } as const;
  expect(templateOf(written, nameOf(written))).toMatchObject({ name: "Storm tomorrow", text: "Dear guest", sms: "Dear guest" });
  expect(nameOf({ ...written, channel: "sms", text: "{{ customer.first_name }}  Storm\ncomes" })).toBe("Storm comes");
  const { nodes, edges } = graphOf("tpl-1", false);
  expect(nodes.map(({ config }) => config)).toEqual([{ event: "Started by hand" }, { template: "tpl-1", recipient_type: "customer" }]);
  expect(edges).toMatchObject([{ source: "trigger", target: "send" }]);
  expect(graphOf("tpl-1", true).nodes[0]?.config).toEqual({ event: "Started by hand", also_past_visits: true });
});

it("progress counts every booking that is done with", () => {
  expect(progressOf({ counts: { started: 3, already: 2 }, total: 10 } as unknown as Batch)).toEqual({ done: 5, total: 10 });
});

describe("the workflows to choose from", () => {
  const timeOf = (iso: string) => `at ${iso.slice(11, 16)}`;
  const storm = (id: string, hour: string) => ({ id, name: "Storm", trigger: "Started by hand", created_at: `2026-11-30T${hour}:00:00Z` });

  it("say when they were made where two have one name", () => {
    expect(startableOptions([storm("a", "08"), { ...storm("b", "09"), name: "Waiver" }], timeOf)).toEqual([
      ["a", "Storm · Started by hand"],
      ["b", "Waiver · Started by hand"],
    ]);
    const labels = startableOptions([storm("a", "08"), storm("b", "09")], timeOf).map(([, label]) => label);
    expect(labels).toEqual(["Storm · Started by hand · made at 08:00", "Storm · Started by hand · made at 09:00"]);
  });
});
