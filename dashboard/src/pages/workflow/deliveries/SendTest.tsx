// Sends the request of a webhook step with a made-up guest, and shows what comes back.
import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useState } from "react";
import { body } from "../../../api/client";
import { messageOf } from "../../../api/problem";
import { READS } from "../../../api/queries";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Notice";
import type { Draft } from "../../../core/draft";
import type { GraphNode } from "../../../core/graph";
import { useApi } from "../../../currentLocation";
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
  const api = useApi();
  const test = useMutation({
    ...READS,
    mutationFn: async () => {
      await draft.store();
      const path = { workflow_id: workflowId, node_id: node.id };
      return body(api.POST("/workflows/{workflow_id}/steps/{node_id}/test", { params: { path } }));
    },
  });
  const delivery = test.data;
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
          <Button look="primary" icon={<Send size={15} />} isPending={test.isPending} onPress={() => test.mutate()}>
            {delivery ? "Send another" : "Send test"}
          </Button>
        </>
      }
    >
      <p>
        Sends a real {method} request {url && <>to <code className="delivery__url">{url}</code> </>}
        with a made-up guest. The receiver sees the header <code>bookflow-test: true</code>.
      </p>
      {test.error && <Notice tone="bad">{messageOf(test.error)}</Notice>}
      <div aria-live="polite">
        {test.isPending && <p className="muted">Waiting for the receiver, at most 20 seconds …</p>}
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
