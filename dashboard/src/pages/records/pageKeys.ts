// The keys of records' pages: that of a new record stays while the first save gives it an address.
const kept = new Map<string, string>();

/** Returns the key of a record's page; that of a new one, begun as `from`, is another after each first save. */
export function pageKey(id: string | null, from = "new"): string {
  return id === null ? `${from} ${kept.size}` : (kept.get(id) ?? id);
}

/** Keeps the page on which a new record was begun as that of the record. */
export function keepPage(id: string, from: string): void {
  kept.set(id, pageKey(null, from));
}
