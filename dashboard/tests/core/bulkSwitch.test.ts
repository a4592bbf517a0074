// Turning many workflows on or off: one that fails stops none of the others, and each has an outcome.
import { describe, expect, it, vi } from "vitest";
import { switchAll, type Switchable, type SwitchCalls } from "../../src/core/bulkSwitch";

const STALE = new Error("Somebody else saved first.");

function workflow(id: string, changes: Partial<Switchable> = {}): Switchable {
  return { id, name: id, enabled: false, revision: 1, published_version: 1, ...changes };
}

/** Stands for the API: what it stores, with the check of revisions, and an answer that may be lost. */
function stored(all: readonly Switchable[], fails: Readonly<Record<string, () => unknown>> = {}) {
  const here = new Map(all.map((each) => [each.id, each]));
  const read = (id: string) => here.get(id) ?? Promise.reject<Switchable>(new Error("There is no such workflow."));
  const calls: SwitchCalls = {
    change: vi.fn(async ({ id, revision }: Switchable, enabled: boolean) => {
      const was = await read(id);
      if (was.revision !== revision) throw STALE;
      fails[id]?.();
      here.set(id, { ...was, enabled, revision: revision + 1 });
    }),
    read: vi.fn(async ({ id }: Switchable) => read(id)),
    isStale: (error) => error === STALE,
  };
  return { calls, here };
}

const outcomes = async (...args: Parameters<typeof switchAll>) =>
  (await switchAll(...args)).map(({ workflow: { id }, outcome, error }) => [id, outcome, ...(error ? [(error as Error).message] : [])]);

describe("turning many workflows on", () => {
  it("calls for each that has to change, in turn, and keeps what became of each", async () => {
    const all = [workflow("a"), workflow("b"), workflow("on", { enabled: true }), workflow("new", { published_version: null }), workflow("c")];
    const { calls } = stored(all, { b: () => { throw new Error("Choose a template."); } });
    const onProgress = vi.fn();
    expect(await outcomes(all, true, calls, { onProgress })).toEqual([
      ["a", "changed"],
      ["b", "failed", "Choose a template."],
      ["on", "same"],
      ["new", "unpublished"],
      ["c", "changed"],
    ]);
    expect(vi.mocked(calls.change).mock.calls.map(([each]) => each.id)).toEqual(["a", "b", "c"]);
    expect(onProgress).toHaveBeenCalledTimes(5);
  });

  it("turns off what is on, and changes nothing else", async () => {
    const all = [workflow("a"), workflow("on", { enabled: true })];
    const { calls } = stored(all);
    expect(await outcomes(all, false, calls)).toEqual([["a", "same"], ["on", "changed"]]);
    expect(calls.change).toHaveBeenCalledOnce();
  });

  it("goes by what is stored where a colleague came first", async () => {
    const seen = [workflow("on by now"), workflow("renamed"), workflow("newer"), workflow("off by now", { enabled: true }), workflow("deleted")];
    const { calls, here } = stored([
      workflow("on by now", { enabled: true, revision: 2 }),
      workflow("renamed", { revision: 4 }),
      workflow("newer", { revision: 3, published_version: 2 }),
      workflow("off by now", { revision: 5 }),
    ]);
    expect(await outcomes(seen, true, calls)).toEqual([
      ["on by now", "same"],
      ["renamed", "changed"],
      ["newer", "failed", "A new version was published meanwhile. Look at it, then turn it on."],
      ["off by now", "changed"],
      ["deleted", "failed", "There is no such workflow."],
    ]);
    expect(here.get("newer")?.enabled).toBe(false);
  });

  it("turns off whatever was published meanwhile", async () => {
    const { calls } = stored([workflow("newer", { enabled: true, revision: 3, published_version: 2 })]);
    expect(await outcomes([workflow("newer", { enabled: true })], false, calls)).toEqual([["newer", "changed"]]);
  });

  it("finds a change whose answer was lost done when it is tried again", async () => {
    const all = [workflow("a"), workflow("b")];
    const { calls, here } = stored(all);
    const { change } = calls;
    const losing = { ...calls, change: (each: Switchable, enabled: boolean) => Promise.resolve(change(each, enabled)).then(() => { throw new Error("Offline."); }) };
    expect(await outcomes(all, true, losing)).toEqual([["a", "failed", "Offline."], ["b", "failed", "Offline."]]);
    expect(await outcomes(all, true, calls)).toEqual([["a", "same"], ["b", "same"]]);
    expect([...here.values()].map(({ revision }) => revision)).toEqual([2, 2]);
  });

  it("takes one that was chosen twice once", async () => {
    const { calls } = stored([workflow("a")]);
    expect(await outcomes([workflow("a"), workflow("a")], true, calls)).toEqual([["a", "changed"]]);
  });

  it("names those that are left when it is stopped", async () => {
    const all = ["a", "b", "c"].map((id) => workflow(id));
    const { calls } = stored(all);
    const { change } = calls;
    expect(await outcomes(all, true, calls, { isStopped: () => vi.mocked(change).mock.calls.length > 0 })).toEqual([
      ["a", "changed"],
      ["b", "left"],
      ["c", "left"],
    ]);
  });

  it("has an outcome for each of five hundred", async () => {
    const all = Array.from({ length: 500 }, (_, index) => workflow(`w${index}`));
    const { calls, here } = stored(all, { w250: () => { throw new Error("No."); } });
    const results = await switchAll(all, true, calls);
    expect(results).toHaveLength(500);
    expect(results.filter(({ outcome }) => outcome === "changed")).toHaveLength(499);
    expect([...here.values()].filter(({ enabled }) => !enabled).map(({ id }) => id)).toEqual(["w250"]);
  });
});
