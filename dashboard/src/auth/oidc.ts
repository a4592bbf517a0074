// Signs in by OpenID Connect: authorization code with PKCE. Tokens never leave this page's memory.
import type { Settings } from "../settings";
import { identityOf, type Identity } from "./identity";
import { challengeOf, newAttempt, type Attempt } from "./pkce";

const ATTEMPT = "bookflow.sign-in";
const SIGNED_IN = "bookflow.signed-in";
const EARLY_MS = 60_000;

interface Endpoints {
  authorization_endpoint: string;
  token_endpoint: string;
  end_session_endpoint?: string;
}

interface Tokens {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  expires_in?: number;
}

/** Why a sign-in failed, in words for the operator. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}

/** One person's session in this page. */
export class Session {
  #tokens: Tokens;
  #endsAt: number;
  #renewal: Promise<void> | null = null;
  readonly identity: Identity;

  constructor(
    private readonly settings: Settings,
    private readonly endpoints: Endpoints,
    tokens: Tokens,
  ) {
    this.#tokens = tokens;
    this.#endsAt = endOf(tokens);
    this.identity = mergedIdentity(tokens);
  }

  /** Returns the token for the API, a new one in its last minute; the old one where none is to be had. */
  async token(): Promise<string> {
    if (Date.now() > this.#endsAt - EARLY_MS && this.#tokens.refresh_token) {
      this.#renewal ??= this.#renew()
        .catch((error: unknown) => this.#notRenewed(error))
        .finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    return bearerOf(this.#tokens);
  }

  /** Ends the session here and, where the issuer offers it, there. */
  signOut(): void {
    sessionStorage.removeItem(SIGNED_IN);
    const end = this.endpoints.end_session_endpoint;
    if (!end) {
      location.assign(ownAddress());
      return;
    }
    const query = new URLSearchParams({
      client_id: this.settings.clientId,
      post_logout_redirect_uri: ownAddress(),
      logout_uri: ownAddress(),
    });
    const { id_token } = this.#tokens;
    // Addresses are logged, so none may carry what the API takes.
    if (id_token && id_token !== bearerOf(this.#tokens)) query.set("id_token_hint", id_token);
    location.assign(`${end}?${query.toString()}`);
  }

  async #renew(): Promise<void> {
    const refresh = this.#tokens.refresh_token ?? "";
    const tokens = await tokensFor(this.settings, this.endpoints, {
      grant_type: "refresh_token",
      refresh_token: refresh,
    });
    this.#tokens = { refresh_token: refresh, ...tokens };
    this.#endsAt = endOf(tokens);
  }

  /** The API says whether the old token still holds; a rejected renewal is not repeated. */
  #notRenewed(error: unknown): void {
    if (error instanceof SignInError) delete this.#tokens.refresh_token;
  }
}

/** Goes to the issuer's sign-in page; the browser leaves this one. */
export async function startSignIn(settings: Settings): Promise<void> {
  const endpoints = await discovered(settings);
  const attempt = newAttempt(location.hash);
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: ownAddress(),
    scope: settings.scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await challengeOf(attempt.verifier),
    code_challenge_method: "S256",
  });
  location.assign(`${endpoints.authorization_endpoint}?${query.toString()}`);
}

/**
 * Finishes a sign-in if the browser has just come back from one.
 *
 * @throws SignInError The issuer rejected it, or the answer is not to a question of this page.
 */
export async function finishedSignIn(settings: Settings): Promise<Session | null> {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state")) return null;
  const attempt = takeAttempt();
  history.replaceState(null, "", ownAddress() + (attempt?.returnTo ?? ""));
  if (!attempt || answer.get("state") !== attempt.state) {
    throw new SignInError("The sign-in was not started in this window. Sign in again.");
  }
  const code = answer.get("code");
  if (!code) {
    const reason = answer.get("error_description") ?? answer.get("error") ?? "no reason given";
    throw new SignInError(`The sign-in was rejected: ${reason}. Try again, or ask an admin of your location.`);
  }
  const endpoints = await discovered(settings);
  const tokens = await tokensFor(settings, endpoints, {
    grant_type: "authorization_code",
    code,
    redirect_uri: ownAddress(),
    code_verifier: attempt.verifier,
  });
  if (tokens.id_token && identityOf(tokens.id_token).nonce !== attempt.nonce) {
    throw new SignInError("The answer belongs to another sign-in. Sign in again.");
  }
  sessionStorage.setItem(SIGNED_IN, "yes");
  return new Session(settings, endpoints, tokens);
}

/** Whether this window was signed in before it was loaded again. */
export function wasSignedIn(): boolean {
  return sessionStorage.getItem(SIGNED_IN) !== null;
}

export function forgetSignIn(): void {
  sessionStorage.removeItem(SIGNED_IN);
}

async function discovered(settings: Settings): Promise<Endpoints> {
  const address = `${settings.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error();
    return (await answer.json()) as Endpoints;
  } catch {
    throw new SignInError("The sign-in service cannot be reached. Try again in a moment.");
  }
}

async function tokensFor(
  settings: Settings,
  endpoints: Endpoints,
  grant: Record<string, string>,
): Promise<Tokens> {
  const answer = await fetch(endpoints.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({ client_id: settings.clientId, ...grant }),
  });
  if (!answer.ok) throw new SignInError("The sign-in has expired. Sign in again.");
  return (await answer.json()) as Tokens;
}

function takeAttempt(): Attempt | null {
  const text = sessionStorage.getItem(ATTEMPT);
  sessionStorage.removeItem(ATTEMPT);
  return text ? (JSON.parse(text) as Attempt) : null;
}

/** The API needs the roles: Cognito puts them into the ID token alone, others into the access token. */
function bearerOf({ access_token, id_token }: Tokens): string {
  const hasRoles = Object.keys(identityOf(access_token).roles).length > 0;
  return hasRoles || !id_token ? access_token : id_token;
}

function mergedIdentity(tokens: Tokens): Identity {
  const ofAccess = identityOf(tokens.access_token);
  if (!tokens.id_token) return ofAccess;
  const ofId = identityOf(tokens.id_token);
  const roles = Object.keys(ofAccess.roles).length ? ofAccess.roles : ofId.roles;
  return { ...ofId, roles };
}

function endOf(tokens: Tokens): number {
  return Date.now() + (tokens.expires_in ?? 3600) * 1000;
}

/** Returns the address of this page, whatever the prefix it is served under. */
function ownAddress(): string {
  return `${location.origin}${location.pathname}`;
}
