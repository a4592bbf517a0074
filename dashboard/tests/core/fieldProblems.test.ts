// The problems of a rejected save: at which field, in which words.
import { describe, expect, it } from "vitest";
import { fieldProblemsAt, problemsOfSave, sentences } from "../../src/core/fieldProblems";

describe("a problem of a save", () => {
  const problems = problemsOfSave([
    { field: "body.timezone", reason: "Value error, must be an IANA time zone" },
    { field: "body.admins[1].email", reason: "must be an e-mail address", remedy: "Correct it." },
    { field: "phone", reason: "is not a phone number", remedy: "Write it with its prefix." },
    { field: "phone", reason: "is not a phone number.", remedy: "Write it with its prefix." },
  ]);
  const at = (path: string) => fieldProblemsAt(problems, path).map(({ text }) => text);

  it("is shown at its field, as a sentence, and once", () => {
    expect(at("timezone")).toEqual(["Must be an IANA time zone."]);
    expect(at("phone")).toEqual(["Is not a phone number. Write it with its prefix."]);
  });

  it("inside a list is shown at its item and at the list, but at no other item", () => {
    expect(at("admins[1].email")).toEqual(["Must be an e-mail address. Correct it."]);
    expect(at("admins[0].email")).toEqual([]);
    expect(at("admins")).toHaveLength(1);
    expect(at("admin")).toEqual([]);
  });

  it("may come without a remedy, and ends in one stop", () => {
    expect(sentences("too short")).toBe("Too short.");
    expect(sentences("Really?", null)).toBe("Really?");
    expect(sentences("the filter is unknown. (line 2)", "Use another.")).toBe("The filter is unknown. (line 2) Use another.");
  });
});
