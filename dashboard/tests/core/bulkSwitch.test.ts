// Turning many workflows on or off: one that fails stops none of the others, and is named.
import { describe, expect, it, vi } from "vitest";
import { switchAll, type Switchable } from "../../src/core/bulkSwitch";

function workflow(id: string, changes: Partial<Switchable> = {}): Switchable {
  return { id, name: id, enabled: false, revision: 1, published_version: 1, ...changes };
}

describe("turning many workflows on", () => {
  it("calls for each that has to change, in turn, and keeps what became of each", async () => {
    const change = vi.fn((each: Switchable) =>
      each.id === "b" ? Promise.reject(new Error("Choose a template.")) : Promise.resolve(),
    );
    const onProgress = vi.fn();
    const all = [workflow("a"), workflow("b"), workflow("on", { enabled: true }), workflow("new", { published_version: null }), workflow("c")];
    const results = await switchAll(all, true, change, onProgress);
    expect(results.map(({ workflow: { id }, outcome }) => [id, outcome])).toEqual([
      ["a", "changed"],
      ["b", "failed"],
      ["on", "same"],
      ["new", "unpublished"],
      ["c", "changed"],
    ]);
    expect(results[1]?.error).toEqual(new Error("Choose a template."));
    expect(change.mock.calls.map(([each]) => each.id)).toEqual(["a", "b", "c"]);
    expect(onProgress).toHaveBeenCalledTimes(5);
  });

  it("turns off what is on, and calls for nothing else", async () => {
    const change = vi.fn(() => Promise.resolve());
    const results = await switchAll([workflow("a"), workflow("on", { enabled: true })], false, change);
    expect(results.map(({ outcome }) => outcome)).toEqual(["same", "changed"]);
    expect(change).toHaveBeenCalledOnce();
  });
});
