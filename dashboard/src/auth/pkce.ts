// The secrets of one sign-in: proof key for code exchange (RFC 7636), state and nonce.

export interface Attempt {
  verifier: string;
  state: string;
  nonce: string;
  /** Where in the dashboard to return to after it. */
  returnTo: string;
}

export function newAttempt(returnTo: string): Attempt {
  return { verifier: random(48), state: random(16), nonce: random(16), returnTo };
}

export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
