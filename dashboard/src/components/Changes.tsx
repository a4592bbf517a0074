// What differs between two drawings, as a list for people.
import { Minus, Pencil, Plus } from "lucide-react";
import { isSameForRuns, type Difference, type FieldChange } from "../core/difference";
import { nodeById, type Graph, type GraphEdge } from "../core/graph";
import { words } from "../core/forms";

interface ChangesProps {
  difference: Difference;
  before: Graph;
  after: Graph;
}

export function Changes({ difference, before, after }: ChangesProps) {
  if (isSameForRuns(difference)) {
    return (
      <p className="muted small">
        {difference.moved.length ? "Steps were moved on the canvas; runs stay the same." : "Nothing has changed."}
      </p>
    );
  }
  const way = (graph: Graph, edge: GraphEdge) => {
    const name = (id: string) => nodeById(graph, id)?.name || id;
    return `${name(edge.source)} → ${name(edge.target)}`;
  };
  return (
    <ul className="changes">
      {difference.added.map((node) => (
        <li key={node.id}>
          <Plus size={14} aria-label="Added" /> <ins>{node.name || node.id}</ins>
        </li>
      ))}
      {difference.removed.map((node) => (
        <li key={node.id}>
          <Minus size={14} aria-label="Removed" /> <del>{node.name || node.id}</del>
        </li>
      ))}
      {difference.changed.flatMap(({ node, changes }) =>
        changes.map((change) => (
          <FieldChangeItem key={node.id + change.field} of={node.name || node.id} change={change} />
        )),
      )}
      {difference.edgesAdded.map((edge) => (
        <li key={edge.id}>
          <Plus size={14} aria-label="Added" /> <ins>{way(after, edge)}</ins>
        </li>
      ))}
      {difference.edgesRemoved.map((edge) => (
        <li key={edge.id}>
          <Minus size={14} aria-label="Removed" /> <del>{way(before, edge)}</del>
        </li>
      ))}
    </ul>
  );
}

/** What differs between two records, field by field. */
export function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return <p className="muted small">Nothing has changed.</p>;
  return (
    <ul className="changes">
      {changes.map((change) => (
        <FieldChangeItem key={change.field} change={change} />
      ))}
    </ul>
  );
}

function FieldChangeItem({ of, change }: { of?: string; change: FieldChange }) {
  const { before, after } = change;
  const [Icon, label] = isNothing(before) ? [Plus, "Added"] : isNothing(after) ? [Minus, "Removed"] : [Pencil, "Changed"];
  return (
    <li>
      <Icon size={13} aria-label={label} />
      <span>
        {of && `${of}: `}
        <code>{words(change.field.replace("config.", ""))}</code>{" "}
        <span className="changes__values">
          {!isNothing(before) && <del>{shown(before)}</del>} {!isNothing(after) && <ins>{shown(after)}</ins>}
        </span>
      </span>
    </li>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
