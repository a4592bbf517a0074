// The draft saves and checks by itself, and never over somebody else's save.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHECK_AFTER_MS, Draft, SAVE_AFTER_MS, type Document } from "../../src/core/draft";
import { chain } from "./samples";

const START: Document = { name: "a", description: "", tags: [], graph: chain("t") };
const renamed = (name: string) => (document: Document) => ({ ...document, name });

function opened({ isEditable = true } = {}) {
  let revision = 1;
  const save = vi.fn((_: Document, __: number) => Promise.resolve({ revision: ++revision }));
  const check = vi.fn(() => Promise.resolve([]));
  const isStale = (error: unknown) => (error as Error).message === "stale";
  const isPassing = (error: unknown) => (error as Error).message === "offline";
  const onOvertaken = vi.fn();
  const ports = { save, check, isStale, isPassing, onOvertaken };
  return { save, check, onOvertaken, draft: new Draft(START, 1, ports, isEditable) };
}

/** Lets the next save last until it is ended. */
function held(save: ReturnType<typeof opened>["save"]) {
  let finish: (answer: { revision: number }) => void = () => undefined;
  save.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)));
  return (revision: number) => finish({ revision });
}

describe("a draft", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("saves once after changes in a row, on the revision it knows", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"), "name");
    draft.edit(renamed("bc"), "name");
    expect(draft.snapshot().saving).toBe("waiting");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(save.mock.calls).toEqual([[{ ...START, name: "bc" }, 1]]);
    expect(draft.snapshot()).toMatchObject({ saving: "saved", revision: 2 });
  });

  it("saves again what was changed while a save was in progress", async () => {
    const { draft, save } = opened();
    const finish = held(save);
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    draft.edit(renamed("c"));
    finish(2);
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS * 2);
    expect(save).toHaveBeenCalledTimes(2);
    expect(save).toHaveBeenLastCalledWith({ ...START, name: "c" }, 2);
  });

  it("stops at somebody else's save until the operator decides", async () => {
    const { draft, save } = opened();
    save.mockRejectedValueOnce(new Error("stale"));
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    draft.edit(renamed("c"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(draft.snapshot().saving).toBe("stale");
    expect(save).toHaveBeenCalledTimes(1);
    await draft.overwrite(5);
    expect(save).toHaveBeenLastCalledWith({ ...START, name: "c" }, 5);
    expect(draft.snapshot().saving).toBe("saved");
  });

  it("takes what somebody else saved in its place", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"));
    draft.replace({ ...START, name: "theirs" }, 9);
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(save).not.toHaveBeenCalled();
    expect(draft.document.name).toBe("theirs");
    expect(draft.snapshot().revision).toBe(9);
  });

  it("tries again by itself after a failure that may pass", async () => {
    const { draft, save } = opened();
    save.mockRejectedValueOnce(new Error("offline"));
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(draft.snapshot().saving).toBe("failed");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(draft.snapshot().saving).toBe("saved");
  });

  it("does not try again what will not pass, until it is changed", async () => {
    const { draft, save } = opened();
    save.mockRejectedValueOnce(new Error("rejected"));
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    expect(draft.snapshot().saving).toBe("failed");
    draft.edit(renamed("c"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(draft.snapshot().saving).toBe("saved");
  });

  it("does not retry once it is closed, and says when it has ended", async () => {
    const { draft, save } = opened();
    save.mockRejectedValue(new Error("offline"));
    draft.edit(renamed("b"));
    await draft.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    expect(draft.snapshot()).toMatchObject({ saving: "failed" });
  });

  it("does not save what was undone to what is stored", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"));
    draft.undo();
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(save).not.toHaveBeenCalled();
    expect(draft.snapshot().saving).toBe("saved");
  });

  it("saves at once when it is closed", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"));
    await draft.close();
    expect(save).toHaveBeenCalledTimes(1);
  });

  it("stores before it is published, and says what keeps it from that", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"));
    await draft.store();
    expect(draft.snapshot().revision).toBe(2);
    save.mockRejectedValueOnce(new Error("offline"));
    draft.edit(renamed("c"));
    await expect(draft.store()).rejects.toThrow("offline");
    await draft.store();
    expect(draft.snapshot()).toMatchObject({ saving: "saved", revision: 3 });
  });

  it("changes the workflow after what is to be saved, and before what is typed meanwhile", async () => {
    const { draft, save } = opened();
    draft.edit(renamed("b"));
    let finish: (answer: { revision: number }) => void = () => undefined;
    const publish = vi.fn((_: number) => new Promise<{ revision: number }>((resolve) => (finish = resolve)));
    const published = draft.change(publish);
    await vi.advanceTimersByTimeAsync(0);
    expect(publish.mock.calls).toEqual([[2]]);
    draft.edit(renamed("c"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS * 2);
    expect(save).toHaveBeenCalledTimes(1);
    finish({ revision: 7 });
    await published;
    await vi.advanceTimersByTimeAsync(0);
    expect(save).toHaveBeenLastCalledWith({ ...START, name: "c" }, 7);
    expect(draft.snapshot().saving).toBe("saved");
  });

  it("does not change the workflow while the draft cannot be saved", async () => {
    const { draft, save } = opened();
    save.mockRejectedValueOnce(new Error("rejected"));
    draft.edit(renamed("b"));
    const publish = vi.fn(() => Promise.resolve({ revision: 9 }));
    await expect(draft.change(publish)).rejects.toThrow("rejected");
    expect(publish).not.toHaveBeenCalled();
  });

  it("has what is stored read again when somebody else came before a change", async () => {
    const { draft, onOvertaken } = opened();
    await expect(draft.change(() => Promise.reject(new Error("stale")))).rejects.toThrow("stale");
    expect(onOvertaken).toHaveBeenCalledTimes(1);
    expect(draft.snapshot().saving).toBe("saved");
    await draft.change(() => Promise.resolve({ revision: 4 }));
    expect(draft.snapshot().revision).toBe(4);
  });

  it("saves over somebody else's save even what was undone since", async () => {
    const { draft, save } = opened();
    save.mockRejectedValueOnce(new Error("stale"));
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    draft.undo();
    await draft.overwrite(5);
    expect(save).toHaveBeenLastCalledWith(START, 5);
  });

  it("saves no change twice when two wait for the same save", async () => {
    const { draft, save } = opened();
    const finish = held(save);
    draft.edit(renamed("b"));
    const first = draft.flush();
    await vi.advanceTimersByTimeAsync(0);
    draft.edit(renamed("c"));
    const waiting = [draft.flush(), draft.flush()];
    finish(2);
    await Promise.all([first, ...waiting]);
    expect(save.mock.calls.map(([{ name }, revision]) => [name, revision])).toEqual([
      ["b", 1],
      ["c", 2],
    ]);
  });

  it("continues what was kept, on the revision that it is based on", async () => {
    const { draft, save } = opened();
    draft.resume({ ...START, name: "kept" }, 0);
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(save.mock.calls).toEqual([[{ ...START, name: "kept" }, 0]]);
  });

  it("checks the graph, but not again for a new name", async () => {
    const { draft, check } = opened();
    draft.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(check).toHaveBeenCalledTimes(1);
    draft.edit(renamed("b"));
    await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
    expect(check).toHaveBeenCalledTimes(1);
    draft.editGraph(() => chain("t", "a"));
    await vi.advanceTimersByTimeAsync(CHECK_AFTER_MS);
    expect(check).toHaveBeenCalledTimes(2);
  });

  it("does not change under a viewer's hands", () => {
    const { draft } = opened({ isEditable: false });
    draft.edit(renamed("b"));
    expect(draft.document).toBe(START);
  });
});
