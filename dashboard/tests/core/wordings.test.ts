// A location's own words: set, taken back, and what stands where there are none.
import { describe, expect, it } from "vitest";
import { languageOptions, listedLanguage, ownLanguageName } from "../../src/core/languages";
import { defaultText, ownCount, partsOf, valueName, withWording, type WordedText } from "../../src/core/wordings";

const LINK: WordedText = {
  id: "unsubscribe_link",
  part: "E-mails",
  title: "Link to unsubscribe",
  text: "Hier abmelden",
  english: "Unsubscribe here",
  values: [],
};

describe("own words", () => {
  it("are set by language and id, and taken back when empty", () => {
    const worded = withWording({ fr: { send: "Envoyer" } }, "de", "send", "Ab damit");
    expect(worded).toEqual({ fr: { send: "Envoyer" }, de: { send: "Ab damit" } });
    expect(ownCount(worded, "de")).toBe(1);
    expect(withWording(worded, "de", "send", " ")).toEqual({ fr: { send: "Envoyer" } });
    expect(withWording(worded, "it", "send", "")).toEqual(worded);
    expect(ownCount(worded, "it")).toBe(0);
  });

  it("of a language stand in for those of its regions, and Bookflow's for both", () => {
    expect(defaultText({}, "de-CH", LINK)).toBe("Hier abmelden");
    const own = { de: { unsubscribe_link: "Weg damit" }, "de-CH": { unsubscribe_link: "Furt" } };
    expect(defaultText(own, "de-CH", LINK)).toBe("Weg damit");
    expect(defaultText(own, "de", LINK)).toBe("Hier abmelden");
  });

  it("name their parts once and their values in words", () => {
    expect(partsOf([LINK, { ...LINK, part: "Survey page" }, LINK])).toEqual(["E-mails", "Survey page"]);
    expect(valueName("{location}")).toBe("location");
    expect(valueName("{{ survey.expires_at | date('long') }}")).toBe("expires at");
  });
});

describe("languages", () => {
  it("have their own name and the English one", () => {
    expect(listedLanguage("fr")).toBe("Français (fr) – French");
    expect(listedLanguage("en")).toBe("English (en)");
    expect(listedLanguage("no such")).toBe("no such");
    expect(ownLanguageName("pt-BR")).toBe("Português (Brasil) (pt-BR)");
    expect(ownLanguageName("he")).toBe("עברית (he)");
    expect(ownLanguageName("xx")).toBe("xx");
  });

  it("are sorted by their English names", () => {
    expect(languageOptions(["es", "de", "fr"]).map(([tag]) => tag)).toEqual(["fr", "de", "es"]);
  });
});
