// Who is signed in, as the token says. The API checks the token; this only decides what to show.

export type Role = "viewer" | "editor" | "admin";

export interface Identity {
  /** The person's id at the issuer. */
  subject: string;
  name: string;
  /** Role by location id; `*` is every location. */
  roles: Readonly<Record<string, Role>>;
  nonce: string | null;
}

const ORDER: readonly Role[] = ["viewer", "editor", "admin"];
const CLAIMS = ["bookflow:roles", "custom:bookflow_roles"];

/** Returns the identity that a JSON Web Token states; its signature is not looked at. */
export function identityOf(token: string): Identity {
  const claims = claimsOf(token);
  const name = ["name", "email", "sub"].map((claim) => claims[claim]).find(isText) ?? "You";
  const { sub, nonce } = claims;
  return { subject: isText(sub) ? sub : "", name, roles: rolesOf(claims), nonce: isText(nonce) ? nonce : null };
}

/** In the place of a location's id: the role holds in every location. */
export const EVERYWHERE = "*";

/** Returns the greater of the roles in a location and everywhere; undefined where there is none. */
export function roleIn({ roles }: Identity, locationId: string): Role | undefined {
  const [own, everywhere] = [locationId, EVERYWHERE].map((each) => (Object.hasOwn(roles, each) ? roles[each] : undefined));
  return everywhere && covers(everywhere, own ?? "viewer") ? everywhere : own;
}

/** Whether a role may do what needs at least another. */
export function covers(role: Role | undefined, least: Role): boolean {
  return role !== undefined && ORDER.indexOf(role) >= ORDER.indexOf(least);
}

function claimsOf(token: string): Record<string, unknown> {
  const part = token.split(".")[1] ?? "";
  try {
    const bytes = Uint8Array.from(
      atob(part.replaceAll("-", "+").replaceAll("_", "/")),
      (letter) => letter.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function rolesOf(claims: Record<string, unknown>): Record<string, Role> {
  let stated: unknown = CLAIMS.map((claim) => claims[claim]).find((value) => value !== undefined);
  if (typeof stated === "string") {
    try {
      stated = JSON.parse(stated) as unknown;
    } catch {
      stated = {};
    }
  }
  if (typeof stated !== "object" || stated === null) return {};
  const known = Object.entries(stated).filter(([, role]) => ORDER.includes(role as Role));
  return Object.fromEntries(known);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
