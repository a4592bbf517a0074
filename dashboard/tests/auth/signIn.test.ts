// The sign-in: PKCE, state and nonce hold, and tokens stay out of the browser's stores.
// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { covers, identityOf } from "../../src/auth/identity";
import { finishedSignIn, SignInError } from "../../src/auth/oidc";
import { challengeOf, newAttempt } from "../../src/auth/pkce";

const SETTINGS = { api: "", issuer: "https://issuer.example", clientId: "dash", scope: "openid" };
const token = (claims: object) =>
  `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

function returned(query: string, attempt = { ...newAttempt("#/spree/tasks"), state: "s", nonce: "n" }) {
  sessionStorage.setItem("bookflow.sign-in", JSON.stringify(attempt));
  history.replaceState(null, "", `/prefix/?${query}`);
  return attempt;
}

function issuing(idClaims: object, accessClaims: object = { "bookflow:roles": { spree: "editor" } }) {
  const forms: URLSearchParams[] = [];
  vi.stubGlobal("fetch", (_: string, init?: { body: URLSearchParams }) => {
    if (init) forms.push(init.body);
    const answer = init
      ? { access_token: token(accessClaims), id_token: token(idClaims) }
      : {
          authorization_endpoint: "x",
          token_endpoint: "https://issuer.example/token",
          end_session_endpoint: "https://issuer.example/end",
        };
    return Promise.resolve(new Response(JSON.stringify(answer), { status: 200 }));
  });
  return forms;
}

describe("coming back from the issuer", () => {
  beforeEach(() => {
    sessionStorage.clear();
    vi.unstubAllGlobals();
  });

  it("redeems the code with its verifier and returns to where one was", async () => {
    const forms = issuing({ nonce: "n", name: "Ada Lovelace" });
    const attempt = returned("code=c&state=s");
    const session = await finishedSignIn(SETTINGS);
    expect(session?.identity).toMatchObject({ name: "Ada Lovelace", roles: { spree: "editor" } });
    expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
      grant_type: "authorization_code",
      code: "c",
      code_verifier: attempt.verifier,
      redirect_uri: `${location.origin}/prefix/`,
    });
    expect(location.hash).toBe("#/spree/tasks");
    expect(location.search).toBe("");
  });

  it.each([
    ["the API takes the access token", {}, { "bookflow:roles": { spree: "editor" } }, true],
    ["the API takes the ID token", { "custom:bookflow_roles": '{"spree":"admin"}' }, {}, false],
  ])("names its ID token when signing out only where %s", async (_, idClaims, accessClaims, isNamed) => {
    issuing({ nonce: "n", ...idClaims }, accessClaims);
    returned("code=c&state=s");
    const session = await finishedSignIn(SETTINGS);
    const assign = vi.fn<(address: string) => void>();
    vi.stubGlobal("location", { ...location, assign });
    session!.signOut();
    const address = new URL(assign.mock.calls[0]![0]);
    expect(address.searchParams.has("id_token_hint")).toBe(isNamed);
    expect(address.href.includes(await session!.token())).toBe(false);
  });

  it("keeps no token in the browser's stores", async () => {
    issuing({ nonce: "n" });
    returned("code=c&state=s");
    const session = await finishedSignIn(SETTINGS);
    const kept = JSON.stringify([{ ...sessionStorage }, { ...localStorage }]);
    expect(kept).not.toContain(await session!.token());
  });

  it("sends the API the token that carries the roles", async () => {
    const idClaims = { nonce: "n", "custom:bookflow_roles": '{"spree":"admin"}' };
    issuing(idClaims, { sub: "cognito" });
    returned("code=c&state=s");
    const session = await finishedSignIn(SETTINGS);
    expect(session?.identity.roles).toEqual({ spree: "admin" });
    expect(await session!.token()).toBe(token(idClaims));
  });

  it.each([
    ["another state", "code=c&state=other", "n"],
    ["another nonce", "code=c&state=s", "other"],
    ["an error", "error=access_denied&state=s", "n"],
  ])("rejects %s", async (_, query, nonce) => {
    issuing({ nonce });
    returned(query);
    await expect(finishedSignIn(SETTINGS)).rejects.toBeInstanceOf(SignInError);
  });

  it("is nothing where nobody comes back", async () => {
    history.replaceState(null, "", "/prefix/");
    expect(await finishedSignIn(SETTINGS)).toBeNull();
  });
});

describe("PKCE", () => {
  it("makes the challenge of RFC 7636, appendix B", async () => {
    const challenge = await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    expect(challenge).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  });

  it("never repeats itself", () => {
    expect(newAttempt("").verifier).not.toBe(newAttempt("").verifier);
  });
});

describe("an identity", () => {
  it("reads roles from either claim, as an object or as text", () => {
    const roles = { spree: "admin", other: "owner" };
    const wanted = { spree: "admin" };
    expect(identityOf(token({ "bookflow:roles": roles })).roles).toEqual(wanted);
    expect(identityOf(token({ "custom:bookflow_roles": JSON.stringify(roles) })).roles).toEqual(wanted);
  });

  it("of a token that cannot be read may nothing", () => {
    expect(identityOf("nonsense").roles).toEqual({});
    expect(covers(undefined, "viewer")).toBe(false);
  });

  it("covers the smaller roles", () => {
    expect(covers("editor", "viewer")).toBe(true);
    expect(covers("editor", "admin")).toBe(false);
  });
});
