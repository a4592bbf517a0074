// Publishes the draft: what changes for new executions, and whether events start it.
import { useState } from "react";
import { ApiError, messageOf } from "../../../api/problem";
import { isReminder } from "../../../api/reminders";
import { useVersion, useWorkflowCalls, type Workflow } from "../../../api/workflows";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Dialog } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { ImpactNote } from "../../../components/ImpactNote";
import { Notice } from "../../../components/Notice";
import { Switch } from "../../../components/Switch";
import { useToasts } from "../../../components/toasts";
import type { Draft, DraftState } from "../../../core/draft";
import { placedProblems } from "../../../core/problems";

interface PublishDialogProps {
  workflow: Workflow;
  draft: Draft;
  state: DraftState;
  onClose: () => void;
}

export function PublishDialog({ workflow, draft, state, onClose }: PublishDialogProps) {
  const calls = useWorkflowCalls();
  const { report } = useToasts();
  const published = useVersion(workflow.id, workflow.published_version);
  const [turnsOn, setTurnsOn] = useState(true);
  const [sendsMissed, setSendsMissed] = useState(false);
  /** The version that this dialog has published; turning it on may have failed since. */
  const [version, setVersion] = useState<number | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { errors, warnings } = placedProblems(state.problems);
  const current = state.history.present;
  const next = version ?? workflow.latest_version + 1;

  const publish = async () => {
    setBusy(true);
    setFailure(null);
    try {
      let done = version;
      if (done === null) {
        done = (await draft.change((etag) => calls.publish(workflow.id, etag, sendsMissed))).version.version;
        setVersion(done);
      }
      if (!workflow.enabled && turnsOn) {
        await draft.change((etag) => calls.setEnabled(workflow.id, etag, true, sendsMissed));
      }
      report(`Published version ${done}.`);
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={workflow.published_version === null ? "Publish the workflow" : "Publish the changes"}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="primary" isPending={isBusy} isDisabled={errors > 0} onPress={() => void publish()}>
            {version === null ? `Publish version ${next}` : "Try again"}
          </Button>
        </>
      }
    >
      {errors > 0 && (
        <Notice tone="bad">
          <span>Fix {count(errors, "problem")} first. The editor lists them and shows them at their steps.</span>
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
            {version !== null && `Version ${version} is published, but it was not turned on: `}
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
