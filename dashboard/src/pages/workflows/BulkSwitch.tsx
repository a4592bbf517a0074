// Turns the selected workflows on or off, and says what became of each.
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { BULK, patiently } from "../../api/bulk";
import { basedOn, body } from "../../api/client";
import { ApiError, messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { count } from "../../components/format";
import { switchAll, type Switchable, type SwitchCalls, type Switched } from "../../core/bulkSwitch";
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
  const [results, setResults] = useState<ReadonlyMap<string, Switched>>(new Map());
  const [isStopping, setStopping] = useState(false);
  const isStopped = useRef(false);
  useEffect(() => {
    isStopped.current = false;
    return () => {
      isStopped.current = true;
    };
  }, []);
  const calls: SwitchCalls = {
    change: ({ id, revision }) => {
      const change = { ...basedOn({ workflow_id: id }, revision), body: { enabled, send_missed: false } };
      return patiently(() => body(api.PUT("/workflows/{workflow_id}/enabled", change)));
    },
    read: ({ id }) => patiently(() => body(api.GET("/workflows/{workflow_id}", { params: { path: { workflow_id: id } } }))),
    isStale: (error) => error instanceof ApiError && error.isStale,
  };
  const switching = useMutation({
    ...BULK,
    mutationFn: (which: readonly Switchable[]) => {
      const before = [...results].filter(([id]) => !which.some((each) => each.id === id));
      const onProgress = (some: readonly Switched[]) =>
        setResults(new Map([...before, ...some.map((each) => [each.workflow.id, each] as const)]));
      isStopped.current = false;
      setStopping(false);
      onProgress([]);
      return switchAll(which, enabled, calls, { onProgress, isStopped: () => isStopped.current });
    },
  });
  const stop = () => {
    isStopped.current = true;
    setStopping(true);
  };
  const turn = enabled ? "Turn on" : "Turn off";
  if (!switching.isSuccess) {
    const isBusy = switching.isPending;
    return (
      <Dialog
        title={`${turn} ${count(workflows.length, "workflow")}?`}
        isOpen
        isStrict={isBusy}
        onClose={onClose}
        actions={
          <>
            {/* What is stopped shows what became of each, so it never ends in silence. */}
            <Button isPending={isStopping} onPress={isBusy ? stop : onClose}>
              {isBusy ? "Stop" : "Cancel"}
            </Button>
            <Button look="primary" isPending={isBusy} onPress={() => switching.mutate(workflows)}>
              {turn}
            </Button>
          </>
        }
      >
        <p>
          {enabled
            ? "New events start them. Reminders that would have been due already are not sent."
            : "New events do not start them any more. Executions in progress finish."}
        </p>
        {isBusy && (
          <p role="status">
            {results.size} of {workflows.length} done.
          </p>
        )}
      </Dialog>
    );
  }
  const all = [...results.values()];
  const failed = all.filter(({ outcome }) => outcome !== "changed" && outcome !== "same");
  const again = failed.filter(({ outcome }) => outcome !== "unpublished");
  return (
    <Dialog
      title={failed.length ? `${count(failed.length, "workflow")} not turned ${enabled ? "on" : "off"}` : `All are ${enabled ? "on" : "off"}`}
      isOpen
      onClose={onClose}
      actions={
        <>
          {again.length > 0 && (
            <Button onPress={() => switching.mutate(again.map(({ workflow }) => workflow))}>Try again</Button>
          )}
          <Button look="primary" onPress={onClose}>
            Close
          </Button>
        </>
      }
    >
      <ul className="switched">
        {[...failed, ...all.filter((each) => !failed.includes(each))].map((result) => (
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
  if (outcome === "left") return "Not tried, as you stopped it.";
  if (outcome === "unpublished") return "Not published yet. Publish it first.";
  return outcome === "same" ? `Is ${state} already.` : `Turned ${state}.`;
}
