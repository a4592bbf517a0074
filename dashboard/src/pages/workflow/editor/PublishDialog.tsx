// Publishes the draft: what changes for new executions, and whether events start it.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { basedOn, body, type Schema } from "../../../api/client";
import { ApiError, messageOf } from "../../../api/problem";
import { useVersion } from "../../../api/reads";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Dialog } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { ImpactNote } from "../../../components/ImpactNote";
import { Missing } from "../../../components/Missing";
import { Notice } from "../../../components/Notice";
import { Switch } from "../../../components/Switch";
import { useToasts } from "../../../components/toasts";
import type { Draft, DraftState } from "../../../core/draft";
import { isReminder } from "../../../core/graph";
import { placedProblems } from "../../../core/problems";
import { useApi } from "../../../currentLocation";
import { notMoved, useMover, useWaiting } from "../executions/useMoveWaiting";

interface PublishDialogProps {
  workflow: Schema<"WorkflowView">;
  draft: Draft;
  state: DraftState;
  onClose: () => void;
}

export function PublishDialog({ workflow, draft, state, onClose }: PublishDialogProps) {
  const api = useApi();
  const { report } = useToasts();
  const published = useVersion(workflow.id, workflow.published_version);
  const [turnsOn, setTurnsOn] = useState(true);
  const [sendsMissed, setSendsMissed] = useState(false);
  const [movesWaiting, setMovesWaiting] = useState(false);
  /** The version that this dialog has published; what follows it may have failed since. */
  const [version, setVersion] = useState<number | null>(null);
  /** What is done after publishing, in the words for when it fails. */
  const [undone, setUndone] = useState("");
  const { errors, warnings } = placedProblems(state.problems);
  const isNameless = state.history.present.name.trim() === "";
  const current = state.history.present;
  const next = version ?? workflow.latest_version + 1;

  const { older, number } = useWaiting(workflow.id, version);
  const moveWaiting = useMover(workflow.id);
  const path = { workflow_id: workflow.id };
  const publishNow = () =>
    draft.change(async (revision) => {
      const { params } = basedOn(path, revision);
      const query = { send_missed: sendsMissed };
      const done = await body(api.POST("/workflows/{workflow_id}/publish", { params: { ...params, query } }));
      setVersion(done.version.version);
      return { revision: done.workflow.revision, version: done.version.version };
    });
  const publish = useMutation({
    mutationFn: async () => {
      const done = version ?? (await publishNow()).version;
      if (!workflow.enabled && turnsOn) {
        setUndone("it was not turned on");
        const turnOn = { enabled: true, send_missed: sendsMissed };
        await draft.change((revision) =>
          body(api.PUT("/workflows/{workflow_id}/enabled", { ...basedOn(path, revision), body: turnOn })),
        );
      }
      if (!movesWaiting) return { done, moved: null };
      setUndone("not all waiting executions were moved");
      const moved = await moveWaiting();
      const failed = notMoved(moved);
      if (failed) throw new Error(failed);
      return { done, moved: moved.moved };
    },
    meta: { changes: ["/workflows", "/executions", "/bookings"] },
    onSuccess: ({ done, moved }) => {
      report(`Published version ${done}.${moved === null ? "" : ` Moved ${count(moved, "execution")} to it.`}`);
      onClose();
    },
  });
  const failure: unknown = publish.error;

  return (
    <Dialog
      title={workflow.published_version === null ? "Publish the workflow" : "Publish the changes"}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="primary" isPending={publish.isPending} isDisabled={errors > 0 || isNameless} onPress={() => publish.mutate()}>
            {version === null ? `Publish version ${next}` : "Try again"}
          </Button>
        </>
      }
    >
      {isNameless && <Notice tone="bad">Enter a name for the workflow first.</Notice>}
      {errors > 0 && (
        <Notice tone="bad">
          <span>Fix {count(errors, "problem")} first. {errors === 1 ? "It is" : "Each is"} marked at its step in the editor.</span>
        </Notice>
      )}
      {errors === 0 && warnings > 0 && (
        <Notice tone="warn">
          <span>
            There {warnings === 1 ? "is" : "are"} {count(warnings, "warning")}. Check{" "}
            {warnings === 1 ? "it" : "them"} before you publish.
          </span>
        </Notice>
      )}
      {failure !== null && (
        <Notice tone="bad">
          <span>
            {version !== null && `Version ${version} is published, but ${undone}: `}
            {messageOf(failure)}
          </span>
          {failure instanceof ApiError &&
            failure.problem.problems.map((problem) => (
              <span key={problem.field + problem.reason}>
                {problem.reason} {problem.remedy}
              </span>
            ))}
        </Notice>
      )}
      <p>New events use this version. Executions in progress finish on theirs.</p>
      {older > 0 && (
        <>
          <Switch isOn={movesWaiting} onChange={setMovesWaiting}>
            Move waiting executions to this version
          </Switch>
          <p className="field__help">
            {number} {older === 1 ? "waits" : "wait"} on an older version. Completed steps are kept and not repeated, and
            delays end when they would have ended. Each shows as cancelled, and goes on as a new execution.
          </p>
        </>
      )}
      <Missing of={published} what="What differs from the published version" />
      {published.data && (
        <>
          <h3>Since version {published.data.version}</h3>
          <Changes before={published.data} after={current} />
        </>
      )}
      {errors === 0 && (isReminder(current.graph) || isReminder(published.data?.graph)) && (
        <ImpactNote
          workflowId={workflow.id}
          graph={current.graph}
          isOnAfter={workflow.enabled || turnsOn}
          sendsMissed={sendsMissed}
          onSendMissed={setSendsMissed}
        />
      )}
      {!workflow.enabled && (
        <Switch isOn={turnsOn} onChange={setTurnsOn}>
          Turn on after publishing
        </Switch>
      )}
    </Dialog>
  );
}
