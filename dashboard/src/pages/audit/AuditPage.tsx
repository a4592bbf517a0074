// Who changed what, and how it was before.
import { Bot, ScrollText, SearchX, UserRound, X } from "lucide-react";
import { useId, useMemo, useState } from "react";
import type { Schema } from "../../api/client";
import { PAGED, useWholeList } from "../../api/queries";
import { NAMES, useSurveys, useTemplates } from "../../api/reads";
import { BookingFilter } from "../../components/BookingFilter";
import { BookingLink } from "../../components/BookingLink";
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
import { AUDITED_KINDS, bookingOf, deedOf, hasItems, idNamed, itemNames, nameOfItem, readableChange, type ItemNames } from "../../core/audit";
import { words } from "../../core/words";
import { useApi } from "../../currentLocation";
import "./audit.css";

type AuditEntry = Schema<"AuditView">;

/** What the changes are wanted of: a kind of items, and one of them if its id is not empty. */
interface AuditFilter {
  kind: string;
  id: string;
}

export default function AuditPage() {
  const [of, setOf] = useState<AuditFilter | null>(null);
  const query = of ? { kind: of.kind, ...(of.id && { resource_id: of.id }) } : {};
  const names = useItemNames();
  const audit = useApi().useInfiniteQuery("get", "/audit", { params: { query } }, PAGED);
  return (
    <Page trail={["Dashboard"]} title="Audit log" about="Who changed what in this location, newest first.">
      <Filter key={of ? `${of.kind}/${of.id}` : ""} of={of} names={names} onChange={setOf} />
      <List
        what="the audit log"
        query={audit}
        columns={["When", "Who", "What", "Change"]}
        row={(entry) => (
          <EntryRow
            key={entry.id}
            entry={entry}
            name={nameOfItem(entry, names)}
            isOnly={of !== null && of.id !== ""}
            onOnly={setOf}
          />
        )}
        empty={
          of ? (
            <Empty icon={<SearchX size={24} />} title="No changes found">
              The audit log has no changes {of.id ? "to this item" : "of this kind"}.
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

/** Returns the names of the items that have one, by kind and id. */
function useItemNames(): ItemNames {
  const workflows = useWholeList("/workflows", {}, NAMES).data;
  const templates = useTemplates(NAMES).data;
  const surveys = useSurveys(NAMES).data;
  return useMemo(() => itemNames({ workflows, templates, surveys }), [workflows, templates, surveys]);
}

interface FilterProps {
  of: AuditFilter | null;
  names: ItemNames;
  onChange: (of: AuditFilter | null) => void;
}

function Filter({ of, names, onChange }: FilterProps) {
  const listId = useId();
  const kind = of?.kind ?? "";
  const named = names.get(kind);
  const [item, setItem] = useState(of?.id ? (named?.get(of.id) ?? of.id) : "");
  return (
    <form
      className="toolbar"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ kind, id: idNamed(named, item) });
      }}
    >
      <Select
        aria-label="Kind"
        options={[
          ["", "Changes of any kind"],
          ...Object.entries(AUDITED_KINDS),
        ]}
        value={kind}
        onChange={(chosen) => onChange(chosen ? { kind: chosen, id: "" } : null)}
      />
      {kind === "bookings" && (
        <BookingFilter onChange={(bookingId) => bookingId && onChange({ kind, id: bookingId })} />
      )}
      {kind !== "bookings" && hasItems(kind) && (
        <>
          <SearchInput label="Name or id" placeholder="Name or id" list={listId} value={item} onChange={setItem} />
          <datalist id={listId}>
            {[...(named?.values() ?? [])].map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Button type="submit">Show changes</Button>
        </>
      )}
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
  name: string;
  isOnly: boolean;
  onOnly: (of: AuditFilter) => void;
}

function EntryRow({ entry, name, isOnly, onOnly }: RowProps) {
  const id = entry.resource_id;
  const booking = bookingOf(entry);
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
          <span>
            {deedOf(entry)}
            {name && <strong> “{name}”</strong>}
          </span>
          {booking && <BookingLink id={booking} />}
          {id && (
            <span className="muted small audit__of">
              {entry.kind !== "bookings" && (
                <span className="audit__id" title={id}>
                  {id}
                </span>
              )}
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
