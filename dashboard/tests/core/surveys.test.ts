// Surveys: questions added, changed and moved; problems at their places; what answers amount to.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldProblemsAt, problemsOfSave } from "../../src/core/fieldProblems";
import {
  asKind,
  barsOf,
  changedParts,
  questionProblems,
  problemsOf,
  questionListProblems,
  moved,
  NEW_SURVEY,
  overallAverage,
  surveyOf,
  withQuestion,
  type Question,
  type QuestionResult,
} from "../../src/core/surveys";

const result = (part: Partial<QuestionResult>): QuestionResult => ({
  question_id: "q1",
  question: "How was it?",
  type: "stars",
  answered: 0,
  average: null,
  distribution: {},
  asked: true,
  ...part,
});
const choice = (...options: string[]): Question => ({
  id: "c",
  type: "choice",
  text: "Which?",
  required: true,
  options,
  several: false,
});

describe("questions", () => {
  it("get ids that are free, also among those that were asked before", () => {
    const one = withQuestion([], "stars", ["q1", "q2"]);
    expect(one.map(({ id }) => id)).toEqual(["q3"]);
    const two = withQuestion(one, "choice", ["q1", "q2"]);
    expect(two[1]).toMatchObject({ id: "q4", type: "choice", options: ["", ""], several: false });
  });

  it("keep id, text and whether they are required when their kind changes", () => {
    const question: Question = { id: "a", type: "text", text: "Why?", required: false };
    expect(asKind(question, "choice")).toEqual({ ...choice("", ""), id: "a", text: "Why?", required: false });
    expect(asKind(choice("A", "B"), "stars")).toEqual({ id: "c", type: "stars", text: "Which?", required: true });
    expect(asKind(question, "text")).toBe(question);
  });

  it("stay the same ones wherever they are moved to", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.nat(12), fc.integer({ min: -12, max: 12 }), (items, index, by) => {
        const next = moved(items, index, by);
        expect([...next].sort()).toEqual([...items].sort());
        const place = index + by;
        if (index < items.length && place >= 0 && place < items.length) expect(next[place]).toBe(items[index]);
        else expect(next).toBe(items);
      }),
    );
  });
});

describe("problems of a survey", () => {
  it("are none where it can be saved, but for its name", () => {
    expect(problemsOf(NEW_SURVEY)).toEqual([{ field: "name", text: "A survey needs a name." }]);
  });

  it("stand at their question", () => {
    const survey = {
      ...NEW_SURVEY,
      name: "A",
      questions: [choice("A", "A "), choice("A", ""), choice("A"), { ...choice("A", "B"), text: " " }],
      expiry_days: 0,
    };
    const problems = problemsOf(survey);
    expect([0, 1, 2].map((at) => questionProblems(problems, at, "options")[0]?.text.slice(0, 8))).toEqual([
      "Two opti",
      "Fill in ",
      "Enter at",
    ]);
    expect(questionProblems(problems, 3, "text")).toHaveLength(1);
    expect(fieldProblemsAt(problems, "expiry_days")).toHaveLength(1);
    expect(questionListProblems(problemsOf({ ...survey, questions: [] }))).toHaveLength(1);
    expect(questionListProblems(problems)).toEqual([]);
  });

  it("of a rejected save find their question too", () => {
    const problems = problemsOfSave([
      { field: "body.questions[2].choice.options", reason: "too short", remedy: null },
      { field: "questions[0].id", reason: "is the id of an earlier question", remedy: "Give another." },
      { field: "body.questions[1].text.text", reason: "too short" },
      { field: "body.introduction", reason: "too long" },
    ]);
    const at = (index: number, field: string) => questionProblems(problems, index, field).map(({ text }) => text);
    expect(at(2, "options")).toEqual(["Too short."]);
    expect(at(2, "text")).toEqual([]);
    expect(at(1, "text")).toEqual(["Too short."]);
    // An id stands nowhere on the page.
    expect(at(0, "text")).toEqual(["Is the id of an earlier question. Give another."]);
    expect(fieldProblemsAt(problems, "introduction")).toHaveLength(1);
  });
});

describe("results", () => {
  it("show stars from five down, and options in their order", () => {
    const stars = result({ answered: 4, distribution: { "1": 1, "2": 0, "5": 3 } });
    expect(barsOf(stars)).toEqual([
      { label: "5", count: 3, percent: 75 },
      { label: "2", count: 0, percent: 0 },
      { label: "1", count: 1, percent: 25 },
    ]);
    const options = result({ type: "choice", answered: 0, distribution: { Yes: 0, No: 0 } });
    expect(barsOf(options).map(({ label, percent }) => [label, percent])).toEqual([
      ["Yes", 0],
      ["No", 0],
    ]);
  });

  it("have the average of the first stars that are still asked", () => {
    expect(overallAverage([result({ average: "2.00", asked: false }), result({ average: "4.33" })])).toBe(4.33);
    expect(overallAverage([result({ type: "text" })])).toBeNull();
    expect(overallAverage([result({ average: null })])).toBeNull();
  });
});

describe("a survey's content", () => {
  it("is what is saved, and what differs is shown in words", () => {
    const read = { ...NEW_SURVEY, id: "s", revision: 2 };
    expect(surveyOf(read)).toEqual(NEW_SURVEY);
    expect(changedParts(NEW_SURVEY, { ...NEW_SURVEY, questions: [], expiry_days: 3 })).toEqual([
      "Questions",
      "Link expires after",
    ]);
  });
});
