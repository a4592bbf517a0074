// The parts of an address, which anybody can type.

/** Returns what a part of an address names; null where it names nothing, as `%E0%A4%A` does. */
export function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
