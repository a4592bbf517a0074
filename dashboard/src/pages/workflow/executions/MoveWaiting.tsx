// Offers to move executions that wait on older versions to the published one.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../../components/Button";
import { Confirm } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { useToasts } from "../../../components/toasts";
import { notMoved, useMover, useWaiting } from "./useMoveWaiting";

export function MoveWaiting({ workflowId, published }: { workflowId: string; published: number }) {
  const { report, reportFailure } = useToasts();
  const [isAsked, setAsked] = useState(false);
  const { older, number } = useWaiting(workflowId, published);
  const move = useMutation({
    mutationFn: useMover(workflowId),
    meta: { changes: ["/executions", "/bookings"] },
    onSuccess: (done) => {
      const failed = notMoved(done);
      if (failed) reportFailure(new Error(failed));
      else report(`Moved ${count(done.moved, "execution")} to version ${published}.`);
    },
    onError: reportFailure,
    onSettled: () => setAsked(false),
  });
  if (older === 0) return null;
  return (
    <>
      <Notice>
        <span>
          {number} {older === 1 ? "waits" : "wait"} on an older version.{" "}
          <Button size="small" onPress={() => setAsked(true)}>
            Move to version {published}
          </Button>
        </span>
      </Notice>
      {isAsked && (
        <Confirm
          title={`Move waiting executions to version ${published}?`}
          action="Move"
          isBusy={move.isPending}
          onConfirm={() => move.mutate()}
          onClose={() => setAsked(false)}
        >
          <p>
            {number} {older === 1 ? "goes" : "go"} on with version {published}. Completed steps are kept and not repeated. Delays end when they
            would have ended. Each shows as cancelled, and goes on as a new execution.
          </p>
        </Confirm>
      )}
    </>
  );
}
