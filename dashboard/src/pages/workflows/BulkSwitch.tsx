// Turns the selected workflows on or off, and says what became of each.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { BULK, patiently } from "../../api/bulk";
import { basedOn, body } from "../../api/client";
import { messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Confirm, Dialog } from "../../components/Dialog";
import { count } from "../../components/format";
import { switchAll, type Switchable, type Switched } from "../../core/bulkSwitch";
import { useApi } from "../../currentLocation";

interface BulkSwitchProps {
  chosen: readonly Switchable[];
  /** Whether they are to be on. */
  enabled: boolean;
  onClose: () => void;
}

export default function BulkSwitch({ chosen, enabled, onClose }: BulkSwitchProps) {
  const api = useApi();
  // Those that were chosen: the list is read again while they are switched.
  const [workflows] = useState(chosen);
  const [results, setResults] = useState<readonly Switched[]>([]);
  const switching = useMutation({
    ...BULK,
    mutationFn: () =>
      switchAll(
        workflows,
        enabled,
        ({ id, revision }) => {
          const change = { ...basedOn({ workflow_id: id }, revision), body: { enabled, send_missed: false } };
          return patiently(() => body(api.PUT("/workflows/{workflow_id}/enabled", change)));
        },
        setResults,
      ),
  });
  const turn = enabled ? "Turn on" : "Turn off";
  if (!switching.isSuccess) {
    return (
      <Confirm
        title={`${turn} ${count(workflows.length, "workflow")}?`}
        action={turn}
        isBusy={switching.isPending}
        onConfirm={() => switching.mutate()}
        onClose={onClose}
      >
        <p>
          {enabled
            ? "New events start them. Reminders that would have been due already are not sent."
            : "New events do not start them any more. Executions in progress finish."}
        </p>
        {switching.isPending && (
          <p role="status">
            {results.length} of {workflows.length} done.
          </p>
        )}
      </Confirm>
    );
  }
  const failed = results.filter(({ outcome }) => outcome === "failed" || outcome === "unpublished");
  return (
    <Dialog
      title={failed.length ? `${count(failed.length, "workflow")} not turned ${enabled ? "on" : "off"}` : `All are ${enabled ? "on" : "off"}`}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={onClose}>
          Close
        </Button>
      }
    >
      <ul className="switched">
        {[...failed, ...results.filter((each) => !failed.includes(each))].map((result) => (
          <li key={result.workflow.id}>
            <strong>{result.workflow.name}</strong> <span className="muted">{words(result, enabled)}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function words({ outcome, error }: Switched, enabled: boolean): string {
  const state = enabled ? "on" : "off";
  if (outcome === "failed") return messageOf(error);
  if (outcome === "unpublished") return "Not published yet. Publish it first.";
  return outcome === "same" ? `Was ${state} already.` : `Turned ${state}.`;
}
