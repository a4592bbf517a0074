// Addresses that somebody typed or that were cut: they name nothing, or nothing that exists.
import { expect, it } from "vitest";
import { roleIn, type Identity } from "../../src/auth/identity";
import { decoded } from "../../src/core/addresses";

const IDENTITY: Identity = { subject: "s", name: "Ada", roles: { fjordline: "admin", "a/b": "viewer" }, nonce: null };

it.each(["%E0%A4%A", "%", "%zz", "%C3%28", "a%"])("names nothing: %s", (part) => {
  expect(decoded(part)).toBeNull();
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "", " ", "FJORDLINE", "fjordline/"])(
  "is no location: %s",
  (name) => expect(roleIn(IDENTITY, name)).toBeUndefined(),
);

it("names what exists", () => {
  expect(decoded("bk%2F1")).toBe("bk/1");
  expect(roleIn(IDENTITY, "a/b")).toBe("viewer");
});
