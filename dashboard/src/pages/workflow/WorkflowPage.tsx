// One workflow: its head with name, state and publishing, and its tabs.
import { useMutation } from "@tanstack/react-query";
import { CloudOff, FlaskConical, Rocket } from "lucide-react";
import { useMemo, useState } from "react";
import { basedOn, body, type Schema } from "../../api/client";
import { rejectionOf } from "../../api/problem";
import { useCatalogue, useVersion, useWorkflow } from "../../api/reads";
import { Button } from "../../components/Button";
import { EditorFrame } from "../../components/EditorFrame";
import { Failed, Loading } from "../../components/States";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import { useTurnOn } from "../../components/useTurnOn";
import type { Catalogue } from "../../core/catalogue";
import { isSameStated } from "../../core/difference";
import type { Draft } from "../../core/draft";
import { useCurrentLocation } from "../../currentLocation";
import { Editor } from "./editor/Editor";
import { DryRunDialog, type PastEvent } from "./editor/DryRunDialog";
import { PublishDialog } from "./editor/PublishDialog";
import { StaleDialog } from "./editor/StaleDialog";
import { ExecutionsTab } from "./executions/ExecutionsTab";
import { ExecutionView } from "./executions/ExecutionView";
import { ReminderNote } from "./ReminderNote";
import { SimulatorTab } from "./simulator/SimulatorTab";
import { StatisticsTab } from "./statistics/StatisticsTab";
import { useDraft } from "./useDraft";
import { VersionsTab } from "./versions/VersionsTab";
import "./workflow.css";

type Workflow = Schema<"WorkflowView">;

interface WorkflowPageProps {
  id: string;
  tab: string;
  /** What a tab shows, such as one execution. */
  part: string | null;
}

export default function WorkflowPage({ id, tab, part }: WorkflowPageProps) {
  const workflow = useWorkflow(id);
  const catalogue = useCatalogue();
  const failed = [workflow, catalogue].find((query) => query.isError && !query.data);
  if (failed) return <Failed error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!workflow.data || !catalogue.data) return <Loading what="the workflow" />;
  return <Loaded workflow={workflow.data} catalogue={catalogue.data} tab={tab} part={part} />;
}

interface LoadedProps {
  workflow: Workflow;
  catalogue: Catalogue;
  tab: string;
  part: string | null;
}

function Loaded({ workflow, catalogue, tab, part }: LoadedProps) {
  const { may, path } = useCurrentLocation();
  const { draft, state } = useDraft(workflow);
  const [dialog, setDialog] = useState<"publish" | "dry-run" | null>(null);
  const [past, setPast] = useState<PastEvent | null>(null);
  const { name } = state.history.present;
  const [isAsked, setAsked] = useState(false);
  const isEditor = may("editor");
  const published = useVersion(workflow.id, workflow.published_version);
  const current = state.history.present;
  const isSame = useMemo(() => published.data && isSameStated(published.data, current), [published.data, current]);
  const publish = () => {
    setAsked(true);
    setDialog("publish");
  };
  const address = path(`/workflows/${workflow.id}`);
  const tryOut = (past: PastEvent | null) => {
    setPast(past);
    setDialog("dry-run");
  };
  return (
    <EditorFrame
      back={{ href: path("/workflows"), label: "All workflows" }}
      what="workflow"
      name={name}
      nameProblem={name.trim() === "" ? "Enter a name." : undefined}
      note={state.saving !== "saved" ? "Saving draft …" : tab === "executions" ? "" : "Draft saved"}
      failure={
        state.saving === "failed" && (
          <>
            <CloudOff size={14} aria-hidden /> Not saved: {rejectionOf(state.failure)}
          </>
        )
      }
      tabs={[
        ["editor", "Editor"],
        ["executions", "Executions"],
        ["statistics", "Statistics"],
        ["versions", "Versions"],
        ...(isEditor ? [["simulator", "Simulator"]] : []),
      ].map(([key = "", label = ""]) => ({ href: `${address}/${key}`, label, isCurrent: tab === key }))}
      actions={
        <>
          {isSame === false && <span className="badge badge--warn">Unpublished changes</span>}
          <OnOff workflow={workflow} draft={draft} />
          {isEditor && (
            <>
              <Button icon={<FlaskConical size={16} />} onPress={() => tryOut(null)}>
                Try out
              </Button>
              <Button look="primary" icon={<Rocket size={16} />} isDisabled={isSame ?? false} onPress={publish}>
                {isSame ? "Published" : "Publish"}
              </Button>
            </>
          )}
        </>
      }
      onName={(name) => draft.edit((document) => ({ ...document, name }), "name")}
    >
      <ReminderNote workflow={workflow} draft={state.history.present.graph} />
      {tab === "executions" && part ? (
        <ExecutionView workflowId={workflow.id} executionId={part} catalogue={catalogue} onTryOut={tryOut} />
      ) : tab === "executions" ? (
        <ExecutionsTab workflowId={workflow.id} isEnabled={workflow.enabled} published={workflow.published_version} />
      ) : tab === "statistics" ? (
        <StatisticsTab workflowId={workflow.id} version={workflow.published_version} catalogue={catalogue} />
      ) : tab === "versions" ? (
        <VersionsTab
          workflow={workflow}
          draft={draft}
          current={state.history.present}
          catalogue={catalogue}
        />
      ) : tab === "simulator" && isEditor ? (
        <SimulatorTab workflowId={workflow.id} draft={draft} bookingId={part} />
      ) : (
        <Editor workflowId={workflow.id} draft={draft} state={state} catalogue={catalogue} isReadOnly={!isEditor} isAsked={isAsked} stepId={part} />
      )}
      {dialog === "publish" && (
        <PublishDialog workflow={workflow} draft={draft} state={state} onClose={() => setDialog(null)} />
      )}
      {dialog === "dry-run" && (
        <DryRunDialog workflowId={workflow.id} draft={draft} catalogue={catalogue} past={past} onClose={() => setDialog(null)} />
      )}
      {state.saving === "stale" && <StaleDialog workflowId={workflow.id} draft={draft} mine={state.history.present} />}
    </EditorFrame>
  );
}

function OnOff({ workflow, draft }: { workflow: Workflow; draft: Draft }) {
  const { api, may } = useCurrentLocation();
  const { reportFailure } = useToasts();
  const change = useMutation({
    mutationFn: ({ enabled, sendsMissed }: { enabled: boolean; sendsMissed: boolean }) =>
      draft.change((revision) =>
        body(
          api.PUT("/workflows/{workflow_id}/enabled", {
            ...basedOn({ workflow_id: workflow.id }, revision),
            body: { enabled, send_missed: sendsMissed },
          }),
        ),
      ),
    meta: { changes: ["/workflows"] },
  });
  const on = useTurnOn(workflow, (sendsMissed) => change.mutateAsync({ enabled: true, sendsMissed }));
  if (workflow.published_version === null) return <span className="badge">Draft</span>;
  const words = `${workflow.enabled ? "On" : "Off"} · version ${workflow.published_version}`;
  if (!may("editor")) {
    return <span className={workflow.enabled ? "badge badge--good" : "badge"}>{words}</span>;
  }
  const turnOff = () => change.mutate({ enabled: false, sendsMissed: false }, { onError: reportFailure });
  return (
    <>
      <Switch
        isOn={workflow.enabled}
        isDisabled={change.isPending || on.isBusy}
        onChange={(enabled) => (enabled ? on.turnOn() : turnOff())}
      >
        {words}
      </Switch>
      {on.question}
    </>
  );
}
