// Keeps an unsaved draft in this window for the person who made it, while its page is away, such as for a new sign-in.
import type { Document } from "../../core/draft";

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
  sessionStorage.setItem(keyOf(whose), JSON.stringify(kept));
}

/** Returns the draft that was kept; null if there is none, and from then on. */
export function takeKeptDraft(whose: Whose): Kept | null {
  const key = keyOf(whose);
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return text ? (JSON.parse(text) as Kept) : null;
}

function keyOf({ subject, locationId, workflowId }: Whose): string {
  return `bookflow.unsaved.${JSON.stringify([subject, locationId, workflowId])}`;
}
