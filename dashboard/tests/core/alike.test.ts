// Failures of one cause: grouped, and resumed together.
import { describe, expect, it } from "vitest";
import { advanced, failureGroups, NOTHING_RESUMED, type Run } from "../../src/core/alike";

function run(id: string, part: Partial<Run> = {}): Run {
  return { id, status: "failed", error_signature: "s1", error_message: `${id} failed`, resumed_from: null, ...part };
}

describe("failures", () => {
  it("are grouped by cause, the largest group first, with what the newest says", () => {
    const groups = failureGroups([run("a", { error_signature: "s2" }), run("b"), run("c")]);
    expect(groups.map(({ signature, message, runs }) => [signature, message, runs.length])).toEqual([
      ["s1", "b failed", 2],
      ["s2", "a failed", 1],
    ]);
  });

  it("that another run goes on from are left out", () => {
    expect(failureGroups([run("a"), run("b", { status: "running", resumed_from: "a" })])).toEqual([]);
  });
});

describe("resuming many", () => {
  const wanted = new Set(["a", "b"]);

  it("counts each wanted run once, and none that had been gone on with before", () => {
    const once = advanced(
      NOTHING_RESUMED,
      [
        { execution_id: "a", resumed: "a2", problem: null },
        { execution_id: "old", resumed: "old2", problem: null },
      ],
      wanted,
    );
    const twice = advanced(once, [{ execution_id: "a", resumed: "a2", problem: null }], wanted);
    expect([...twice.resumed]).toEqual(["a"]);
  });

  it("keeps what could not start, with its problem", () => {
    const { resumed, problems } = advanced(
      NOTHING_RESUMED,
      [{ execution_id: "b", resumed: null, problem: "The workflow is gone." }],
      wanted,
    );
    expect(resumed.size).toBe(0);
    expect(problems.map((each) => each.problem)).toEqual(["The workflow is gone."]);
  });
});
