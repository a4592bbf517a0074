// Offers to move executions that wait on older versions to the published one.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { body } from "../../../api/client";
import { Button } from "../../../components/Button";
import { Confirm } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { useToasts } from "../../../components/toasts";
import { useApi } from "../../../currentLocation";

const COUNTED = 100;

export function MoveWaiting({ workflowId, published }: { workflowId: string; published: number }) {
  const api = useApi();
  const { report, reportFailure } = useToasts();
  const [isAsked, setAsked] = useState(false);
  const query = { workflow_id: workflowId, status: "waiting" as const, limit: COUNTED };
  const waiting = api.useQuery("get", "/executions", { params: { query } }, { staleTime: 0 });
  const older = (waiting.data?.items ?? []).filter(({ version }) => version !== published).length;
  const move = useMutation({
    mutationFn: async () => {
      let moved = 0;
      const problems: string[] = [];
      let cursor: string | null | undefined;
      do {
        const params = { path: { workflow_id: workflowId }, query: cursor ? { cursor } : {} };
        const page = await body(api.POST("/workflows/{workflow_id}/move-waiting", { params }));
        moved += page.items.filter(({ resumed }) => resumed).length;
        problems.push(...page.items.flatMap(({ problem }) => problem ?? []));
        cursor = page.next_cursor;
      } while (cursor);
      return { moved, problems };
    },
    meta: { changes: ["/executions", "/bookings"] },
    onSuccess: ({ moved, problems }) => {
      if (problems[0]) reportFailure(new Error(`${count(problems.length, "execution was", "executions were")} not moved: ${problems[0]}`));
      else report(`Moved ${count(moved, "execution")} to version ${published}.`);
    },
    onError: reportFailure,
    onSettled: () => setAsked(false),
  });
  if (older === 0) return null;
  const number = waiting.data?.next_cursor ? `At least ${count(older, "execution")}` : count(older, "execution");
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
