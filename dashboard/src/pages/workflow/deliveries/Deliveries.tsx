// What a webhook delivered: each delivery with its request and answer, to send again.
import { History, RotateCw } from "lucide-react";
import { useState } from "react";
import { PAGED } from "../../../api/queries";
import { Button } from "../../../components/Button";
import { Confirm, Dialog } from "../../../components/Dialog";
import { Failed, Loading } from "../../../components/States";
import { Time } from "../../../components/Time";
import { useToasts } from "../../../components/toasts";
import { causeOf, outcomeOf, type ListedDelivery } from "../../../core/deliveries";
import { useApi, useCurrentLocation } from "../../../currentLocation";
import { DeliveryOutcome, DeliveryView } from "./DeliveryView";
import "./deliveries.css";

/** Executions that a page of deliveries looks at. */
const EXECUTIONS_A_PAGE = 25;

interface DeliveriesProps {
  workflowId: string;
  nodeId: string;
  /** Only those of this execution. */
  executionId?: string;
}

/** The deliveries of a step over the last executions, in a dialog behind a button. */
export function LastDeliveries({ name, ...props }: DeliveriesProps & { name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={<History size={14} />} onPress={() => setOpen(true)}>
        Deliveries
      </Button>
      {isOpen && (
        <Dialog title={`Deliveries: ${name}`} isOpen isWide onClose={() => setOpen(false)}>
          <Deliveries {...props} />
        </Dialog>
      )}
    </>
  );
}

export function Deliveries({ workflowId, nodeId, executionId }: DeliveriesProps) {
  const { api, may } = useCurrentLocation();
  const list = api.useInfiniteQuery(
    "get",
    "/workflows/{workflow_id}/steps/{node_id}/deliveries",
    {
      params: {
        path: { workflow_id: workflowId, node_id: nodeId },
        query: { limit: EXECUTIONS_A_PAGE, execution_id: executionId },
      },
    },
    { ...PAGED, staleTime: 0 },
  );
  const [asked, setAsked] = useState<ListedDelivery | null>(null);
  if (list.isError && !list.data) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Loading what="the deliveries" />;
  const deliveries = list.data.pages.flatMap((page) => page.items);
  return (
    <>
      {deliveries.length === 0 && (
        <p className="muted small">
          {executionId ? "Nothing was sent." : "Nothing was sent in the executions that were looked at."}
        </p>
      )}
      <ul className="deliveries">
        {deliveries.map((delivery) => (
          <li key={delivery.id}>
            <details className="delivery">
              <summary>
                <span className="delivery__head">
                  <Time at={delivery.sent_at} detail="seconds" className="small" />
                  <DeliveryOutcome delivery={delivery} />
                  <span className="muted small">{causeOf(delivery)}</span>
                </span>
              </summary>
              <DeliveryView delivery={delivery} />
              {may("editor") && (
                <div>
                  <Button size="small" icon={<RotateCw size={14} />} onPress={() => setAsked(delivery)}>
                    Resend
                  </Button>
                </div>
              )}
            </details>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button size="small" isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          Earlier executions
        </Button>
      )}
      {asked && <Resend delivery={asked} nodeId={nodeId} onClose={() => setAsked(null)} />}
    </>
  );
}

interface ResendProps {
  delivery: ListedDelivery;
  nodeId: string;
  onClose: () => void;
}

function Resend({ delivery, nodeId, onClose }: ResendProps) {
  const { report, reportFailure } = useToasts();
  const resend = useApi().useMutation(
    "post",
    "/executions/{execution_id}/steps/{node_id}/deliveries/{delivery_id}/resend",
    {
      meta: { changes: ["/workflows"] },
      onSuccess: (sent) => {
        const outcome = outcomeOf(sent);
        if (outcome.tone === "good") report(`Sent again: ${outcome.word}.`);
        else reportFailure(new Error(`${sent.error_message} ${sent.remedy ?? ""}`.trim()));
      },
      onError: reportFailure,
      onSettled: onClose,
    },
  );
  const send = () =>
    resend.mutate({
      params: { path: { execution_id: delivery.execution_id, node_id: nodeId, delivery_id: delivery.id } },
    });
  return (
    <Confirm title="Send it again?" action="Resend" isBusy={resend.isPending} onClose={onClose} onConfirm={send}>
      <p>
        The receiver gets the same request with the same id, signed anew. One that keeps to Standard Webhooks takes it
        once.
      </p>
      <p>The step and its execution stay as they are.</p>
    </Confirm>
  );
}
