// Keeps an unsaved draft in this window for the person who made it, while its page is away, such as for a new sign-in.
import type { Document } from "../../core/draft";
import { keep, takeKept } from "../../unsaved";

/** Whose draft, and of which workflow. */
export interface Whose {
  subject: string;
  locationId: string;
  workflowId: string;
}

interface Kept {
  document: Document;
  /** The revision that the draft is based on. */
  revision: number;
}

export function keepDraft(whose: Whose, kept: Kept): void {
  keep(keyOf(whose), kept);
}

/** Returns the draft that was kept; null if there is none, and from then on. */
export function takeKeptDraft(whose: Whose): Kept | null {
  return takeKept<Kept>(keyOf(whose));
}

function keyOf({ subject, locationId, workflowId }: Whose): string[] {
  return [subject, locationId, workflowId];
}
