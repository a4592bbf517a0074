// Publishes the draft: what changes for runs from now on, and whether events start it.
import { useState } from "react";
import { ApiError, messageOf } from "../../../api/problem";
import { isReminder } from "../../../api/reminders";
import { useVersion, useWorkflowCalls, type Workflow } from "../../../api/workflows";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Dialog } from "../../../components/Dialog";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { Switch } from "../../../components/Switch";
import { useToasts } from "../../../components/toasts";
import type { Draft, DraftState } from "../../../core/draft";
import { placedProblems } from "../../../core/problems";
import { ImpactNote } from "./ImpactNote";

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
  const [switchesOn, setSwitchesOn] = useState(true);
  /** The version that this dialog has published; switching on may have failed since. */
  const [version, setVersion] = useState<number | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { errors, warnings } = placedProblems(state.problems);
  const drawn = state.history.present;
  const next = version ?? workflow.latest_version + 1;

  const publish = async () => {
    setBusy(true);
    setFailure(null);
    try {
      let done = version;
      if (done === null) {
        done = (await draft.change((etag) => calls.publish(workflow.id, etag))).version.version;
        setVersion(done);
      }
      if (!workflow.enabled && switchesOn) {
        await draft.change((etag) => calls.setEnabled(workflow.id, etag, true));
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
          <Button onPress={onClose}>Not yet</Button>
          <Button look="primary" isPending={isBusy} isDisabled={errors > 0} onPress={() => void publish()}>
            {version === null ? `Publish version ${next}` : "Try again"}
          </Button>
        </>
      }
    >
      {errors > 0 && (
        <Notice tone="bad">
          <span>Mend {count(errors, "problem")} first. The editor lists them and shows them at their steps.</span>
        </Notice>
      )}
      {errors === 0 && warnings > 0 && (
        <Notice tone="warn">
          <span>There {warnings === 1 ? "is" : "are"} {count(warnings, "warning")}; have a look before you publish.</span>
        </Notice>
      )}
      {failure !== null && (
        <Notice tone="bad">
          <span>
            {version !== null && `Version ${version} is published, but it was not switched on: `}
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
      <p>Events from now on run the new version. Runs that are under way end as they began.</p>
      {published.data && (
        <>
          <h3>Since version {published.data.version}</h3>
          <Changes before={published.data} after={drawn} />
        </>
      )}
      {errors === 0 && (isReminder(drawn.graph) || isReminder(published.data?.graph)) && (
        <ImpactNote workflowId={workflow.id} graph={drawn.graph} isOnAfter={workflow.enabled || switchesOn} />
      )}
      {!workflow.enabled && (
        <Switch isOn={switchesOn} onChange={setSwitchesOn}>
          Switch it on
        </Switch>
      )}
    </Dialog>
  );
}
