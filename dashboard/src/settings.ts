// The dashboard's settings, from the stack: where the API is, and who signs people in.

export interface Settings {
  /** Base URL of the API, without a closing slash. */
  api: string;
  issuer: string;
  clientId: string;
  scope: string;
}

interface Stated {
  api?: string;
  issuer?: string;
  client_id?: string;
  scope?: string;
}

/**
 * Reads `config.json` beside the page.
 *
 * @throws Error It is missing or says too little.
 */
export async function readSettings(): Promise<Settings> {
  const answer = await fetch("config.json", { cache: "no-cache" }).catch(() => null);
  if (!answer?.ok) throw new Error("The dashboard's settings did not load. Check your connection, and load the page again.");
  const stated = (await answer.json()) as Stated;
  if (!stated.issuer || !stated.client_id) {
    throw new Error(
      "The dashboard does not know the sign-in service. Ask your administrator to set issuer and client_id in config.json.",
    );
  }
  return {
    api: new URL(stated.api ?? "..", location.href).href.replace(/\/$/, ""),
    issuer: stated.issuer,
    clientId: stated.client_id,
    scope: stated.scope ?? "openid profile",
  };
}
