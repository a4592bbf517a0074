// The versions of something, newest first, to choose one of.
import type { ReactNode } from "react";

interface VersionsProps<V> {
  versions: readonly V[];
  shown: number;
  inUse: number | null;
  /** What stands below the number of a version. */
  note: (version: V) => ReactNode;
  onChoose: (version: number) => void;
}

export function Versions<V extends { version: number }>({ versions, shown, inUse, note, onChoose }: VersionsProps<V>) {
  return (
    <ul className="versions">
      {versions.map((each) => (
        <li key={each.version}>
          <button
            type="button"
            className="pick version"
            aria-current={each.version === shown}
            onClick={() => onChoose(each.version)}
          >
            <strong>Version {each.version}</strong>
            {each.version === inUse && <span className="badge badge--accent">in use</span>}
            <span className="muted small">{note(each)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
