// One execution, shown over the graph of its own version, live while it is in progress.
import { ReactFlowProvider } from "@xyflow/react";
import { ArrowLeft, Ban, FastForward, FlaskConical, Play, RefreshCw } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { useWholeList } from "../../../api/queries";
import { useWorkflow } from "../../../api/reads";
import { BookingLink } from "../../../components/BookingLink";
import { Button } from "../../../components/Button";
import { Confirm } from "../../../components/Dialog";
import { duration } from "../../../components/format";
import { Json } from "../../../components/Json";
import { Notice } from "../../../components/Notice";
import { SentMessages } from "../../../components/SentMessages";
import { Empty, Failed, Loading } from "../../../components/States";
import { Status, StatusSign } from "../../../components/Status";
import { Time } from "../../../components/Time";
import { useToasts } from "../../../components/toasts";
import { titleOf, type Catalogue } from "../../../core/catalogue";
import { readable } from "../../../core/fieldProblems";
import { words } from "../../../core/words";
import { TRIGGER, WEBHOOK, type Graph } from "../../../core/graph";
import { askAgainAfter, edgesTaken, isFinal, LIVE_MS, placeOfLack, statusByNode, withWaits, wordsOfLack, type Execution, type Step } from "../../../core/executions";
import { sendsMessages } from "../../../core/messages";
import { useApi, useCurrentLocation } from "../../../currentLocation";
import { Canvas } from "../canvas/Canvas";
import { useCanvas, type Marks } from "../canvas/flow";
import { Deliveries } from "../deliveries/Deliveries";
import type { PastEvent } from "../editor/DryRunDialog";
import { VocabularyProvider } from "../Vocabulary";
import { ResumeSameError } from "./ResumeSameError";
import { SettleOutcome } from "./SettleOutcome";
import "../editor/editor.css";

interface ExecutionViewProps {
  workflowId: string;
  executionId: string;
  catalogue: Catalogue;
  /** Tries the draft with an execution's event. */
  onTryOut: (past: PastEvent) => void;
}

export function ExecutionView({ workflowId, executionId, catalogue, onTryOut }: ExecutionViewProps) {
  const execution = useApi().useQuery(
    "get",
    "/executions/{execution_id}",
    { params: { path: { execution_id: executionId } } },
    {
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data ? askAgainAfter(state.data, Date.now()) : LIVE_MS),
    },
  );
  if (execution.isError && !execution.data) {
    return <Failed error={execution.error} onRetry={() => void execution.refetch()} />;
  }
  if (!execution.data) return <Loading what="the execution" />;
  return (
    <LoadedExecution
      key={executionId}
      execution={withWaits(execution.data)}
      workflowId={workflowId}
      catalogue={catalogue}
      onTryOut={onTryOut}
    />
  );
}

interface LoadedExecutionProps extends Pick<ExecutionViewProps, "workflowId" | "catalogue" | "onTryOut"> {
  execution: Execution;
}

function LoadedExecution({ execution, workflowId, catalogue, onTryOut }: LoadedExecutionProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const step = execution.steps.find((each) => each.node_id === chosen);
  return (
    <div className="split">
      {execution.graph ? (
        <ReactFlowProvider>
          <VocabularyProvider catalogue={catalogue}>
            <ExecutionCanvas graph={execution.graph} steps={execution.steps} onChoose={setChosen} />
          </VocabularyProvider>
        </ReactFlowProvider>
      ) : (
        <Empty icon={<Ban size={24} />} title="This workflow version no longer exists">
          Its record has expired. The steps are still listed.
        </Empty>
      )}
      <aside className="panel" aria-label="Execution">
        {chosen !== null && chosen !== TRIGGER && !isTriggerNode(execution, chosen) ? (
          <StepDetails
            execution={execution}
            step={step}
            name={nameOf(execution, chosen, catalogue)}
            onBack={() => setChosen(null)}
          />
        ) : (
          <ExecutionDetails
            execution={execution}
            workflowId={workflowId}
            catalogue={catalogue}
            onChoose={setChosen}
            onTryOut={onTryOut}
          />
        )}
      </aside>
    </div>
  );
}

const nowhere = () => undefined;

interface ExecutionCanvasProps {
  graph: Graph;
  steps: readonly Step[];
  onChoose: (nodeId: string | null) => void;
}

function ExecutionCanvas({ graph, steps, onChoose }: ExecutionCanvasProps) {
  const marks = useMemo<Marks>(
    () => ({ statuses: statusByNode(graph, steps), edgesTaken: edgesTaken(graph, steps) }),
    [graph, steps],
  );
  const canvas = useCanvas(graph, marks, nowhere);
  return (
    <div className="split__canvas">
      <Canvas
        isReadOnly
        nodes={canvas.nodes}
        edges={canvas.edges}
        onNodesChange={(changes) => {
          canvas.onNodesChange(changes);
          const selection = changes.find((change) => change.type === "select" && change.selected);
          if (selection?.type === "select") onChoose(selection.id);
        }}
        onEdgesChange={canvas.onEdgesChange}
        onPaneClick={() => onChoose(null)}
      />
    </div>
  );
}

interface ExecutionDetailsProps {
  execution: Execution;
  workflowId: string;
  catalogue: Catalogue;
  onChoose: (nodeId: string) => void;
  onTryOut: (past: PastEvent) => void;
}

function ExecutionDetails({ execution, workflowId, catalogue, onChoose, onTryOut }: ExecutionDetailsProps) {
  const { may, path } = useCurrentLocation();
  const listPath = path(`/workflows/${workflowId}/executions`);
  // The first one is what the execution's own error speaks of.
  const failed = execution.steps.find((step) => step.status === "failed");
  return (
    <>
      <Link href={listPath} className="crumbs">
        <ArrowLeft size={15} aria-hidden /> All executions
      </Link>
      <div className="execution-head">
        <h2>{execution.event_type}</h2>
        <span role="status">
          <Status status={execution.status} />
        </span>
      </div>
      {execution.error_message && (
        <Notice tone={execution.status === "failed" ? "bad" : "warn"}>{readable(execution.error_message)}</Notice>
      )}
      {execution.status === "failed" && failed && <WhatToDo workflowId={execution.workflow_id} step={failed} />}
      {execution.resumed_from && (
        <Notice>
          <span>
            Resumed from <Link href={`${listPath}/${execution.resumed_from}`}>an earlier execution</Link>.
            Completed steps were kept.
          </span>
        </Notice>
      )}
      {execution.resumed_by && (
        <Notice>
          <span>
            <Link href={`${listPath}/${execution.resumed_by}`}>A later execution</Link> continues this one.
          </span>
        </Notice>
      )}
      <ExecutionActions execution={execution} listPath={listPath} />
      <dl className="facts">
        <dt>Started</dt>
        <dd>
          <Time at={execution.started_at} detail="seconds" />
        </dd>
        <dt>Completed</dt>
        <dd>{execution.completed_at ? <Time at={execution.completed_at} detail="seconds" /> : "not yet"}</dd>
        <dt>Took</dt>
        <dd className="numbers">{duration(execution.started_at, execution.completed_at)}</dd>
        <dt>Booking</dt>
        <dd>
          {execution.booking_id ? (
            <BookingLink id={execution.booking_id} />
          ) : (
            "none"
          )}
        </dd>
        <dt>Version</dt>
        <dd>{execution.version}</dd>
        {execution.reason_code && (
          <>
            <dt>Reason</dt>
            <dd>{words(execution.reason_code)}</dd>
          </>
        )}
      </dl>
      <section className="panel__part">
        <h3>Steps</h3>
        {execution.steps.length === 0 && <p className="muted small">No step has started.</p>}
        <ul className="step-list">
          {execution.steps.map((step) => (
            <li key={step.node_id}>
              <button type="button" className="pick" onClick={() => onChoose(step.node_id)}>
                <StatusSign status={step.status} />
                <span className="pick__text">
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
        {execution.booking_id && may("editor") && <TryOut execution={execution} bookingId={execution.booking_id} onTryOut={onTryOut} />}
        <Json value={execution.event_data} label="Event data" />
      </section>
    </>
  );
}

interface TryOutProps {
  execution: Execution;
  bookingId: string;
  onTryOut: (past: PastEvent) => void;
}

function TryOut({ execution, bookingId, onTryOut }: TryOutProps) {
  return (
    <Button
      size="small"
      icon={<FlaskConical size={14} />}
      onPress={() => onTryOut({ bookingId, event: execution.event_data, at: execution.started_at })}
    >
      Try the draft with this event
    </Button>
  );
}

function ExecutionActions({ execution, listPath }: { execution: Execution; listPath: string }) {
  const { api, may } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<"cancel" | "replay" | "same-error" | null>(null);
  const ending = { onError: reportFailure, onSettled: () => setAsking(null) };
  const resuming = api.useMutation("post", "/executions/{execution_id}/resume", {
    ...ending,
    onSuccess: ({ id }) => {
      report("Resumed. Completed steps are kept, and nothing is sent twice.");
      navigate(`${listPath}/${id}`);
    },
  });
  const cancelling = api.useMutation("post", "/executions/{execution_id}/cancel", {
    ...ending,
    onSuccess: () => report("Cancelled the execution."),
  });
  const replaying = api.useMutation("post", "/executions/{execution_id}/replay", {
    ...ending,
    onSuccess: () => {
      report("The event was sent again. New executions appear in the list.");
      navigate(listPath);
    },
  });
  const newest = useWorkflow(execution.workflow_id).data?.published_version;
  if (!may("editor")) return null;
  const params = { path: { execution_id: execution.id } };
  const resume = (version: "same" | "newest") => resuming.mutate({ params, body: { version } });
  const isResumable = (execution.status === "failed" || execution.status === "cancelled") && !execution.resumed_by;
  return (
    <div className="execution-actions">
      {isResumable && (
        <>
          <Button look="primary" icon={<Play size={15} />} isPending={resuming.isPending} onPress={() => resume("newest")}>
            Resume
          </Button>
          {newest !== execution.version && (
            <Button isDisabled={resuming.isPending} onPress={() => resume("same")}>
              Resume on version {execution.version}
            </Button>
          )}
        </>
      )}
      {execution.error_signature && (
        <Button icon={<FastForward size={15} />} onPress={() => setAsking("same-error")}>
          Resume all with this error
        </Button>
      )}
      {!isFinal(execution.status) && (
        <Button icon={<Ban size={15} />} onPress={() => setAsking("cancel")}>
          Cancel execution
        </Button>
      )}
      <Button icon={<RefreshCw size={15} />} onPress={() => setAsking("replay")}>
        Replay event
      </Button>
      {asking === "same-error" && execution.error_signature && (
        <ResumeSameError
          workflowId={execution.workflow_id}
          signature={execution.error_signature}
          message={execution.error_message ?? ""}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "cancel" && (
        <Confirm
          title="Cancel this execution?"
          action="Cancel execution"
          dismissal="Keep it running"
          isDangerous
          isBusy={cancelling.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() => cancelling.mutate({ params })}
        >
          <p>Completed steps are kept; remaining steps are cancelled.</p>
        </Confirm>
      )}
      {asking === "replay" && (
        <Confirm
          title="Replay the event?"
          action="Replay"
          isBusy={replaying.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() =>
            replaying.mutate({ params: { ...params, header: { "idempotency-key": crypto.randomUUID() } } })
          }
        >
          <p>
            The event is sent again under a new id. Every workflow that is on and has this trigger runs from the
            start, so messages may be sent again.
          </p>
        </Confirm>
      )}
    </div>
  );
}

/** Leads from a failed step to where its error can be put right. */
function WhatToDo({ workflowId, step }: { workflowId: string; step: Step }) {
  const { may, path } = useCurrentLocation();
  if (step.status !== "failed" || !may("editor")) return null;
  const lack = placeOfLack(step);
  const words = wordsOfLack(step);
  return (
    <>
      {words && <p className="small">{words}</p>}
      <p className="execution-actions">
        <Link
          className="button button--small"
          href={path(`/workflows/${workflowId}/editor/${encodeURIComponent(step.node_id)}`)}
        >
          Edit this step
        </Link>
        {lack && (
          <Link className="button button--small" href={path(lack.place)}>
            {lack.words}
          </Link>
        )}
      </p>
    </>
  );
}

interface StepDetailsProps {
  execution: Execution;
  step: Step | undefined;
  name: string;
  onBack: () => void;
}

function StepDetails({ execution, step, name, onBack }: StepDetailsProps) {
  return (
    <>
      <div>
        <Button look="quiet" size="small" icon={<ArrowLeft size={15} />} onPress={onBack}>
          Whole execution
        </Button>
      </div>
      <div className="execution-head">
        <h2>{name}</h2>
        <Status status={step?.status ?? "not_reached"} />
      </div>
      {!step && <p className="muted">The execution has not reached this step.</p>}
      {step && (
        <>
          {step.error_message && (
            <Notice tone={step.status === "failed" ? "bad" : "warn"}>{readable(step.error_message)}</Notice>
          )}
          <WhatToDo workflowId={execution.workflow_id} step={step} />
          <SettleOutcome execution={execution} step={step} />
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
          {sendsMessages(step.node_type) && (
            <StepMessages
              key={`${step.status} ${step.attempts}`} // another state of the step: more may have been sent
              executionId={execution.id}
              nodeId={step.node_id}
            />
          )}
          {step.node_type === WEBHOOK && (
            <section className="panel__part">
              <h3>Deliveries</h3>
              <Deliveries
                key={`${step.status} ${step.attempts}`} // another state of the step: more may have been sent
                workflowId={execution.workflow_id}
                nodeId={step.node_id}
                executionId={execution.id}
              />
            </section>
          )}
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

/** What a step sent, and what became of it: reports come for days. */
function StepMessages({ executionId, nodeId }: { executionId: string; nodeId: string }) {
  const list = useWholeList("/executions/{execution_id}/messages", { execution_id: executionId }, { staleTime: 0 });
  const messages = list.data?.filter(({ node_id }) => node_id === nodeId);
  return (
    <section className="panel__part">
      <h3>Messages</h3>
      {list.isError && !messages && <Failed error={list.error} onRetry={() => void list.refetch()} />}
      {!list.isError && !messages && <Loading what="the messages" />}
      {messages?.length === 0 && <p className="muted small">Nothing was sent.</p>}
      {messages && messages.length > 0 && <SentMessages messages={messages} />}
    </section>
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

function isTriggerNode(execution: Execution, id: string): boolean {
  return execution.graph?.nodes.find((node) => node.id === id)?.type === TRIGGER;
}

function nameOf(execution: Execution, id: string, catalogue: Catalogue): string {
  const node = execution.graph?.nodes.find((each) => each.id === id);
  return node?.name || titleOf(catalogue, node?.type ?? id);
}
