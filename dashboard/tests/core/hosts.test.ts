import { describe, expect, it } from "vitest";
import { hostsOf } from "../../src/core/hosts";

describe("hosts of a secret", () => {
  it("are read one per line, or with commas", () => {
    expect(hostsOf("api.example.com\r\n\n *.example.org, b.example.com; c.example.com ")).toEqual([
      "api.example.com",
      "*.example.org",
      "b.example.com",
      "c.example.com",
    ]);
  });

  it("may be none", () => {
    expect(hostsOf(" \n")).toEqual([]);
  });
});
