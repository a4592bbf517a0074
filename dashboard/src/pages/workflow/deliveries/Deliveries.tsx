// What a webhook delivered: each delivery with its request and answer, to send again.
import { History, RotateCw } from "lucide-react";
import { useState } from "react";
import { useDeliveries, useDeliveryCalls } from "../../../api/deliveries";
import { Button } from "../../../components/Button";
import { Confirm, Dialog } from "../../../components/Dialog";
import { Failed, Loading } from "../../../components/States";
import { Time } from "../../../components/Time";
import { useToasts } from "../../../components/toasts";
import { causeOf, outcomeOf, type ListedDelivery } from "../../../core/deliveries";
import { useCurrentLocation } from "../../../currentLocation";
import { DeliveryOutcome, DeliveryView } from "./DeliveryView";
import "./deliveries.css";

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
  const list = useDeliveries(workflowId, nodeId, executionId);
  const { may } = useCurrentLocation();
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
  const calls = useDeliveryCalls();
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      const sent = await calls.resend(delivery.execution_id, nodeId, delivery.id);
      const outcome = outcomeOf(sent);
      if (outcome.tone === "good") report(`Sent again: ${outcome.word}.`);
      else reportFailure(new Error(`${sent.error_message} ${sent.remedy ?? ""}`.trim()));
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
      onClose();
    }
  };
  return (
    <Confirm title="Send it again?" action="Resend" isBusy={isBusy} onClose={onClose} onConfirm={() => void send()}>
      <p>
        The receiver gets the same request with the same id, signed anew. One that keeps to Standard Webhooks takes it
        once.
      </p>
      <p>The step and its execution stay as they are.</p>
    </Confirm>
  );
}
