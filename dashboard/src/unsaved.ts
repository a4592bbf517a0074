// Keeps what is not saved in this window while its page is away, such as for a new sign-in.

/** Keeps a value under a key; where the browser has no room, the page still warns before it is left. */
export function keep(key: readonly string[], value: unknown): void {
  try {
    sessionStorage.setItem(nameOf(key), JSON.stringify(value));
  } catch {
    // Nothing that works depends on it.
  }
}

/** Returns what was kept under a key; null if there is nothing, or nothing readable, and from then on. */
export function takeKept<T>(key: readonly string[]): T | null {
  const name = nameOf(key);
  const text = sessionStorage.getItem(name);
  sessionStorage.removeItem(name);
  try {
    return text ? (JSON.parse(text) as T) : null;
  } catch {
    return null;
  }
}

let isSigningIn = false;

/** Says that the window goes to the issuer and comes back: nothing is lost by leaving. */
export function leaveToSignIn(): void {
  isSigningIn = true;
}

/** Asks before a page with unsaved changes is left; returns what ends that. */
export function guarded(onLeave: () => void): () => void {
  const warn = (event: BeforeUnloadEvent) => {
    if (!isSigningIn) event.preventDefault();
  };
  addEventListener("beforeunload", warn);
  addEventListener("pagehide", onLeave);
  return () => {
    removeEventListener("beforeunload", warn);
    removeEventListener("pagehide", onLeave);
  };
}

function nameOf(key: readonly string[]): string {
  return `bookflow.unsaved.${JSON.stringify(key)}`;
}
