// How far a batch is, live, with a way to stop it.
import { Square } from "lucide-react";
import { Link } from "wouter";
import { messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { Loading } from "../../components/States";
import { progressOf, type Batch } from "../../core/batches";
import { useApi, useCurrentLocation } from "../../currentLocation";

const LIVE_MS = 1_000;

export function BatchProgress({ title, workflowId, onClose }: { title: string; workflowId: string; onClose: () => void }) {
  const { path } = useCurrentLocation();
  const api = useApi();
  const of = { params: { path: { workflow_id: workflowId } } };
  const batch = api.useQuery("get", "/workflows/{workflow_id}/batch", of, {
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LIVE_MS : false),
  });
  const stop = api.useMutation("post", "/workflows/{workflow_id}/batch/stop", { meta: { changes: ["/workflows"] } });
  return (
    <Dialog
      title={title}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <>
          {(batch.data?.state === "running" || batch.data?.state === "failed") && (
            <Button icon={<Square size={14} />} isPending={stop.isPending} onPress={() => stop.mutate(of)}>
              Stop
            </Button>
          )}
          <Button look="primary" onPress={onClose}>
            Close
          </Button>
        </>
      }
    >
      {batch.error && <Notice tone="bad">{messageOf(batch.error)}</Notice>}
      {stop.error && <Notice tone="bad">{messageOf(stop.error)}</Notice>}
      {batch.data ? <Progress of={batch.data} /> : !batch.error && <Loading what="the progress" />}
      <p className="small">
        <Link href={path(`/workflows/${workflowId}/executions`)}>See what became of each message</Link>
      </p>
    </Dialog>
  );
}

function Progress({ of }: { of: Batch }) {
  const { done, total } = progressOf(of);
  const { started = 0, over = 0, already = 0, unsuited = 0, filtered = 0, failed = 0 } = of.counts;
  return (
    <>
      <div role="status">
        {of.state === "running" && <Notice>It continues by itself; you can close this.</Notice>}
        {of.state === "completed" && <Notice tone={started > 0 ? "good" : "warn"}>Started for {count(started, "booking")}.</Notice>}
        {of.state === "stopped" && <Notice tone="warn">Stopped. What was started goes on.</Notice>}
        {of.state === "failed" && (
          <Notice tone="bad">
            {of.reason} {of.remedy}
          </Notice>
        )}
      </div>
      <progress className="progress" aria-label="Bookings done" max={total ?? undefined} value={total === null ? undefined : done} />
      <ul className="small">
        <li>
          {total === null ? count(done, "booking") : `${done.toLocaleString()} of ${count(total, "booking")}`} done
        </li>
        {over > 0 && <li>{count(over, "booking is", "bookings are")} over: their guests are not written to</li>}
        {already > 0 && <li>{count(already, "booking")} had it already</li>}
        {unsuited > 0 && <li>{count(unsuited, "booking")} left out: their records lack what the trigger needs</li>}
        {filtered > 0 && <li>{count(filtered, "booking")} left out by the trigger’s filter</li>}
        {failed > 0 && <li>{count(failed, "booking")} failed to start</li>}
      </ul>
    </>
  );
}
