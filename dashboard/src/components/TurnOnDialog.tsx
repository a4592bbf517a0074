// Asks, before a workflow of reminders is turned on, about those that would have been due already.
import { useState } from "react";
import type { Graph } from "../core/graph";
import { Confirm } from "./Dialog";
import { ImpactNote } from "./ImpactNote";

interface TurnOnDialogProps {
  workflow: { id: string; name: string };
  /** The published graph. */
  graph: Graph;
  isBusy: boolean;
  onConfirm: (sendsMissed: boolean) => void;
  onClose: () => void;
}

export function TurnOnDialog({ workflow, graph, isBusy, onConfirm, onClose }: TurnOnDialogProps) {
  const [sendsMissed, setSendsMissed] = useState(false);
  return (
    <Confirm
      title={`Turn on “${workflow.name}”?`}
      action="Turn on"
      isBusy={isBusy}
      onConfirm={() => onConfirm(sendsMissed)}
      onClose={onClose}
    >
      <ImpactNote
        workflowId={workflow.id}
        graph={graph}
        isOnAfter
        sendsMissed={sendsMissed}
        onSendMissed={setSendsMissed}
      />
    </Confirm>
  );
}
