// Blocks: what is stored of them, where a problem belongs, what an address is, what a variable is called.
import { describe, expect, it } from "vitest";
import {
  addressOf,
  isAddress,
  isSameBlocks,
  KINDS,
  nameOfBlock,
  placeOf,
  searchedKinds,
  tidied,
  wordsOf,
} from "../../src/core/blocks";
import {
  changedFields,
  hasMail,
  NEW_TEMPLATE,
  problemsOfPreview,
  textsOf,
  withoutTranslation,
  withTexts,
  withTranslation,
} from "../../src/core/templates";
import { labelOf, variablesIn } from "../../src/core/variables";

describe("what is stored", () => {
  it("leaves out what is not set, at every depth", () => {
    const blocks = [
      {
        type: "panel",
        attrs: { show_if: null },
        content: [{ type: "heading", attrs: { level: 2, align: null }, content: [{ type: "text", text: "Hi", marks: [] }] }],
      },
      { type: "paragraph", attrs: { align: null, show_if: null }, content: [] },
    ];
    expect(tidied(blocks)).toEqual([
      { type: "panel", content: [{ type: "heading", attrs: { level: 2 }, content: [{ type: "text", text: "Hi" }] }] },
      { type: "paragraph" },
    ]);
  });

  it("keeps what is empty or false but set", () => {
    const chip = { type: "variable", attrs: { path: "customer.first_name", fallback: "" } };
    expect(tidied([chip])).toEqual([chip]);
  });

  it("is the same whatever the order of attributes, and another with other texts", () => {
    expect(isSameBlocks([{ type: "image", attrs: { src: "a", alt: "b" } }], [{ attrs: { alt: "b", src: "a" }, type: "image" }])).toBe(true);
    expect(isSameBlocks([{ type: "paragraph" }], [{ type: "divider" }])).toBe(false);
    expect(isSameBlocks([{ type: "paragraph" }], [{ type: "paragraph", attrs: { align: "center" } }])).toBe(false);
  });

  it("is the same as the API returns it, with all that is not set", () => {
    const returned = [
      { type: "paragraph", attrs: { show_if: null, align: null }, content: [{ type: "text", text: "Hi", marks: [] }] },
      { type: "divider", attrs: { show_if: null } },
      { type: "paragraph", attrs: {}, content: [] },
    ];
    expect(isSameBlocks(returned, tidied(returned))).toBe(true);
    const sent = { ...NEW_TEMPLATE, blocks: tidied(returned) as never };
    expect(changedFields({ ...sent, blocks: returned as never }, sent)).toEqual([]);
  });
});

describe("kinds of blocks", () => {
  it("are found by the beginning of a word, those by name first", () => {
    expect(searchedKinds("").length).toBe(KINDS.length);
    expect(searchedKinds("but").map(({ key }) => key)).toEqual(["button"]);
    expect(searchedKinds("link")[0]?.key).toBe("social_links");
    expect(searchedKinds("link").map(({ key }) => key)).toContain("button");
    expect(searchedKinds("xyzzy")).toEqual([]);
  });

  it("are called as people call them", () => {
    expect(nameOfBlock({ type: "heading", attrs: { level: 3 } })).toBe("Heading 3");
    expect(nameOfBlock({ type: "booking_details" })).toBe("Booking details");
  });

  it("have words, with variables by their names", () => {
    const blocks = [
      {
        type: "paragraph",
        content: [
          { type: "text", text: "Hello " },
          { type: "variable", attrs: { path: "customer.first_name" } },
        ],
      },
    ];
    expect(wordsOf(blocks)).toBe("Hello Guest's first name");
  });
});

describe("the place of a problem", () => {
  it.each([
    ["blocks", [], ""],
    ["blocks.2", [2], ""],
    ["blocks[2].content[0].attrs.url", [2, 0], "attrs.url"],
    ["blocks.2.columns.content.1.content.0.button.attrs.url", [2, 1, 0], "attrs.url"],
    ["translations.pt-BR.blocks.0.1", [0, 1], ""],
    ["blocks.1.html.attrs.html", [1], "attrs.html"],
  ])("%s", (field, indexes, rest) => {
    expect(placeOf(field)).toEqual({ indexes, rest });
  });

  it.each(["subject", "html", "translations.fr.subject", "blocksome"])("is none for %s", (field) => {
    expect(placeOf(field)).toBeNull();
  });

  it("comes from a preview with its language", () => {
    const found = { part: "blocks" as const, language: "fr", block: [1, 0], line: null, message: "no address.", remedy: "Enter one." };
    expect(problemsOfPreview([{ ...found, severity: "error" }])[0]?.field).toBe("translations.fr.blocks.1.0");
  });
});

describe("an address", () => {
  it.each([
    ["https://example.com", "https://example.com"],
    [" example.com/tours?x=1 ", "https://example.com/tours?x=1"],
    ["ada@example.com", "mailto:ada@example.com"],
    ["{{ booking.url }}", "{{ booking.url }}"],
    ["tel:+4930123", "tel:+4930123"],
  ])("%s", (typed, address) => {
    expect(addressOf(typed)).toBe(address);
    expect(isAddress(address)).toBe(true);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "click here", "", "vbscript:x"])("is none: %s", (typed) => {
    expect(isAddress(addressOf(typed))).toBe(false);
  });
});

describe("a variable's name", () => {
  it.each([
    ["customer.first_name", "Guest's first name"],
    ["event.cancelled_by", "Cancelled by"],
    ["customer.extras.diet", "Guest extras diet"],
    ["booking.balance_due", "Booking balance due"],
  ])("%s", (path, name) => {
    expect(labelOf([], path)).toBe(name);
  });

  it("stands for each variable of a text, once", () => {
    const text = "Hi {{customer.first_name}}, {{ booking.start_time | time }} {{- customer.first_name }} { a.b } {{ 'a' }}";
    expect(variablesIn([], text)).toEqual([
      { path: "customer.first_name", label: "Guest's first name" },
      { path: "booking.start_time", label: "Start" },
    ]);
    expect(variablesIn([], "")).toEqual([]);
  });
});

describe("translations", () => {
  const english = { ...NEW_TEMPLATE, subject: "Hello", sms: "Hi" };

  it("begin as a copy, change alone, and are removed", () => {
    const begun = { ...english, ...withTranslation(english, "fr", true) };
    expect(textsOf(begun, "fr")).toEqual(textsOf(english, null));
    const changed = { ...begun, ...withTexts(begun, "fr", { subject: "Bonjour" }) };
    expect(textsOf(changed, "fr").subject).toBe("Bonjour");
    expect(changed.subject).toBe("Hello");
    expect(changedFields(begun, changed)).toEqual(["Translations"]);
    expect({ ...changed, ...withoutTranslation(changed, "fr") }).toEqual(english);
  });

  it("have no e-mail of their own while empty", () => {
    const begun = { ...english, ...withTranslation(english, "de", false) };
    expect(hasMail(textsOf(begun, "de"))).toBe(false);
    expect(hasMail(textsOf(begun, null))).toBe(true);
  });

  it("differ by what they say, not by which object says it", () => {
    expect(changedFields(english, structuredClone(english))).toEqual([]);
  });
});
