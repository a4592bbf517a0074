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
  /** `left` means that nothing was tried, as the operator stopped it. */
  outcome: "changed" | "same" | "unpublished" | "failed" | "left";
  /** Why it failed. */
  error?: unknown;
}

/** What is asked of the API. */
export interface SwitchCalls {
  change: (workflow: Switchable, enabled: boolean) => Promise<unknown>;
  /** Reads a workflow as it is stored now. */
  read: (workflow: Switchable) => Promise<Switchable>;
  /** Whether somebody else, or a call whose answer was lost, changed it first. */
  isStale: (error: unknown) => boolean;
}

interface Options {
  /** Called with the results so far. */
  onProgress?: (results: readonly Switched[]) => void;
  /** Asked before each: whether the rest is left as it is. */
  isStopped?: () => boolean;
}

/** Turns each on or off, one after the other; a failure of one stops none of the others. */
export async function switchAll(
  workflows: readonly Switchable[],
  enabled: boolean,
  calls: SwitchCalls,
  { onProgress, isStopped }: Options = {},
): Promise<readonly Switched[]> {
  const results: Switched[] = [];
  // A list that changes while it is read may have one twice.
  for (const workflow of new Map(workflows.map((each) => [each.id, each])).values()) {
    results.push(isStopped?.() ? { workflow, outcome: "left" } : await switchOne(workflow, enabled, calls));
    onProgress?.([...results]);
  }
  return results;
}

async function switchOne(workflow: Switchable, enabled: boolean, calls: SwitchCalls): Promise<Switched> {
  try {
    return { workflow, outcome: await outcomeOf(workflow, enabled, calls) };
  } catch (error) {
    return { workflow, outcome: "failed", error };
  }
}

async function outcomeOf(workflow: Switchable, enabled: boolean, calls: SwitchCalls): Promise<Switched["outcome"]> {
  if (workflow.enabled !== enabled && workflow.published_version !== null) {
    try {
      await calls.change(workflow, enabled);
      return "changed";
    } catch (error) {
      if (!calls.isStale(error)) throw error;
    }
  }
  // The list may be older than what colleagues did since.
  const stored = await calls.read(workflow);
  if (stored.enabled === enabled) return "same";
  if (stored.published_version === null) return "unpublished";
  if (enabled && stored.published_version !== workflow.published_version) {
    throw new Error("A new version was published meanwhile. Look at it, then turn it on.");
  }
  await calls.change(stored, enabled);
  return "changed";
}
