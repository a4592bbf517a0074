// Turns many workflows on or off, one call each, and keeps what became of each.

export interface Switchable {
  id: string;
  name: string;
  enabled: boolean;
  revision: number;
  published_version: number | null;
}

export interface Switched {
  workflow: Switchable;
  outcome: "changed" | "same" | "unpublished" | "failed";
  /** Why it failed. */
  error?: unknown;
}

/**
 * Turns each on or off, one after the other; a failure of one stops none of the others.
 *
 * @param change Makes the call for one of them.
 * @param onProgress Called with the results so far.
 */
export async function switchAll(
  workflows: readonly Switchable[],
  enabled: boolean,
  change: (workflow: Switchable) => Promise<unknown>,
  onProgress: (results: readonly Switched[]) => void = () => undefined,
): Promise<readonly Switched[]> {
  const results: Switched[] = [];
  for (const workflow of workflows) {
    results.push(await switchOne(workflow, enabled, change));
    onProgress([...results]);
  }
  return results;
}

async function switchOne(
  workflow: Switchable,
  enabled: boolean,
  change: (workflow: Switchable) => Promise<unknown>,
): Promise<Switched> {
  if (workflow.enabled === enabled) return { workflow, outcome: "same" };
  if (workflow.published_version === null) return { workflow, outcome: "unpublished" };
  try {
    await change(workflow);
    return { workflow, outcome: "changed" };
  } catch (error) {
    return { workflow, outcome: "failed", error };
  }
}
