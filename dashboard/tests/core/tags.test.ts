// Tags: a few words to sort workflows by, whose capitals do not count.
import { describe, expect, it } from "vitest";
import { MOST_TAGS, tagsOf, withTag } from "../../src/core/tags";

describe("tags", () => {
  it("of all workflows stand by alphabet, each once", () => {
    expect(tagsOf([{ tags: ["weather", "Guests"] }, { tags: ["guests"] }, { tags: [] }])).toEqual(["Guests", "weather"]);
  });

  it("are added without blanks around them, and each once", () => {
    expect(withTag([], "  Summer   2027 ")).toEqual(["Summer 2027"]);
    const tags = ["Guests"];
    expect(withTag(tags, " guests ")).toBe(tags);
    expect(withTag(tags, "  ")).toBe(tags);
    expect(withTag([], "x".repeat(50))).toEqual(["x".repeat(40)]);
  });

  it("are as many as the API takes", () => {
    const full = Array.from({ length: MOST_TAGS }, (_, number) => `tag ${number}`);
    expect(withTag(full, "one more")).toBe(full);
  });
});
