// The published versions: drawn, compared with another, and taken back into use.
import { ReactFlowProvider } from "@xyflow/react";
import { History, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { useVersion, useVersions, useWorkflowCalls, type Workflow } from "../../../api/workflows";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Confirm } from "../../../components/Dialog";
import { Empty, Failed, Loading } from "../../../components/States";
import { Ago } from "../../../components/Time";
import { useToasts } from "../../../components/toasts";
import type { Catalogue } from "../../../core/catalogue";
import { difference } from "../../../core/difference";
import type { Draft } from "../../../core/draft";
import type { Graph } from "../../../core/graph";
import { usePlace } from "../../../place";
import { Canvas } from "../canvas/Canvas";
import { useDrawn, type Marks } from "../canvas/flow";
import { CatalogueContext } from "../CatalogueContext";
import "../editor/editor.css";

interface VersionsTabProps {
  workflow: Workflow;
  draft: Draft;
  draftGraph: Graph;
  catalogue: Catalogue;
}

export function VersionsTab({ workflow, draft, draftGraph, catalogue }: VersionsTabProps) {
  const versions = useVersions(workflow.id);
  const [chosen, setChosen] = useState<number | null>(null);
  if (versions.isError) return <Failed error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Loading what="the versions" />;
  const { items } = versions.data;
  const newest = items[0];
  if (!newest) {
    return (
      <Empty icon={<History size={24} />} title="Not published yet">
        Each time you publish, the workflow as it was drawn is kept here. You can compare versions, and go back to
        one.
      </Empty>
    );
  }
  const shown = chosen ?? newest.version;
  return (
    <div className="split">
      <VersionCanvas workflow={workflow} version={shown} catalogue={catalogue} />
      <aside className="panel" aria-label="Versions">
        <h2>Versions</h2>
        <ul className="versions">
          {items.map((version) => (
            <li key={version.version}>
              <button
                type="button"
                className="version"
                aria-current={version.version === shown}
                onClick={() => setChosen(version.version)}
              >
                <strong>Version {version.version}</strong>
                {version.version === workflow.published_version && (
                  <span className="badge badge--accent">in use</span>
                )}
                <span className="muted small">
                  {version.trigger} ·{" "}
                  <Ago at={version.published_at} isInline />
                  {version.published_by && ` by ${version.published_by}`}
                </span>
              </button>
            </li>
          ))}
        </ul>
        <Compared workflow={workflow} version={shown} draftGraph={draftGraph} />
        {shown !== workflow.published_version && (
          <RollBack workflow={workflow} version={shown} draft={draft} />
        )}
      </aside>
    </div>
  );
}

function VersionCanvas({ workflow, version, catalogue }: { workflow: Workflow; version: number; catalogue: Catalogue }) {
  const found = useVersion(workflow.id, version);
  const before = useVersion(workflow.id, version > 1 ? version - 1 : null);
  if (found.isError) return <Failed error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Loading what="the version" />;
  return (
    <ReactFlowProvider key={version}>
      <CatalogueContext value={catalogue}>
        <Drawing graph={found.data.graph} before={before.data?.graph} />
      </CatalogueContext>
    </ReactFlowProvider>
  );
}

const nowhere = () => undefined;

function Drawing({ graph, before }: { graph: Graph; before: Graph | undefined }) {
  const marks = useMemo<Marks>(() => {
    if (!before) return {};
    const { added, changed } = difference(before, graph);
    return {
      changes: new Map([
        ...added.map((node) => [node.id, "added"] as const),
        ...changed.map(({ node }) => [node.id, "changed"] as const),
      ]),
    };
  }, [graph, before]);
  const drawn = useDrawn(graph, marks, nowhere);
  return (
    <div className="split__canvas">
      <Canvas
        isReadOnly
        nodes={drawn.nodes}
        edges={drawn.edges}
        onNodesChange={drawn.onNodesChange}
        onEdgesChange={drawn.onEdgesChange}
      />
    </div>
  );
}

function Compared({ workflow, version, draftGraph }: { workflow: Workflow; version: number; draftGraph: Graph }) {
  const [other, setOther] = useState<string>("before");
  const shown = useVersion(workflow.id, version);
  const before = useVersion(workflow.id, version > 1 ? version - 1 : null);
  if (!shown.data) return null;
  const isDraft = other === "draft" || version === 1;
  const pair = isDraft
    ? { from: shown.data.graph, to: draftGraph }
    : { from: before.data?.graph, to: shown.data.graph };
  return (
    <section className="panel__part">
      <h3>{isDraft ? `From version ${version} to the draft` : `From version ${version - 1} to ${version}`}</h3>
      {version > 1 && (
        <select className="input" aria-label="Compare with" value={other} onChange={(event) => setOther(event.target.value)}>
          <option value="before">Compare with the version before</option>
          <option value="draft">Compare with the draft</option>
        </select>
      )}
      {pair.from && <Changes difference={difference(pair.from, pair.to)} before={pair.from} after={pair.to} />}
    </section>
  );
}

interface RollBackProps {
  workflow: Workflow;
  version: number;
  draft: Draft;
}

function RollBack({ workflow, version, draft }: RollBackProps) {
  const { may } = usePlace();
  const { tell, tellError } = useToasts();
  const calls = useWorkflowCalls();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  if (!may("editor")) return null;
  const rollBack = async () => {
    setBusy(true);
    try {
      draft.stored((await calls.rollBack(workflow.id, await draft.store(), version)).etag);
      tell(`Events run version ${version} from now on.`);
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
      setAsking(false);
    }
  };
  return (
    <>
      <Button icon={<RotateCcw size={15} />} onPress={() => setAsking(true)}>
        Use version {version}
      </Button>
      {isAsking && (
        <Confirm
          title={`Use version ${version} again?`}
          action={`Use version ${version}`}
          isBusy={isBusy}
          onConfirm={() => void rollBack()}
          onClose={() => setAsking(false)}
        >
          <p>Events from now on run version {version}. The draft stays as it is.</p>
        </Confirm>
      )}
    </>
  );
}
