// Sends the request of a webhook step with a made-up guest, and shows what comes back.
import { Send } from "lucide-react";
import { useState } from "react";
import { useDeliveryCalls } from "../../../api/deliveries";
import { messageOf } from "../../../api/problem";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Notice";
import type { Delivery } from "../../../core/deliveries";
import type { Draft } from "../../../core/draft";
import type { GraphNode } from "../../../core/graph";
import { DeliveryOutcome, DeliveryView } from "./DeliveryView";
import "./deliveries.css";

interface SendTestProps {
  workflowId: string;
  node: GraphNode;
  draft: Draft;
}

export function SendTest(props: SendTestProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={<Send size={14} />} onPress={() => setOpen(true)}>
        Send test
      </Button>
      {isOpen && <SendTestDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function SendTestDialog({ workflowId, node, draft, onClose }: SendTestProps & { onClose: () => void }) {
  const calls = useDeliveryCalls();
  const [delivery, setDelivery] = useState<Delivery | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setFailure(null);
    setDelivery(null);
    try {
      await draft.store();
      setDelivery(await calls.sendTest(workflowId, node.id));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const method = typeof node.config?.["method"] === "string" ? node.config["method"] : "POST";
  const url = typeof node.config?.["url"] === "string" ? node.config["url"] : "";
  return (
    <Dialog
      title={`Send test: ${node.name || "Webhook"}`}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button look="primary" icon={<Send size={15} />} isPending={isBusy} onPress={() => void send()}>
            {delivery ? "Send another" : "Send test"}
          </Button>
        </>
      }
    >
      <p>
        Sends a real {method} request {url && <>to <code className="delivery__url">{url}</code> </>}
        with a made-up guest. The receiver sees the header <code>bookflow-test: true</code>.
      </p>
      {failure !== null && <Notice tone="bad">{messageOf(failure)}</Notice>}
      <div aria-live="polite">
        {isBusy && <p className="muted">Waiting for the receiver, at most 20 seconds …</p>}
        {delivery && (
          <>
            <div className="delivery__head">
              <DeliveryOutcome delivery={delivery} />
            </div>
            <DeliveryView delivery={delivery} />
          </>
        )}
      </div>
    </Dialog>
  );
}
