// Keeps an unsaved draft in this window while its page is away, such as for a new sign-in.
import type { Document } from "../../core/draft";

interface Kept {
  document: Document;
  /** The revision that the draft was drawn upon. */
  etag: string;
}

export function keepDraft(locationId: string, workflowId: string, kept: Kept): void {
  sessionStorage.setItem(keyOf(locationId, workflowId), JSON.stringify(kept));
}

/** Returns the draft that was kept; null if there is none, and from then on. */
export function takeKeptDraft(locationId: string, workflowId: string): Kept | null {
  const key = keyOf(locationId, workflowId);
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return text ? (JSON.parse(text) as Kept) : null;
}

function keyOf(locationId: string, workflowId: string): string {
  return `bookflow.unsaved.${locationId}.${workflowId}`;
}
