// The published versions: shown, compared with another, and put back into use.
import { useMutation } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { History, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { basedOn, body, type Schema } from "../../../api/client";
import { useWholeList } from "../../../api/queries";
import { useVersion } from "../../../api/reads";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Confirm } from "../../../components/Dialog";
import { Field } from "../../../components/Field";
import { ImpactNote } from "../../../components/ImpactNote";
import { Missing } from "../../../components/Missing";
import { Select } from "../../../components/Select";
import { Empty, Failed, Loading } from "../../../components/States";
import { Ago } from "../../../components/Time";
import { Versions } from "../../../components/Versions";
import { useToasts } from "../../../components/toasts";
import type { Catalogue } from "../../../core/catalogue";
import { superposed, type Stated } from "../../../core/difference";
import type { Document, Draft } from "../../../core/draft";
import { isReminder, type Graph } from "../../../core/graph";
import { useCurrentLocation } from "../../../currentLocation";
import { Canvas } from "../canvas/Canvas";
import { useCanvas, type Marks } from "../canvas/flow";
import { VocabularyProvider } from "../Vocabulary";
import "../editor/editor.css";

type Workflow = Schema<"WorkflowView">;

interface VersionsTabProps {
  workflow: Workflow;
  draft: Draft;
  /** The draft as it is now. */
  current: Document;
  catalogue: Catalogue;
}

/** With what a version is compared: another one, the draft, or nothing. */
type Other = number | "draft" | "nothing";

export function VersionsTab({ workflow, draft, current, catalogue }: VersionsTabProps) {
  const versions = useWholeList("/workflows/{workflow_id}/versions", { workflow_id: workflow.id });
  const [chosen, setChosen] = useState<number | null>(null);
  const [wanted, setWanted] = useState<Other | null>(null);
  if (versions.isError) return <Failed error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Loading what="the versions" />;
  const items = versions.data;
  const newest = items[0];
  if (!newest) {
    return (
      <Empty icon={<History size={24} />} title="Not published yet">
        Each time you publish, a version is kept here. You can compare versions and go back to one.
      </Empty>
    );
  }
  const shown = chosen ?? newest.version;
  const before = items.find((item) => item.version < shown);
  const other = wanted ?? before?.version ?? "nothing";
  return (
    <div className="split">
      <VersionCanvas workflow={workflow} version={shown} other={other} current={current} catalogue={catalogue} />
      <aside className="panel" aria-label="Versions">
        <h2>Versions</h2>
        <Versions
          versions={items}
          shown={shown}
          inUse={workflow.published_version}
          note={({ trigger, published_at, published_by }) => (
            <>
              {trigger} · <Ago at={published_at} isInline />
              {published_by && ` by ${published_by}`}
            </>
          )}
          onChoose={(version) => {
            setChosen(version);
            setWanted(null);
          }}
        />
        <section className="panel__part">
          <Field label="Compare with">
            {(input) => (
              <Select
                {...input}
                options={[
                  ["nothing", "Nothing"],
                  ["draft", "The draft"],
                  ...items
                    .filter(({ version }) => version !== shown)
                    .map(({ version }) => [`${version}`, `Version ${version}`] as const),
                ]}
                value={`${other}`}
                onChange={(chosen) => setWanted(otherOf(chosen))}
              />
            )}
          </Field>
          <Compared workflow={workflow} version={shown} other={other} current={current} />
        </section>
        {shown !== workflow.published_version && (
          <RollBack workflow={workflow} version={shown} draft={draft} />
        )}
      </aside>
    </div>
  );
}

function otherOf(value: string): Other {
  return value === "draft" || value === "nothing" ? value : Number(value);
}

interface ComparedProps {
  workflow: Workflow;
  version: number;
  other: Other;
  current: Document;
}

interface Pair {
  shown: ReturnType<typeof useVersion>;
  /** The two to compare, the earlier first; null while they are read, or where there is nothing to compare. */
  pair: { before: Stated; after: Stated; title: string } | null;
}

/** Returns the version that is shown, and what it is compared with. */
function useCompared({ workflow, version, other, current }: ComparedProps): Pair {
  const shown = useVersion(workflow.id, version);
  const second = useVersion(workflow.id, typeof other === "number" ? other : null);
  if (!shown.data || other === "nothing") return { shown, pair: null };
  if (other === "draft") {
    return { shown, pair: { before: shown.data, after: current, title: `From version ${version} to the draft` } };
  }
  if (!second.data) return { shown, pair: null };
  const [before, after] = other < version ? [second.data, shown.data] : [shown.data, second.data];
  return { shown, pair: { before, after, title: `From version ${before.version} to ${after.version}` } };
}

function VersionCanvas({ catalogue, ...of }: ComparedProps & { catalogue: Catalogue }) {
  const { shown, pair } = useCompared(of);
  if (shown.isError) return <Failed error={shown.error} onRetry={() => void shown.refetch()} />;
  if (!shown.data) return <Loading what="the version" />;
  return (
    <ReactFlowProvider key={`${of.version} ${of.other}`}>
      <VocabularyProvider catalogue={catalogue}>
        <VersionGraph before={pair?.before.graph} after={pair?.after.graph ?? shown.data.graph} />
      </VocabularyProvider>
    </ReactFlowProvider>
  );
}

const nowhere = () => undefined;

function VersionGraph({ before, after }: { before: Graph | undefined; after: Graph }) {
  const { graph, changes } = useMemo(() => superposed(before ?? after, after), [before, after]);
  const marks = useMemo<Marks>(() => ({ changes }), [changes]);
  const canvas = useCanvas(graph, marks, nowhere);
  return (
    <div className="split__canvas">
      <Canvas
        isReadOnly
        nodes={canvas.nodes}
        edges={canvas.edges}
        onNodesChange={canvas.onNodesChange}
        onEdgesChange={canvas.onEdgesChange}
      />
    </div>
  );
}

function Compared(of: ComparedProps) {
  const { pair } = useCompared(of);
  if (!pair) return null;
  return (
    <>
      <h3>{pair.title}</h3>
      <Changes before={pair.before} after={pair.after} />
    </>
  );
}

interface RollBackProps {
  workflow: Workflow;
  version: number;
  draft: Draft;
}

function RollBack({ workflow, version, draft }: RollBackProps) {
  const { api, may } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [isAsking, setAsking] = useState(false);
  const [sendsMissed, setSendsMissed] = useState(false);
  const wanted = useVersion(workflow.id, version);
  const graph = wanted.data?.graph;
  const rollBack = useMutation({
    mutationFn: () =>
      draft.change((revision) => {
        const choice = { version, send_missed: sendsMissed };
        const change = { ...basedOn({ workflow_id: workflow.id }, revision), body: choice };
        return body(api.POST("/workflows/{workflow_id}/rollback", change));
      }),
    meta: { changes: ["/workflows"] },
    onSuccess: () => report(`New events use version ${version}.`),
    onError: reportFailure,
    onSettled: () => setAsking(false),
  });
  if (!may("editor")) return null;
  return (
    <>
      <Button icon={<RotateCcw size={15} />} onPress={() => setAsking(true)}>
        Use version {version}
      </Button>
      {isAsking && (
        <Confirm
          title={`Use version ${version} again?`}
          action={`Use version ${version}`}
          isBusy={rollBack.isPending}
          onConfirm={() => rollBack.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>New events use version {version}. Executions in progress finish on theirs. The draft stays as it is.</p>
          <Missing of={wanted} what="What this version does to reminders" />
          {graph && isReminder(graph) && (
            <ImpactNote
              workflowId={workflow.id}
              graph={graph}
              isOnAfter={workflow.enabled}
              sendsMissed={sendsMissed}
              onSendMissed={setSendsMissed}
            />
          )}
        </Confirm>
      )}
    </>
  );
}
