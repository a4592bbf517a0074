// What differs between two states of a workflow, as a list for people.
import { Minus, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { difference, hasSameNotes, headChanges, isSameForExecutions, type FieldChange, type Stated } from "../core/difference";
import { nodeById, type Graph, type GraphEdge } from "../core/graph";
import { words } from "../core/words";
import { Button } from "./Button";

interface ChangesProps {
  before: Stated;
  after: Stated;
}

const MOST_SHOWN = 100;

export function Changes({ before: was, after: is }: ChangesProps) {
  const [isWhole, setWhole] = useState(false);
  const [before, after] = [was.graph, is.graph];
  const found = useMemo(() => difference(before, after), [before, after]);
  const heads = headChanges(was, is);
  if (isSameForExecutions(found) && heads.length === 0) {
    return (
      <p className="muted small">
        {found.moved.length
          ? "Steps were moved on the canvas. Executions stay the same."
          : hasSameNotes(before, after)
            ? "Nothing has changed."
            : "Notes on the canvas were changed. Executions stay the same."}
      </p>
    );
  }
  const ends = (graph: Graph, edge: GraphEdge) => {
    const name = (id: string) => nodeById(graph, id)?.name || id;
    return `${name(edge.source)} → ${name(edge.target)}`;
  };
  const items = [
    ...heads.map((change) => (
      <FieldChangeItem key={change.field} change={change} />
    )),
    ...found.added.map((node) => (
      <li key={`+ ${node.id}`}>
        <Plus size={14} aria-label="Added" /> <ins>{node.name || node.id}</ins>
      </li>
    )),
    ...found.removed.map((node) => (
      <li key={`- ${node.id}`}>
        <Minus size={14} aria-label="Removed" /> <del>{node.name || node.id}</del>
      </li>
    )),
    ...found.changed.flatMap(({ node, changes }) =>
      changes.map((change) => (
        <FieldChangeItem key={node.id + change.field} of={node.name || node.id} change={change} />
      )),
    ),
    ...found.edgesAdded.map((edge) => (
      <li key={`+ ${edge.id}`}>
        <Plus size={14} aria-label="Added" /> <ins>{ends(after, edge)}</ins>
      </li>
    )),
    ...found.edgesRemoved.map((edge) => (
      <li key={`- ${edge.id}`}>
        <Minus size={14} aria-label="Removed" /> <del>{ends(before, edge)}</del>
      </li>
    )),
  ];
  return (
    <>
      <ul className="changes">{items.slice(0, isWhole ? items.length : MOST_SHOWN)}</ul>
      {!isWhole && items.length > MOST_SHOWN && (
        <Button size="small" onPress={() => setWhole(true)}>
          Show {items.length - MOST_SHOWN} more
        </Button>
      )}
    </>
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
  if (typeof value === "boolean") return value ? "yes" : "no";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
