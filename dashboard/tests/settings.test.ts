// The dashboard's settings: the API is found from the page, whatever the prefix.
// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readSettings } from "../src/settings";

const STATED = { issuer: "https://issuer.example", client_id: "dash" };

function stated(part: object): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ ...STATED, ...part }))));
}

describe("the settings", () => {
  beforeEach(() => void vi.unstubAllGlobals());

  it.each([
    ["/dashboard/", "..", ""],
    ["/ops/bookflow/dashboard/#/spree/workflows", "..", "/ops/bookflow"],
    ["/ops/dashboard/?state=a/b#/spree/tasks", "..", "/ops"],
    ["/dashboard/", "https://api.example.com/base/", null],
  ])("at %s with %s lead to the API", async (page, api, path) => {
    history.replaceState(null, "", page);
    stated({ api });
    expect((await readSettings()).api).toBe(path === null ? "https://api.example.com/base" : location.origin + path);
  });

  it("without an issuer say what is missing", async () => {
    stated({ issuer: "" });
    await expect(readSettings()).rejects.toThrow(/issuer and client_id/);
  });
});
