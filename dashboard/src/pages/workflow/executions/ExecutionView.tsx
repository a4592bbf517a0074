// One run, drawn over the graph of its own version, live while it is under way.
import { ReactFlowProvider } from "@xyflow/react";
import { ArrowLeft, Ban, FastForward, Play, RefreshCw } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { useExecution, useExecutionCalls } from "../../../api/executions";
import { Button } from "../../../components/Button";
import { Confirm } from "../../../components/Dialog";
import { duration } from "../../../components/format";
import { Json } from "../../../components/Json";
import { Notice } from "../../../components/Notice";
import { Empty, Failed, Loading } from "../../../components/States";
import { Status, StatusSign } from "../../../components/Status";
import { Time } from "../../../components/Time";
import { useToasts } from "../../../components/toasts";
import { titleOf, type Catalogue } from "../../../core/catalogue";
import { readable } from "../../../core/faults";
import { words } from "../../../core/forms";
import { TRIGGER, type Graph } from "../../../core/graph";
import { edgesTaken, isFinal, statusByNode, withWaits, type Execution, type Step } from "../../../core/runs";
import { usePlace } from "../../../place";
import { Canvas } from "../canvas/Canvas";
import { useDrawn, type Marks } from "../canvas/flow";
import { VocabularyProvider } from "../Vocabulary";
import { ResumeAlike } from "./ResumeAlike";
import "../editor/editor.css";

interface ExecutionViewProps {
  workflowId: string;
  executionId: string;
  catalogue: Catalogue;
}

export function ExecutionView({ workflowId, executionId, catalogue }: ExecutionViewProps) {
  const execution = useExecution(executionId);
  if (execution.isError && !execution.data) {
    return <Failed error={execution.error} onRetry={() => void execution.refetch()} />;
  }
  if (!execution.data) return <Loading what="the execution" />;
  return <Run key={executionId} run={withWaits(execution.data)} workflowId={workflowId} catalogue={catalogue} />;
}

function Run({ run, workflowId, catalogue }: { run: Execution; workflowId: string; catalogue: Catalogue }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const step = run.steps.find((each) => each.node_id === chosen);
  return (
    <div className="split">
      {run.graph ? (
        <ReactFlowProvider>
          <VocabularyProvider catalogue={catalogue}>
            <RunCanvas graph={run.graph} steps={run.steps} onChoose={setChosen} />
          </VocabularyProvider>
        </ReactFlowProvider>
      ) : (
        <Empty icon={<Ban size={24} />} title="The drawing is gone">
          The record of this version has lapsed. The steps are still there.
        </Empty>
      )}
      <aside className="panel" aria-label="Execution">
        {chosen !== null && chosen !== TRIGGER && !isTriggerNode(run, chosen) ? (
          <StepDetails
            step={step}
            name={nameOf(run, chosen, catalogue)}
            onBack={() => setChosen(null)}
          />
        ) : (
          <RunDetails run={run} workflowId={workflowId} catalogue={catalogue} onChoose={setChosen} />
        )}
      </aside>
    </div>
  );
}

const nowhere = () => undefined;

interface RunCanvasProps {
  graph: Graph;
  steps: readonly Step[];
  onChoose: (nodeId: string | null) => void;
}

function RunCanvas({ graph, steps, onChoose }: RunCanvasProps) {
  const marks = useMemo<Marks>(
    () => ({ statuses: statusByNode(graph, steps), edgesTaken: edgesTaken(graph, steps) }),
    [graph, steps],
  );
  const drawn = useDrawn(graph, marks, nowhere);
  return (
    <div className="split__canvas">
      <Canvas
        isReadOnly
        nodes={drawn.nodes}
        edges={drawn.edges}
        onNodesChange={(changes) => {
          drawn.onNodesChange(changes);
          const selection = changes.find((change) => change.type === "select" && change.selected);
          if (selection?.type === "select") onChoose(selection.id);
        }}
        onEdgesChange={drawn.onEdgesChange}
        onPaneClick={() => onChoose(null)}
      />
    </div>
  );
}

interface RunDetailsProps {
  run: Execution;
  workflowId: string;
  catalogue: Catalogue;
  onChoose: (nodeId: string) => void;
}

function RunDetails({ run, workflowId, catalogue, onChoose }: RunDetailsProps) {
  const { path } = usePlace();
  const runs = path(`/workflows/${workflowId}/executions`);
  return (
    <>
      <Link href={runs} className="crumbs">
        <ArrowLeft size={15} aria-hidden /> All executions
      </Link>
      <div className="run-head">
        <h2>{run.event_type}</h2>
        <span role="status">
          <Status status={run.status} />
        </span>
      </div>
      {run.error_message && (
        <Notice tone={run.status === "failed" ? "bad" : "warn"}>{readable(run.error_message)}</Notice>
      )}
      {run.resumed_from && (
        <Notice>
          <span>
            Goes on from <Link href={`${runs}/${run.resumed_from}`}>a run that failed</Link>. What had succeeded was
            kept.
          </span>
        </Notice>
      )}
      {run.resumed_by && (
        <Notice>
          <span>
            <Link href={`${runs}/${run.resumed_by}`}>A later run</Link> goes on from this one.
          </span>
        </Notice>
      )}
      <RunActions run={run} runs={runs} />
      <dl className="facts">
        <dt>Started</dt>
        <dd>
          <Time at={run.started_at} detail="seconds" />
        </dd>
        <dt>Completed</dt>
        <dd>{run.completed_at ? <Time at={run.completed_at} detail="seconds" /> : "not yet"}</dd>
        <dt>Took</dt>
        <dd className="numbers">{duration(run.started_at, run.completed_at)}</dd>
        <dt>Booking</dt>
        <dd>
          {run.booking_id ? (
            <Link href={path(`/bookings/${encodeURIComponent(run.booking_id)}`)}>{run.booking_id}</Link>
          ) : (
            "none"
          )}
        </dd>
        <dt>Version</dt>
        <dd>{run.version}</dd>
        {run.reason_code && (
          <>
            <dt>Reason</dt>
            <dd>{words(run.reason_code)}</dd>
          </>
        )}
      </dl>
      <section className="panel__part">
        <h3>Steps</h3>
        {run.steps.length === 0 && <p className="muted small">No step has begun.</p>}
        <ul className="step-list">
          {run.steps.map((step) => (
            <li key={step.node_id}>
              <button type="button" onClick={() => onChoose(step.node_id)}>
                <StatusSign status={step.status} />
                <span className="step-list__text">
                  <strong className="small">{step.node_name || titleOf(catalogue, step.node_type)}</strong>
                  <span className="muted small">{titleOf(catalogue, step.node_type)}</span>
                </span>
                <StepTime step={step} />
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section className="panel__part">
        <h3>Event data</h3>
        <Json value={run.event_data} label="Event data" />
      </section>
    </>
  );
}

function RunActions({ run, runs }: { run: Execution; runs: string }) {
  const { may } = usePlace();
  const { tell, tellError } = useToasts();
  const [, navigate] = useLocation();
  const calls = useExecutionCalls();
  const [asking, setAsking] = useState<"cancel" | "replay" | "alike" | null>(null);
  const [isBusy, setBusy] = useState(false);
  if (!may("editor")) return null;
  const act = async (what: () => Promise<void>) => {
    setBusy(true);
    try {
      await what();
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
      setAsking(null);
    }
  };
  const resume = (version: "same" | "newest") =>
    act(async () => {
      const resumed = await calls.resume(run.id, version);
      tell("Resumed. What had succeeded is kept, and nothing is sent twice.");
      navigate(`${runs}/${resumed.id}`);
    });
  const isResumable = (run.status === "failed" || run.status === "cancelled") && !run.resumed_by;
  return (
    <div className="run-actions">
      {isResumable && (
        <>
          <Button look="primary" icon={<Play size={15} />} isPending={isBusy} onPress={() => void resume("newest")}>
            Resume
          </Button>
          <Button isDisabled={isBusy} onPress={() => void resume("same")}>
            Resume on version {run.version}
          </Button>
        </>
      )}
      {run.error_signature && (
        <Button icon={<FastForward size={15} />} onPress={() => setAsking("alike")}>
          Resume all alike
        </Button>
      )}
      {!isFinal(run.status) && (
        <Button icon={<Ban size={15} />} onPress={() => setAsking("cancel")}>
          Cancel run
        </Button>
      )}
      <Button icon={<RefreshCw size={15} />} onPress={() => setAsking("replay")}>
        Replay event
      </Button>
      {asking === "alike" && run.error_signature && (
        <ResumeAlike
          workflowId={run.workflow_id}
          signature={run.error_signature}
          message={run.error_message ?? ""}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "cancel" && (
        <Confirm
          title="Cancel this run?"
          action="Cancel run"
          isDangerous
          isBusy={isBusy}
          onClose={() => setAsking(null)}
          onConfirm={() =>
            void act(async () => {
              await calls.cancel(run.id);
              tell("Cancelled the run.");
            })
          }
        >
          <p>What it has done stays done; nothing after it happens.</p>
        </Confirm>
      )}
      {asking === "replay" && (
        <Confirm
          title="Replay the event?"
          action="Replay"
          isBusy={isBusy}
          onClose={() => setAsking(null)}
          onConfirm={() =>
            void act(async () => {
              await calls.replay(run.id);
              tell("The event is on its way again. New runs show up in the list.");
              navigate(runs);
            })
          }
        >
          <p>
            The event is put in again under a new id. Every enabled workflow with this trigger runs from the start, so
            messages may be sent again.
          </p>
        </Confirm>
      )}
    </div>
  );
}

function StepDetails({ step, name, onBack }: { step: Step | undefined; name: string; onBack: () => void }) {
  return (
    <>
      <div>
        <Button look="quiet" size="small" icon={<ArrowLeft size={15} />} onPress={onBack}>
          Whole run
        </Button>
      </div>
      <div className="run-head">
        <h2>{name}</h2>
        <Status status={step?.status ?? "not_reached"} />
      </div>
      {!step && <p className="muted">The run has not come to this step.</p>}
      {step && (
        <>
          {step.error_message && (
            <Notice tone={step.status === "failed" ? "bad" : "warn"}>{readable(step.error_message)}</Notice>
          )}
          <dl className="facts">
            <dt>Started</dt>
            <dd>
              <Time at={step.started_at} detail="seconds" />
            </dd>
            <dt>Took</dt>
            <dd className="numbers">{duration(step.started_at, step.completed_at)}</dd>
            <dt>Attempts</dt>
            <dd className="numbers">{step.attempts}</dd>
            {step.reason_code && (
              <>
                <dt>Reason</dt>
                <dd>{words(step.reason_code)}</dd>
              </>
            )}
          </dl>
          <section className="panel__part">
            <h3>Input</h3>
            <Json value={step.input_data} label="Input" />
          </section>
          <section className="panel__part">
            <h3>Output</h3>
            <Json value={step.output_data} label="Output" />
          </section>
        </>
      )}
    </>
  );
}

/** How long a step took; of one that waits, until when. */
function StepTime({ step }: { step: Step }) {
  const until = step.output_data["until"];
  return (
    <span className="muted small numbers">
      {step.status === "waiting" && typeof until === "string" ? (
        <>
          until <Time at={until} />
        </>
      ) : (
        duration(step.started_at, step.completed_at)
      )}
    </span>
  );
}

function isTriggerNode(run: Execution, id: string): boolean {
  return run.graph?.nodes.find((node) => node.id === id)?.type === TRIGGER;
}

function nameOf(run: Execution, id: string, catalogue: Catalogue): string {
  const node = run.graph?.nodes.find((each) => each.id === id);
  return node?.name || titleOf(catalogue, node?.type ?? id);
}
