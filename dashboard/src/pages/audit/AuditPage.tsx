// Who changed what, with before and after.
import { ScrollText } from "lucide-react";
import { useAudit } from "../../api/records";
import { ago, dateTime } from "../../components/format";
import { Json } from "../../components/Json";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { words } from "../../core/forms";

export default function AuditPage() {
  return (
    <Page trail={["Dashboard"]} title="Audit log" about="Who changed what in this location, newest first.">
      <List
        what="the audit log"
        query={useAudit()}
        columns={["When", "Who", "What", "Change"]}
        row={(entry) => (
          <tr key={entry.id}>
            <td>
              <time dateTime={entry.at} title={dateTime(entry.at)}>
                {ago(entry.at)}
              </time>
            </td>
            <td>{entry.actor}</td>
            <td>
              <div className="table__main">
                <span>{words(entry.operation)}</span>
                <span className="muted small">{entry.resource_id}</span>
              </div>
            </td>
            <td>
              {entry.before || entry.after ? (
                <details>
                  <summary>Before and after</summary>
                  <Json label="Before and after" value={{ before: entry.before, after: entry.after }} />
                </details>
              ) : (
                <span className="muted">none told</span>
              )}
            </td>
          </tr>
        )}
        empty={
          <Empty icon={<ScrollText size={24} />} title="Nothing has been changed yet">
            Each change by a person or a machine is written down here.
          </Empty>
        }
      />
    </Page>
  );
}
