// One workflow: its head with name, state and publishing, and its tabs.
import { ArrowLeft, CloudOff, FlaskConical, Rocket } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Saved } from "../../api/client";
import { etagOf } from "../../api/client";
import { messageOf } from "../../api/problem";
import { useCatalogue, useWorkflow, useWorkflowCalls, type Workflow } from "../../api/workflows";
import { Button } from "../../components/Button";
import { Failed, Loading } from "../../components/States";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import type { Catalogue } from "../../core/catalogue";
import type { DraftState } from "../../core/draft";
import { usePlace } from "../../place";
import { Editor } from "./editor/Editor";
import { DryRunDialog } from "./editor/DryRunDialog";
import { PublishDialog } from "./editor/PublishDialog";
import { StaleDialog } from "./editor/StaleDialog";
import { ExecutionsTab } from "./executions/ExecutionsTab";
import { ExecutionView } from "./executions/ExecutionView";
import { useDraft } from "./useDraft";
import { VersionsTab } from "./versions/VersionsTab";
import "./workflow.css";

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
  return <Loaded loaded={workflow.data} catalogue={catalogue.data} tab={tab} part={part} />;
}

interface LoadedProps {
  loaded: Saved<Workflow>;
  catalogue: Catalogue;
  tab: string;
  part: string | null;
}

function Loaded({ loaded, catalogue, tab, part }: LoadedProps) {
  const { may, path } = usePlace();
  const { draft, state } = useDraft(loaded);
  const [dialog, setDialog] = useState<"publish" | "dry-run" | null>(null);
  const workflow = loaded.value;
  const { name } = state.history.present;
  const isEditor = may("editor");
  const address = path(`/workflows/${workflow.id}`);
  return (
    <div className="workflow">
      <header className="workflow__head">
        <Link href={path("/workflows")} className="button button--quiet button--icon" aria-label="All workflows">
          <ArrowLeft size={18} />
        </Link>
        <div className="workflow__name">
          <h1 className="visually-hidden">{name}</h1>
          <input
            className="workflow__input"
            aria-label="Name of the workflow"
            maxLength={200}
            readOnly={!isEditor}
            value={name}
            onChange={({ target }) => draft.edit((document) => ({ ...document, name: target.value }), "name")}
          />
          <SavingNote state={state} isEditor={isEditor} />
        </div>
        <nav className="tabs" aria-label="Workflow">
          {[
            ["editor", "Editor"],
            ["executions", "Executions"],
            ["versions", "Versions"],
          ].map(([key, label]) => (
            <Link key={key} href={`${address}/${key}`} aria-current={tab === key ? "page" : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        <div className="workflow__actions">
          <OnOff workflow={workflow} etag={state.etag} onStored={(etag) => draft.stored(etag)} />
          {isEditor && (
            <>
              <Button icon={<FlaskConical size={16} />} onPress={() => setDialog("dry-run")}>
                Try out
              </Button>
              <Button look="primary" icon={<Rocket size={16} />} onPress={() => setDialog("publish")}>
                Publish
              </Button>
            </>
          )}
        </div>
      </header>
      {tab === "executions" && part ? (
        <ExecutionView workflowId={workflow.id} executionId={part} catalogue={catalogue} />
      ) : tab === "executions" ? (
        <ExecutionsTab workflowId={workflow.id} />
      ) : tab === "versions" ? (
        <VersionsTab
          workflow={workflow}
          draftGraph={state.history.present.graph}
          etag={state.etag}
          catalogue={catalogue}
          onStored={(etag) => draft.stored(etag)}
        />
      ) : (
        <Editor draft={draft} state={state} catalogue={catalogue} isReadOnly={!isEditor} />
      )}
      {dialog === "publish" && (
        <PublishDialog workflow={workflow} draft={draft} state={state} onClose={() => setDialog(null)} />
      )}
      {dialog === "dry-run" && (
        <DryRunDialog workflowId={workflow.id} draft={draft} catalogue={catalogue} onClose={() => setDialog(null)} />
      )}
      {state.saving === "stale" && <StaleDialog loaded={loaded} draft={draft} state={state} />}
    </div>
  );
}

function SavingNote({ state, isEditor }: { state: DraftState; isEditor: boolean }) {
  if (!isEditor) return <span className="muted small">You may look, not change</span>;
  if (state.saving === "failed") {
    return (
      <span className="small saving--failed" role="alert">
        <CloudOff size={14} aria-hidden /> Not saved: {messageOf(state.failure)}
      </span>
    );
  }
  return (
    <span className="muted small" role="status">
      {state.saving === "saved" ? "Draft saved" : "Saving draft …"}
    </span>
  );
}

interface OnOffProps {
  workflow: Workflow;
  etag: string;
  onStored: (etag: string) => void;
}

function OnOff({ workflow, etag, onStored }: OnOffProps) {
  const { may } = usePlace();
  const { tellError } = useToasts();
  const calls = useWorkflowCalls();
  const [isBusy, setBusy] = useState(false);
  if (workflow.published_version === null) return <span className="badge">Draft</span>;
  const words = `${workflow.enabled ? "On" : "Off"} · version ${workflow.published_version}`;
  if (!may("editor")) {
    return <span className={workflow.enabled ? "badge badge--good" : "badge"}>{words}</span>;
  }
  const change = async (enabled: boolean) => {
    setBusy(true);
    try {
      const saved = await calls.setEnabled(workflow.id, etag || etagOf(workflow.revision), enabled);
      onStored(saved.etag);
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Switch isOn={workflow.enabled} isDisabled={isBusy} onChange={(enabled) => void change(enabled)}>
      {words}
    </Switch>
  );
}
