// What is wrong with rows of a file, by row and field.
import { FIELDS } from "../../core/imports/mapping";
import type { RowProblem } from "../../core/imports/rows";

const SHOWN = 100;

export function ProblemList({ problems }: { problems: readonly RowProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="import__problems" tabIndex={0} aria-label="Rows with problems">
        {problems.slice(0, SHOWN).map(({ row, field, reason, remedy }, index) => (
          <li key={index}>
            <strong>Row {row}</strong>
            {field !== null && !reason.startsWith(labelOf(field)) && <span className="muted"> · {labelOf(field)}</span>}
            <span>
              {" "}
              {reason} {remedy}
            </span>
          </li>
        ))}
      </ul>
      {problems.length > SHOWN && <p className="muted small">And {(problems.length - SHOWN).toLocaleString()} more; save them to see all.</p>}
    </>
  );
}

/** Returns what the page calls a field of the API. */
export function labelOf(field: string): string {
  const [first = field] = field.split(/[.[]/);
  return FIELDS.find(({ name }) => name === first)?.label ?? (first === "more" ? "Other columns" : field);
}
