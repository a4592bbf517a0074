// A role everywhere and a role in one location: the greater counts.
import { expect, it } from "vitest";
import { roleIn, type Identity } from "../../src/auth/identity";

const of = (roles: Identity["roles"]): Identity => ({ subject: "u", name: "U", roles, nonce: null });

it.each([
  [{ a: "editor" }, "a", "editor"],
  [{ a: "editor" }, "b", undefined],
  [{ "*": "admin" }, "b", "admin"],
  [{ "*": "viewer", a: "admin" }, "a", "admin"],
  [{ "*": "admin", a: "viewer" }, "a", "admin"],
  [{ "*": "viewer" }, "__proto__", "viewer"],
  [{}, "constructor", undefined],
] as const)("%j in %s", (roles, location, role) => {
  expect(roleIn(of(roles), location)).toBe(role);
});
