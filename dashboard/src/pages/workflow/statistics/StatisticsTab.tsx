// How the executions of a version fared, on its graph: counts at each step, and the executions behind them.
import { ReactFlowProvider } from "@xyflow/react";
import { BarChart3, MousePointerClick } from "lucide-react";
import { useMemo, useState } from "react";
import { useVersion } from "../../../api/reads";
import { count } from "../../../components/format";
import { Segments } from "../../../components/Segments";
import { Empty, Failed, Loading } from "../../../components/States";
import type { Catalogue } from "../../../core/catalogue";
import { nodeById, TRIGGER, type Graph } from "../../../core/graph";
import { countsByNode, partsOf, type Part, type StepStatistics } from "../../../core/stepStatistics";
import { useApi } from "../../../currentLocation";
import { Canvas } from "../canvas/Canvas";
import { useCanvas, type Marks } from "../canvas/flow";
import { VocabularyProvider } from "../Vocabulary";
import { ExecutionsAtStep } from "./ExecutionsAtStep";

type Days = "7" | "30";

interface StatisticsTabProps {
  workflowId: string;
  /** The published version; null where there is none. */
  version: number | null;
  catalogue: Catalogue;
}

export function StatisticsTab({ workflowId, version, catalogue }: StatisticsTabProps) {
  const [days, setDays] = useState<Days>("7");
  const published = useVersion(workflowId, version);
  const statistics = useApi().useQuery(
    "get",
    "/workflows/{workflow_id}/step_statistics",
    { params: { path: { workflow_id: workflowId }, query: { days: Number(days), version: version ?? undefined } } },
    { enabled: version !== null, staleTime: 0, refetchInterval: 60_000 },
  );
  if (version === null) {
    return (
      <Empty icon={<BarChart3 size={24} />} title="Not published yet">
        Once a version is published, its executions are counted at each step.
      </Empty>
    );
  }
  const failed = [published, statistics].find((query) => query.isError && !query.data);
  if (failed) return <Failed error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!published.data || !statistics.data) return <Loading what="the statistics" />;
  return (
    <ReactFlowProvider>
      <VocabularyProvider catalogue={catalogue}>
        <Counted
          workflowId={workflowId}
          graph={published.data.graph}
          statistics={statistics.data}
          days={days}
          onDays={setDays}
        />
      </VocabularyProvider>
    </ReactFlowProvider>
  );
}

const nowhere = () => undefined;

interface CountedProps {
  workflowId: string;
  graph: Graph;
  statistics: StepStatistics;
  days: Days;
  onDays: (days: Days) => void;
}

function Counted({ workflowId, graph, statistics, days, onDays }: CountedProps) {
  const marks = useMemo<Marks>(() => ({ counts: countsByNode(graph, statistics) }), [graph, statistics]);
  const canvas = useCanvas(graph, marks, nowhere);
  const chosen = canvas.selected.size === 1 ? nodeById(graph, [...canvas.selected][0]) : undefined;
  const ended = Object.entries(statistics.ended);
  return (
    <div className="split">
      <div className="split__canvas">
        <Canvas
          isReadOnly
          nodes={canvas.nodes}
          edges={canvas.edges}
          onNodesChange={canvas.onNodesChange}
          onEdgesChange={canvas.onEdgesChange}
        />
      </div>
      <aside className="panel" aria-label="Statistics">
        <Segments
          label="Executions that ended in the last"
          options={[["7", "7 days"], ["30", "30 days"]]}
          value={days}
          onChange={onDays}
        />
        <section className="panel__part">
          <h2>Executions of version {statistics.version}</h2>
          {ended.length === 0 ? (
            <p className="muted small">None ended in the last {days} days. One that is in progress is counted when it ends.</p>
          ) : (
            <dl className="facts">
              {ended.map(([status, number]) => (
                <Fact key={status} name={status} number={number} />
              ))}
            </dl>
          )}
        </section>
        {!chosen || chosen.type === TRIGGER ? (
          <p className="panel__hint">
            <MousePointerClick size={16} aria-hidden /> Select a step to see its executions.
          </p>
        ) : (
          <OfStep key={`${chosen.id} ${days}`} workflowId={workflowId} nodeId={chosen.id} name={chosen.name || chosen.id} statistics={statistics} />
        )}
      </aside>
    </div>
  );
}

function Fact({ name, number }: { name: string; number: number }) {
  return (
    <>
      <dt>{name[0]?.toUpperCase() + name.slice(1)}</dt>
      <dd className="numbers">{number}</dd>
    </>
  );
}

interface OfStepProps {
  workflowId: string;
  nodeId: string;
  name: string;
  statistics: StepStatistics;
}

function OfStep({ workflowId, nodeId, name, statistics }: OfStepProps) {
  const [shown, setShown] = useState<Part | null>(null);
  const counts = statistics.steps.find((step) => step.node_id === nodeId);
  const answered = statistics.answered[nodeId];
  return (
    <section className="panel__part" aria-label={name}>
      <h2>{name}</h2>
      {!counts && <p className="muted small">No execution came here.</p>}
      {answered !== undefined && (
        <p className="small">
          {count(counts?.completed ?? 0, "survey")} sent, {answered} answered on these days.
        </p>
      )}
      {counts && (
        <>
          <p className="small">{count(counts.came, "execution")} came here.</p>
          <ul className="parts">
            {partsOf(counts).map((part) => (
              <li key={part.label}>
                <button
                  type="button"
                  className="pick parts__one"
                  aria-pressed={shown?.label === part.label}
                  onClick={() => setShown(part)}
                >
                  <span>{part.label}</span>
                  <span className="numbers">{part.count}</span>
                </button>
              </li>
            ))}
          </ul>
          {shown && <ExecutionsAtStep key={shown.label} workflowId={workflowId} nodeId={nodeId} part={shown} />}
        </>
      )}
    </section>
  );
}
