// Who changed what, and how it was before.
import { Bot, ScrollText, SearchX, UserRound, X } from "lucide-react";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { PAGED } from "../../api/queries";
import { Button } from "../../components/Button";
import { Changes, FieldChanges } from "../../components/Changes";
import { count } from "../../components/format";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { AUDITED_KINDS, deedOf, readableChange } from "../../core/audit";
import { words } from "../../core/forms";
import { useApi } from "../../currentLocation";
import "./audit.css";

type AuditEntry = Schema<"AuditView">;

/** One thing whose changes are wanted. */
interface AuditFilter {
  kind: string;
  id: string;
}

export default function AuditPage() {
  const [of, setOf] = useState<AuditFilter | null>(null);
  const query = of ? { kind: of.kind, resource_id: of.id } : {};
  const audit = useApi().useInfiniteQuery("get", "/audit", { params: { query } }, PAGED);
  return (
    <Page trail={["Dashboard"]} title="Audit log" about="Who changed what in this location, newest first.">
      <Filter key={of ? `${of.kind}/${of.id}` : ""} of={of} onChange={setOf} />
      <List
        what="the audit log"
        query={audit}
        columns={["When", "Who", "What", "Change"]}
        row={(entry) => <EntryRow key={entry.id} entry={entry} isOnly={of !== null} onOnly={setOf} />}
        empty={
          of ? (
            <Empty icon={<SearchX size={24} />} title="No changes found">
              The audit log has no changes to an item with this id.
            </Empty>
          ) : (
            <Empty icon={<ScrollText size={24} />} title="No changes yet">
              Every change by a person or a machine appears here.
            </Empty>
          )
        }
      />
    </Page>
  );
}

interface FilterProps {
  of: AuditFilter | null;
  onChange: (of: AuditFilter | null) => void;
}

function Filter({ of, onChange }: FilterProps) {
  const [kind, setKind] = useState<string>(of?.kind ?? AUDITED_KINDS[0]);
  const [id, setId] = useState(of?.id ?? "");
  return (
    <form
      className="toolbar"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(id.trim() ? { kind, id: id.trim() } : null);
      }}
    >
      <Select
        aria-label="Kind"
        options={AUDITED_KINDS.map((each) => [each, each === "suppressions" ? "Blocked recipients" : words(each)] as const)}
        value={kind}
        onChange={setKind}
      />
      <SearchInput label="Item id" placeholder="Item id" value={id} onChange={setId} />
      <Button type="submit">Show changes</Button>
      {of && (
        <Button look="quiet" icon={<X size={15} />} onPress={() => onChange(null)}>
          Show all
        </Button>
      )}
    </form>
  );
}

interface RowProps {
  entry: AuditEntry;
  isOnly: boolean;
  onOnly: (of: AuditFilter) => void;
}

function EntryRow({ entry, isOnly, onOnly }: RowProps) {
  const id = entry.resource_id;
  return (
    <Row className="audit__row">
      <Cell of="When">
        <Ago at={entry.at} />
      </Cell>
      <Cell of="Who">
        <span className="audit__actor">
          {entry.actor_kind === "person" ? <UserRound size={15} aria-label="A person" /> : <Bot size={15} aria-label="A machine" />}
          <span title={entry.actor}>{entry.actor_name || entry.actor}</span>
        </span>
      </Cell>
      <Cell>
        <div className="table__main">
          <span>{deedOf(entry)}</span>
          {id && (
            <span className="muted small audit__of">
              <span className="audit__id" title={id}>
                {id}
              </span>
              {!isOnly && (
                <button type="button" className="link" onClick={() => onOnly({ kind: entry.kind, id })}>
                  Only this item
                </button>
              )}
            </span>
          )}
        </div>
      </Cell>
      <Cell className="audit__change">
        <Change entry={entry} />
      </Cell>
    </Row>
  );
}

function Change({ entry }: { entry: AuditEntry }) {
  if (entry.outcome === "unknown") {
    return <span className="small">It is not known whether this was done: the call broke off. Check the item.</span>;
  }
  if (!entry.before && !entry.after) {
    return <span className="muted small">The content is secret or personal and is not stored</span>;
  }
  const { fields, graphs } = readableChange(entry.before, entry.after);
  const many = fields.length + graphs.length;
  if (many === 0) return <span className="muted small">Saved without changes</span>;
  const word = !entry.before ? "Created" : !entry.after ? "Removed" : "Changed";
  return (
    <details>
      <summary>
        {word}: {count(many, "field")}
      </summary>
      {fields.length > 0 && <FieldChanges changes={fields} />}
      {graphs.map((each) => (
        <section key={each.field} aria-label={words(each.field)}>
          <h3 className="small">{words(each.field)}</h3>
          <Changes before={{ graph: each.before }} after={{ graph: each.after }} />
        </section>
      ))}
    </details>
  );
}
