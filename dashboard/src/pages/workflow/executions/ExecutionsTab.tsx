// The runs of a workflow, newest first.
import { History, SearchX } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useExecutions, type ExecutionFilter, type ExecutionSummary } from "../../../api/executions";
import { Button } from "../../../components/Button";
import { ago, dateTime, duration } from "../../../components/format";
import { Empty, Failed, LoadingRows } from "../../../components/States";
import { Status } from "../../../components/Status";
import type { RunStatus } from "../../../core/runs";
import { usePlace } from "../../../place";

const STATUSES: readonly RunStatus[] = ["running", "waiting", "completed", "failed", "cancelled", "skipped"];

export function ExecutionsTab({ workflowId }: { workflowId: string }) {
  const [filter, setFilter] = useState<ExecutionFilter>({ workflowId, status: "", days: 0 });
  const list = useExecutions(filter);
  const runs = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = filter.status !== "" || filter.days !== 0;
  return (
    <div className="workflow__body">
      <div className="page">
        <h2 className="visually-hidden">Executions</h2>
        <div className="toolbar">
          <select
            className="input"
            aria-label="Status"
            value={filter.status}
            onChange={(event) => setFilter({ ...filter, status: event.target.value as RunStatus | "" })}
          >
            <option value="">Every status</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {status.charAt(0).toUpperCase() + status.slice(1)}
              </option>
            ))}
          </select>
          <select
            className="input"
            aria-label="Time"
            value={filter.days}
            onChange={(event) => setFilter({ ...filter, days: Number(event.target.value) })}
          >
            <option value={0}>Any time</option>
            <option value={1}>Since yesterday</option>
            <option value={7}>Last 7 days</option>
            <option value={30}>Last 30 days</option>
          </select>
        </div>
        <div className="card">
          {list.isError && !list.data ? (
            <Failed error={list.error} onRetry={() => void list.refetch()} />
          ) : list.data && runs.length === 0 && !list.hasNextPage ? (
            isFiltered ? (
              <Empty icon={<SearchX size={24} />} title="Nothing fits">
                No run fits these filters.
              </Empty>
            ) : (
              <Empty icon={<History size={24} />} title="No runs yet">
                Each event that starts this workflow shows up here, with every step it took.
              </Empty>
            )
          ) : (
            <div className="table-frame">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Started</th>
                    <th scope="col">Status</th>
                    <th scope="col">Event</th>
                    <th scope="col">Booking</th>
                    <th scope="col">Version</th>
                    <th scope="col">Took</th>
                  </tr>
                </thead>
                {list.data ? (
                  <tbody>
                    {runs.map((run) => (
                      <RunRow key={run.id} run={run} />
                    ))}
                  </tbody>
                ) : (
                  <LoadingRows columns={6} what="executions" />
                )}
              </table>
            </div>
          )}
          {list.hasNextPage && (
            <div className="more">
              <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                Show more
              </Button>
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

function RunRow({ run }: { run: ExecutionSummary }) {
  const { path } = usePlace();
  return (
    <tr>
      <td>
        <Link
          href={path(`/workflows/${run.workflow_id}/executions/${run.id}`)}
          className="table__title"
          title={dateTime(run.started_at)}
        >
          {ago(run.started_at)}
        </Link>
      </td>
      <td>
        <div className="table__main">
          <span>
            <Status status={run.status} />
          </span>
          {run.error_message && <span className="muted small">{run.error_message}</span>}
        </div>
      </td>
      <td>{run.event_type}</td>
      <td>{run.booking_id ?? <span className="muted">none</span>}</td>
      <td className="numbers">{run.version}</td>
      <td className="numbers">{duration(run.started_at, run.completed_at)}</td>
    </tr>
  );
}
