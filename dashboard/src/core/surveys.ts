// A survey under an operator's hands, and the statistics of its answers.
import type { components } from "../api/schema";
import { fieldProblemsAt, type FieldProblem } from "./fieldProblems";

type Schemas = components["schemas"];

export type SurveyContent = Schemas["SurveyContent"];
export type Question = SurveyContent["questions"][number];
export type Kind = Question["type"];
export type QuestionResult = Schemas["QuestionResult"];

/** One bar of a chart: how often an answer was given, in hundredths of all answers. */
export interface Bar {
  label: string;
  count: number;
  percent: number;
}

export const KINDS: Readonly<Record<Kind, string>> = {
  stars: "Stars, 1 to 5",
  text: "Text",
  choice: "Multiple choice",
};

export const MOST_QUESTIONS = 30;
export const MOST_OPTIONS = 20;
export const MOST_DAYS = 365;

export const NEW_SURVEY: SurveyContent = {
  name: "",
  introduction: "",
  questions: [
    { id: "overall", type: "stars", text: "How was it?", required: true },
    { id: "comment", type: "text", text: "What shall we do better?", required: false },
  ],
  expiry_days: 30,
};

const KIND_OF_QUESTION = /^(questions\[\d+\])\.(?:stars|text|choice)(?=\.)/;

/** Returns what is saved of a survey out of what was read of it. */
export function surveyOf({ name, introduction, questions, expiry_days }: SurveyContent): SurveyContent {
  return { name, introduction, questions, expiry_days };
}

/** Returns the questions with one more at the end; its id is free, now and in what was asked before. */
export function withQuestion(
  questions: readonly Question[],
  kind: Kind,
  taken: readonly string[] = [],
): Question[] {
  const ids = new Set([...questions.map(({ id }) => id), ...taken]);
  let number = questions.length + 1;
  while (ids.has(`q${number}`)) number += 1;
  return [...questions, blank(`q${number}`, kind)];
}

/** Returns the questions with one of another kind; its id, text and whether it is required stay. */
export function asKind(question: Question, kind: Kind): Question {
  if (question.type === kind) return question;
  const { text, required } = question;
  return { ...blank(question.id, kind), text, required };
}

/** Returns the items with one moved by some places; the same ones if it cannot go there. */
export function moved<T>(items: readonly T[], index: number, by: number): readonly T[] {
  const item = items[index];
  const place = index + by;
  if (item === undefined || place < 0 || place >= items.length) return items;
  const rest = items.filter((_, at) => at !== index);
  return [...rest.slice(0, place), item, ...rest.slice(place)];
}

/** Returns what forbids saving: the server's rules, checked before the call. */
export function problemsOf({ name, questions, expiry_days }: SurveyContent): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (field: string, text: string) => problems.push({ field, text });
  if (!name.trim()) add("name", "A survey needs a name.");
  if (questions.length === 0) add("questions", "Ask at least one question.");
  if (!Number.isInteger(expiry_days) || expiry_days < 1 || expiry_days > MOST_DAYS) {
    add("expiry_days", `Enter a number of days from 1 to ${MOST_DAYS}.`);
  }
  questions.forEach((question, index) => {
    const at = `questions[${index}]`;
    if (!question.text.trim()) add(`${at}.text`, "Enter the question.");
    if (question.type !== "choice") return;
    const written = question.options.map((option) => option.trim());
    if (written.length < 2) add(`${at}.options`, "Enter at least two options.");
    else if (written.includes("")) add(`${at}.options`, "Fill in each option, or remove it.");
    else if (new Set(written).size < written.length) add(`${at}.options`, "Two options are the same. Change one of them.");
  });
  return problems;
}

/** Returns the problems of a question's field; those of the question as a whole stand at its text. */
export function questionProblems(problems: readonly FieldProblem[], index: number, field: string): FieldProblem[] {
  const question = `questions[${index}]`;
  // The API names the kind of question in the path of a problem.
  const plain = problems.map((problem) => ({ ...problem, field: problem.field.replace(KIND_OF_QUESTION, "$1") }));
  const isOfWhole = (path: string) => field === "text" && (path === question || path === `${question}.id`);
  return [...plain.filter((problem) => isOfWhole(problem.field)), ...fieldProblemsAt(plain, `${question}.${field}`)];
}

/** Returns the problems of the list of questions, not those of one of them. */
export function questionListProblems(problems: readonly FieldProblem[]): FieldProblem[] {
  return problems.filter(({ field }) => field === "questions");
}

/** Returns what differs between two contents, as people call it. */
export function changedParts(before: SurveyContent, after: SurveyContent): string[] {
  const parts: readonly (readonly [keyof SurveyContent, string])[] = [
    ["name", "Name"],
    ["introduction", "Introduction"],
    ["questions", "Questions"],
    ["expiry_days", "Link expires after"],
  ];
  return parts
    .filter(([key]) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map(([, words]) => words);
}

/** Returns the bars of a question's chart: stars from five down, options in the survey's order. */
export function barsOf({ type, answered, distribution }: QuestionResult): Bar[] {
  const entries = Object.entries(distribution);
  const ordered = type === "stars" ? entries.sort(([one], [other]) => Number(other) - Number(one)) : entries;
  return ordered.map(([label, count]) => ({
    label,
    count,
    percent: answered ? Math.round((count / answered) * 100) : 0,
  }));
}

/** Returns the average that stands for the whole survey: that of its first star question. */
export function overallAverage(questions: readonly QuestionResult[]): number | null {
  const first = questions.find(({ type, asked }) => type === "stars" && asked);
  return first?.average == null ? null : Number(first.average);
}

function blank(id: string, kind: Kind): Question {
  const question = { id, text: "", required: kind !== "text" };
  return kind === "choice"
    ? { ...question, type: kind, options: ["", ""], several: false }
    : { ...question, type: kind };
}

