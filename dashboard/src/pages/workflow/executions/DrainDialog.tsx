// Turns a workflow off and cancels its executions in progress and its planned reminders.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { BULK, drain, newestExecutions, type DrainProgress, type Withdrawal } from "../../../api/bulk";
import type { Schema } from "../../../api/client";
import { messageOf } from "../../../api/problem";
import { useReminderJob } from "../../../api/reads";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { isFinal } from "../../../core/executions";
import { useApi } from "../../../currentLocation";

interface DrainDialogProps {
  workflowId: string;
  isEnabled: boolean;
  onClose: () => void;
}

export function DrainDialog({ workflowId, isEnabled, onClose }: DrainDialogProps) {
  const api = useApi();
  const [progress, setProgress] = useState<DrainProgress | null>(null);
  const stop = useRef(new AbortController());
  const draining = useMutation({
    ...BULK,
    mutationFn: () => drain(api, workflowId, setProgress, stop.current.signal),
  });
  const isBusy = draining.isPending;
  const pending = useQuery({
    queryKey: ["pending", workflowId],
    gcTime: 0,
    enabled: progress === null && !isBusy,
    queryFn: async ({ signal }) => {
      const { executions, isAll } = await newestExecutions(api, workflowId, signal);
      return { many: executions.filter((execution) => !isFinal(execution.status)).length, isAll };
    },
  });

  useEffect(() => {
    const controller = new AbortController();
    stop.current = controller;
    return () => controller.abort();
  }, []);

  const isDone = progress?.isComplete ?? false;
  const job = useReminderJob(workflowId, progress?.reminders.isComplete === false);
  const reminders = progress && withdrawalText(job.data ? withdrawalOf(job.data) : progress.reminders);
  return (
    <Dialog
      title="Turn off and cancel waiting executions?"
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
              Keep the executions
            </Button>
            <Button look="danger" isPending={isBusy} onPress={() => draining.mutate()}>
              Turn off and cancel
            </Button>
          </>
        )
      }
    >
      {draining.isError && <Notice tone="bad">{messageOf(draining.error)}</Notice>}
      {progress === null && (
        <>
          <p role="status">
            {pending.isError
              ? messageOf(pending.error)
              : !pending.data
                ? "Counting the executions in progress …"
                : inWords(pending.data)}
          </p>
          <ul className="plain-list">
            <li>
              {isEnabled
                ? "The workflow is turned off: no event starts it, and its planned reminders are cancelled."
                : "The workflow is already off: no event starts it."}
            </li>
            <li>Completed steps are kept; remaining steps are cancelled.</li>
            <li>You can resume cancelled executions one by one, and turn the workflow on again.</li>
          </ul>
        </>
      )}
      {progress && (
        <p role="status">
          {isDone ? "Turned off. " : "Turning off … "}
          {count(progress.cancelled, "execution was", "executions were")} cancelled
          {isDone ? ", and none is in progress." : " so far."}
        </p>
      )}
      {reminders && <p role="status">{reminders}</p>}
    </Dialog>
  );
}

function inWords({ many, isAll }: { many: number; isAll: boolean }): string {
  if (many === 0 && isAll) return "No execution is in progress or waiting.";
  const executions = count(many, "execution is", "executions are");
  return `${isAll ? "" : "At least "}${executions} in progress or waiting and will be cancelled.`;
}

function withdrawalOf({ state, counts, reason, remedy }: Schema<"JobView">): Withdrawal {
  return {
    withdrawn: counts.lost ?? 0,
    isComplete: state === "completed",
    failure: state === "failed" ? [reason, remedy].filter(Boolean).join(" ") : null,
  };
}

function withdrawalText({ withdrawn, isComplete, failure }: Withdrawal): string | null {
  if (isComplete && withdrawn === 0) return null;
  const many = `${count(withdrawn, "planned reminder was", "planned reminders were")} cancelled`;
  if (failure !== null) return `${many}, then it stopped: ${failure}`;
  return isComplete ? `${many}.` : `${many} so far; the rest follows in the background.`;
}
