// Stops a workflow for good measure: no event starts it, and what is under way is cancelled.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useBulkCalls, type DrainProgress, type Withdrawal } from "../../../api/executions";
import { messageOf } from "../../../api/problem";
import { useReminderJob, type ReminderJob } from "../../../api/reminders";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { isFinal } from "../../../core/executions";
import { useCurrentLocation } from "../../../currentLocation";

interface DrainDialogProps {
  workflowId: string;
  isEnabled: boolean;
  onClose: () => void;
}

export function DrainDialog({ workflowId, isEnabled, onClose }: DrainDialogProps) {
  const { locationId } = useCurrentLocation();
  const calls = useBulkCalls(workflowId);
  const [progress, setProgress] = useState<DrainProgress | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const stop = useRef(new AbortController());
  const pending = useQuery({
    queryKey: ["pending", locationId, workflowId],
    gcTime: 0,
    enabled: progress === null && !isBusy,
    queryFn: async ({ signal }) => {
      const { executions, isAll } = await calls.newest(signal);
      return { many: executions.filter((execution) => !isFinal(execution.status)).length, isAll };
    },
  });

  useEffect(() => {
    const controller = new AbortController();
    stop.current = controller;
    return () => controller.abort();
  }, []);

  const drain = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await calls.drain(setProgress, stop.current.signal);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  const isDone = progress?.isComplete ?? false;
  const job = useReminderJob(workflowId, progress?.reminders.isComplete === false);
  const reminders = progress && withdrawalText(job.data ? withdrawalOf(job.data) : progress.reminders);
  return (
    <Dialog
      title="Stop the workflow and cancel what is pending?"
      isOpen
      isStrict={isBusy}
      onClose={onClose}
      actions={
        isDone ? (
          <Button look="primary" onPress={onClose}>
            Close
          </Button>
        ) : (
          <>
            <Button isDisabled={isBusy} onPress={onClose}>
              Leave it running
            </Button>
            <Button look="danger" isPending={isBusy} onPress={() => void drain()}>
              Stop and cancel
            </Button>
          </>
        )
      }
    >
      {failure !== null && <Notice tone="bad">{messageOf(failure)}</Notice>}
      {progress === null && (
        <>
          <p role="status">
            {pending.isError
              ? messageOf(pending.error)
              : !pending.data
                ? "Counting the runs under way …"
                : `${pending.data.isAll ? "" : "At least "}${count(pending.data.many, "run")} ${pending.data.many === 1 ? "is" : "are"} under way or waiting, and would be cancelled.`}
          </p>
          <ul className="plain-list">
            <li>
              {isEnabled
                ? "The workflow is switched off: no event starts it, and its planned reminders are taken back."
                : "The workflow is off already; no event starts it."}
            </li>
            <li>What a run has done stays done; nothing after it happens.</li>
            <li>You can resume cancelled runs one by one, and switch the workflow on again.</li>
          </ul>
        </>
      )}
      {progress && (
        <p role="status">
          {isDone ? "Stopped. " : "Stopping … "}
          {count(progress.cancelled, "run was", "runs were")} cancelled
          {isDone ? ", and nothing is under way any more." : " so far."}
        </p>
      )}
      {reminders && <p role="status">{reminders}</p>}
    </Dialog>
  );
}

function withdrawalOf({ state, counts, reason, remedy }: ReminderJob): Withdrawal {
  return {
    withdrawn: counts.lost ?? 0,
    isComplete: state === "completed",
    failure: state === "failed" ? [reason, remedy].filter(Boolean).join(" ") : null,
  };
}

function withdrawalText({ withdrawn, isComplete, failure }: Withdrawal): string | null {
  if (isComplete && withdrawn === 0) return null;
  const many = `${count(withdrawn, "planned reminder was", "planned reminders were")} taken back`;
  if (failure !== null) return `${many}, then that broke off: ${failure}`;
  return isComplete ? `${many}.` : `${many} so far; that goes on by itself.`;
}
