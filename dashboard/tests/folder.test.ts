// The address that people and the issuer see: the folder, with what a sign-in brought back.
import { describe, expect, it, vi } from "vitest";
import { showFolder } from "../src/folder";

function shown(pathname: string, search = "", hash = ""): string | undefined {
  const replaceState = vi.fn();
  showFolder({ pathname, search, hash }, { replaceState });
  return replaceState.mock.calls[0]?.[2] as string | undefined;
}

describe("the dashboard's address", () => {
  it("loses the page's name and keeps the rest", () => {
    expect(shown("/dashboard/index.html")).toBe("/dashboard/");
    expect(shown("/book/dashboard/index.html", "?code=a&state=b", "#/tasks")).toBe(
      "/book/dashboard/?code=a&state=b#/tasks",
    );
  });

  it("stays as it is without one", () => {
    expect(shown("/dashboard/")).toBeUndefined();
    expect(shown("/dashboard/old-index.html")).toBeUndefined();
  });
});
