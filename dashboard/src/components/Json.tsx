// Data as it is, in a frame that the keyboard can scroll.
import { unfolded } from "../core/json";

export function Json({ value, label }: { value: object; label: string }) {
  if (Object.keys(value).length === 0) return <p className="muted small">Nothing</p>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="code" tabIndex={0} role="group" aria-label={label}>
      {JSON.stringify(value, (_, part: unknown) => unfolded(part), 2)}
    </pre>
  );
}
