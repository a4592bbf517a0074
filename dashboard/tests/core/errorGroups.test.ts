// Executions with the same error: grouped, and resumed together.
import { describe, expect, it } from "vitest";
import { advanced, errorGroups, NOTHING_RESUMED, type ListedExecution } from "../../src/core/errorGroups";

function execution(id: string, part: Partial<ListedExecution> = {}): ListedExecution {
  return { id, status: "failed", error_signature: "s1", error_message: `${id} failed`, resumed_from: null, ...part };
}

describe("failures", () => {
  it("are grouped by error, the largest group first, with the message of the newest", () => {
    const groups = errorGroups([execution("a", { error_signature: "s2" }), execution("b"), execution("c")]);
    expect(groups.map(({ signature, message, executions }) => [signature, message, executions.length])).toEqual([
      ["s1", "b failed", 2],
      ["s2", "a failed", 1],
    ]);
  });

  it("that were resumed are left out", () => {
    expect(errorGroups([execution("a"), execution("b", { status: "running", resumed_from: "a" })])).toEqual([]);
  });
});

describe("resuming many", () => {
  const wanted = new Set(["a", "b"]);

  it("counts each wanted execution once, and none that was resumed before", () => {
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
      [{ execution_id: "b", resumed: null, problem: "The workflow was deleted." }],
      wanted,
    );
    expect(resumed.size).toBe(0);
    expect(problems.map((each) => each.problem)).toEqual(["The workflow was deleted."]);
  });
});
