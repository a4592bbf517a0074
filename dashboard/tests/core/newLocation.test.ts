// What is sent of a new location, and the id that its name suggests.
import { describe, expect, it } from "vitest";
import { currencyName, idOf, newSettings, NO_LOCATION } from "../../src/core/newLocation";

describe("the id of a new location", () => {
  it.each([
    ["Spree Kayaks", "spree-kayaks"],
    ["  Fjørd & Følger  ", "fjord-folger"],
    ["Straße Übermut", "strasse-ubermut"],
    ["Rápidos del Maipo!", "rapidos-del-maipo"],
    ["東京", ""],
    ["---", ""],
    [`${"a".repeat(59)} b`, "a".repeat(59)],
  ])("of %s", (name, id) => {
    expect(idOf(name)).toBe(id);
  });
});

describe("the settings of a new location", () => {
  const entered = { ...NO_LOCATION, name: " Fjord ", timezone: "Europe/Oslo" };

  it("leave out what was left empty", () => {
    expect(newSettings(entered)).toEqual({
      name: "Fjord",
      timezone: "Europe/Oslo",
      quiet_hours: { start: "21:00", end: "08:00" },
    });
  });

  it("write codes in capital letters, and say that there are no quiet hours", () => {
    expect(newSettings({ ...entered, country: "no", currency: " nok", hasQuietHours: false })).toEqual({
      name: "Fjord",
      timezone: "Europe/Oslo",
      country: "NO",
      currency: "NOK",
      quiet_hours: null,
    });
  });
});

it("a currency is named once its code is known", () => {
  expect(currencyName("nok")).not.toBeNull();
  expect(["", "N", "QQQ", "N1K"].map(currencyName)).toEqual([null, null, null, null]);
});
