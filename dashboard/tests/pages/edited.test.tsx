// What is edited survives: another page, and the end of the session with the sign-in after it.
// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

const STORED = { value: { name: "A", text: "" }, revision: 3 };
let subject = "ada";

vi.mock("../../src/currentLocation", () => ({
  useCurrentLocation: () => ({ locationId: "fjordline", identity: { subject } }),
}));

/** Returns the hook as a freshly loaded dashboard has it. */
async function loaded() {
  vi.resetModules();
  const { useEdited } = await import("../../src/pages/records/useEdited");
  const { leaveToSignIn } = await import("../../src/unsaved");
  return { open: (what: string) => renderHook(() => useEdited(what, STORED)), leaveToSignIn };
}

function left() {
  const leaving = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leaving);
  dispatchEvent(new Event("pagehide"));
  cleanup();
  return leaving.defaultPrevented;
}

afterEach(() => {
  cleanup();
  sessionStorage.clear();
  subject = "ada";
});

describe.each(["template/welcome", "template/from/blank", "survey/after", "survey/new", "settings"])("%s", (what) => {
  it("is there again after a new sign-in, which asks nothing", async () => {
    const before = await loaded();
    const page = before.open(what);
    act(() => page.result.current.change({ text: "typed" }));
    const { creation } = page.result.current;
    before.leaveToSignIn();
    expect(left()).toBe(false);

    const after = (await loaded()).open(what);
    expect(after.result.current).toMatchObject({ value: { name: "A", text: "typed" }, revision: 3, isChanged: true, creation });
    act(() => after.result.current.take({ value: { name: "A", text: "typed" }, revision: 4 }));
    expect(after.result.current.creation).not.toBe(creation);
    left();
    expect((await loaded()).open(what).result.current.isChanged).toBe(false);
  });

  it("asks before it is left in any other way", async () => {
    const page = (await loaded()).open(what);
    expect(left()).toBe(false);
    const changed = (await loaded()).open(what);
    act(() => changed.result.current.replace((value) => ({ ...value, text: "typed" })));
    expect(left()).toBe(true);
    expect(page).toBeTruthy();
  });

  it("is nobody else's", async () => {
    const page = (await loaded()).open(what);
    act(() => page.result.current.change({ text: "typed" }));
    left();
    subject = "grace";
    expect((await loaded()).open(what).result.current.value.text).toBe("");
  });
});

it("is not stopped by what cannot be read or kept", async () => {
  sessionStorage.setItem(`bookflow.unsaved.${JSON.stringify(["ada", "fjordline", "settings"])}`, "{broken");
  const page = (await loaded()).open("settings");
  expect(page.result.current.isChanged).toBe(false);
  act(() => page.result.current.change({ text: "typed" }));
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  expect(() => left()).not.toThrow();
});
