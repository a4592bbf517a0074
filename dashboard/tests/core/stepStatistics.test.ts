// Counts at the steps: every node has some, and their words leave out what did not happen.
import { expect, it } from "vitest";
import { countsByNode, countsInWords, partsOf, type StepStatistics } from "../../src/core/stepStatistics";
import { chain } from "./samples";

const STATISTICS: StepStatistics = {
  version: 3,
  ended: { completed: 40, failed: 2, cancelled: 1 },
  steps: [{ node_id: "a", came: 43, completed: 30, failed: 2, skipped: { opted_out: 4, no_recipient: 7 } }],
  answered: {},
};

it("gives every node its counts, and the trigger those of the executions", () => {
  const counts = countsByNode(chain("t", "a", "b"), STATISTICS);
  expect([...counts].map(([id, each]) => `${id}: ${countsInWords(each)}`)).toEqual([
    "t: 43 came, 2 failed",
    "a: 43 came, 11 skipped, 2 failed",
    "b: 0 came",
  ]);
});

it("says of a survey how many were sent and answered, also before the first", () => {
  const counts = countsByNode(chain("t", "a", "b"), { ...STATISTICS, answered: { a: 12, b: 0 } });
  expect([...counts.values()].map(countsInWords)).toEqual([
    "43 came, 2 failed",
    "30 sent, 12 answered, 11 skipped, 2 failed",
    "0 sent, 0 answered",
  ]);
});

it("names the reasons of what was skipped, most of them first", () => {
  expect(partsOf(STATISTICS.steps[0]!).map(({ label, count }) => `${label} ${count}`)).toEqual([
    "Completed 30",
    "Skipped: no recipient 7",
    "Skipped: opted out 4",
    "Failed 2",
  ]);
});
