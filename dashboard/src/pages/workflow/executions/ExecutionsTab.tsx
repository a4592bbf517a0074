// The executions of a workflow, newest first.
import { keepPreviousData } from "@tanstack/react-query";
import { History, OctagonX, Play, SearchX } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Schema } from "../../../api/client";
import { PAGED } from "../../../api/queries";
import { BookingFilter, NO_BOOKING } from "../../../components/BookingFilter";
import { BookingLink } from "../../../components/BookingLink";
import { Button } from "../../../components/Button";
import { count, duration } from "../../../components/format";
import { List } from "../../../components/List";
import { Select } from "../../../components/Select";
import { Empty } from "../../../components/States";
import { Status } from "../../../components/Status";
import { Cell, Row } from "../../../components/Table";
import { Ago } from "../../../components/Time";
import { errorGroups, type ErrorGroup } from "../../../core/errorGroups";
import { readable } from "../../../core/fieldProblems";
import type { ExecutionStatus } from "../../../core/executions";
import { words } from "../../../core/words";
import { startOfDay } from "../../../core/times";
import { useApi, useCurrentLocation } from "../../../currentLocation";
import { DrainDialog } from "./DrainDialog";
import { MoveWaiting } from "./MoveWaiting";
import { ResumeSameError } from "./ResumeSameError";

const STATUSES: readonly ExecutionStatus[] = ["running", "waiting", "completed", "failed", "cancelled", "skipped"];

interface ExecutionFilter {
  status: ExecutionStatus | "";
  /** Executions since the start of the day that was so many days ago at the location; 0 means all. */
  days: number;
  /** Only of this booking; empty for all, and null while no booking is meant by what is typed. */
  bookingId: string | null;
}

interface ExecutionsTabProps {
  workflowId: string;
  isEnabled: boolean;
  published: number | null;
}

export function ExecutionsTab({ workflowId, isEnabled, published }: ExecutionsTabProps) {
  const { may } = useCurrentLocation();
  const [filter, setFilter] = useState<ExecutionFilter>({ status: "", days: 0, bookingId: "" });
  const list = useExecutions(workflowId, filter);
  const executions = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = filter.status !== "" || filter.days !== 0 || filter.bookingId !== "";
  const [isDraining, setDraining] = useState(false);
  return (
    <div className="workflow__body">
      <div className="page">
        <h2 className="visually-hidden">Executions</h2>
        <div className="toolbar">
          <Select
            aria-label="Status"
            options={[["", "Every status"], ...STATUSES.map((status) => [status, words(status)] as const)]}
            value={filter.status}
            onChange={(status) => setFilter({ ...filter, status })}
          />
          <Select
            aria-label="Time"
            options={{ 0: "Any time", 1: "Since yesterday", 7: "Last 7 days", 30: "Last 30 days" }}
            value={`${filter.days}`}
            onChange={(days) => setFilter({ ...filter, days: Number(days) })}
          />
          <BookingFilter onChange={(bookingId) => setFilter((now) => ({ ...now, bookingId }))} />
          {may("editor") && (
            <span className="toolbar__end">
              <Button icon={<OctagonX size={15} />} onPress={() => setDraining(true)}>
                Turn off and cancel waiting executions
              </Button>
            </span>
          )}
        </div>
        {published !== null && may("editor") && <MoveWaiting workflowId={workflowId} published={published} />}
        {filter.status === "failed" && may("editor") && (
          <ErrorGroups workflowId={workflowId} groups={errorGroups(executions)} />
        )}
        {filter.bookingId === null ? (
          <Empty icon={<SearchX size={24} />} title="Nothing found">
            {NO_BOOKING}
          </Empty>
        ) : (
          <List
            what="executions"
            query={list}
            columns={["Started", "Status", "Event", "Booking", "Version", "Took"]}
            row={(execution) => <ExecutionRow key={execution.id} execution={execution} />}
            empty={
              isFiltered ? (
                <Empty icon={<SearchX size={24} />} title="Nothing found">
                  No execution matches these filters.
                </Empty>
              ) : (
                <Empty icon={<History size={24} />} title="No executions yet">
                  Each event that starts this workflow appears here, with every step it took.
                </Empty>
              )
            }
          />
        )}
      </div>
      {isDraining && (
        <DrainDialog workflowId={workflowId} isEnabled={isEnabled} onClose={() => setDraining(false)} />
      )}
    </div>
  );
}

function useExecutions(workflowId: string, { status, days, bookingId }: ExecutionFilter) {
  const { zone } = useCurrentLocation();
  // The start of a day, so that a list keeps its cursors while it is open.
  const since = days && zone ? startOfDay(days, zone) : undefined;
  return useApi().useInfiniteQuery(
    "get",
    "/executions",
    { params: { query: { workflow_id: workflowId, booking_id: bookingId || undefined, status: status || undefined, since } } },
    {
      ...PAGED,
      enabled: bookingId !== null && (days === 0 || zone !== null),
      placeholderData: keepPreviousData,
      staleTime: 0,
      refetchInterval: 5_000,
    },
  );
}

/** The errors of the failed executions in the list, each with a button to resume all of them. */
function ErrorGroups({ workflowId, groups }: { workflowId: string; groups: readonly ErrorGroup[] }) {
  const [chosen, setChosen] = useState<ErrorGroup | null>(null);
  return (
    <>
      {groups.length > 0 && (
        <ul className="causes" aria-label="Errors">
          {groups.map((group) => (
            <li key={group.signature} className="card causes__one">
              <span className="causes__text">
                <strong className="small">{count(group.executions.length, "execution")} in this list failed with this error</strong>
                <span className="muted small">{readable(group.message)}</span>
              </span>
              <Button size="small" icon={<Play size={14} />} onPress={() => setChosen(group)}>
                Resume all with this error
              </Button>
            </li>
          ))}
        </ul>
      )}
      {chosen && (
        <ResumeSameError
          workflowId={workflowId}
          signature={chosen.signature}
          message={chosen.message}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
}

function ExecutionRow({ execution }: { execution: Schema<"ExecutionSummary"> }) {
  const { path } = useCurrentLocation();
  return (
    <Row>
      <Cell>
        <Link
          href={path(`/workflows/${execution.workflow_id}/executions/${execution.id}`)}
          className="table__title"
        >
          <Ago at={execution.started_at} />
        </Link>
      </Cell>
      <Cell of="Status">
        <div className="table__main">
          <span>
            <Status status={execution.status} />
          </span>
          {execution.error_message && <span className="muted small">{readable(execution.error_message)}</span>}
        </div>
      </Cell>
      <Cell of="Event" className="table__short">{execution.event_type}</Cell>
      <Cell of="Booking" className="table__short">
        {execution.booking_id ? (
          <BookingLink id={execution.booking_id} />
        ) : (
          <span className="muted">none</span>
        )}
      </Cell>
      <Cell of="Version" className="numbers">{execution.version}</Cell>
      <Cell of="Took" className="numbers table__short">{duration(execution.started_at, execution.completed_at)}</Cell>
    </Row>
  );
}
