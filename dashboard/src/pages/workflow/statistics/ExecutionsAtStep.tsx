// The executions whose step stands in one way, the newest first.
import { Link } from "wouter";
import type { Schema } from "../../../api/client";
import { PAGED } from "../../../api/queries";
import { BookingLink } from "../../../components/BookingLink";
import { Button } from "../../../components/Button";
import { Failed, Loading } from "../../../components/States";
import { Ago } from "../../../components/Time";
import { readable } from "../../../core/fieldProblems";
import type { Part } from "../../../core/stepStatistics";
import { useApi, useCurrentLocation } from "../../../currentLocation";

interface ExecutionsAtStepProps {
  workflowId: string;
  nodeId: string;
  part: Part;
}

export function ExecutionsAtStep({ workflowId, nodeId, part }: ExecutionsAtStepProps) {
  const { path } = useCurrentLocation();
  const reason = (part.reason ?? undefined) as Schema<"ReasonCode"> | undefined;
  const list = useApi().useInfiniteQuery(
    "get",
    "/workflows/{workflow_id}/steps/{node_id}/executions",
    {
      params: {
        path: { workflow_id: workflowId, node_id: nodeId },
        query: { status: part.status, ...(reason && { reason }) },
      },
    },
    { ...PAGED, staleTime: 0 },
  );
  if (list.isError && !list.data) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Loading what="the executions" />;
  const executions = list.data.pages.flatMap((page) => page.items);
  return (
    <>
      <ul className="step-list">
        {executions.map((execution) => (
          <li key={execution.id}>
            <Link href={path(`/workflows/${workflowId}/executions/${execution.id}`)}>
              <Ago at={execution.started_at} />
            </Link>
            {execution.booking_id && <BookingLink id={execution.booking_id} />}
            {execution.error_message && <span className="muted small">{readable(execution.error_message)}</span>}
          </li>
        ))}
      </ul>
      {executions.length === 0 && !list.hasNextPage && (
        <p className="muted small">Their records have passed the location’s retention, or the step was decided without a record.</p>
      )}
      {list.hasNextPage && (
        <Button size="small" isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          Look further back
        </Button>
      )}
    </>
  );
}
