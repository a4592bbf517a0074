// Reads the hosts of a secret as a person writes them: one per line, or with commas.

/** Name of the secret that webhooks are signed with; it is sent to no host. */
export const SIGNING_SECRET = "webhook-signing";

/** Returns the hosts in their order; empty lines are no hosts. */
export function hostsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((host) => host !== "");
}
