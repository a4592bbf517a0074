// What failed and was not resumed, by workflow and error.
import { Play } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import type { Schema } from "../../api/client";
import { Button } from "../../components/Button";
import { count } from "../../components/format";
import { Ago } from "../../components/Time";
import { readable } from "../../core/fieldProblems";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { Part } from "./Part";

const ResumeSameError = lazy(async () => ({
  default: (await import("../workflow/executions/ResumeSameError")).ResumeSameError,
}));

type FailureGroup = Schema<"FailureGroup">;

export function Failures() {
  const failures = useApi().useQuery("get", "/home/failures", {}, { staleTime: 0, refetchInterval: 15_000 });
  const [chosen, setChosen] = useState<FailureGroup | null>(null);
  return (
    <>
      <Part
        title="Failed executions"
        isWide
        query={failures}
        empty={({ groups }) => (groups.length === 0 ? "No failure of the last 30 days is open." : null)}
      >
        {({ groups, is_complete }) => (
          <>
            <ul className="home__list" aria-label="Errors">
              {groups.map((group) => (
                <Group key={group.error_signature} group={group} onResume={() => setChosen(group)} />
              ))}
            </ul>
            {!is_complete && <p className="muted small">These are the newest failures. There are older ones.</p>}
          </>
        )}
      </Part>
      {chosen && (
        <Suspense>
          <ResumeSameError
            workflowId={chosen.workflow_id}
            signature={chosen.error_signature}
            message={chosen.error_message}
            onClose={() => setChosen(null)}
          />
        </Suspense>
      )}
    </>
  );
}

function Group({ group, onResume }: { group: FailureGroup; onResume: () => void }) {
  const { may, path } = useCurrentLocation();
  const workflow = `/workflows/${encodeURIComponent(group.workflow_id)}`;
  return (
    <li className="home__row">
      <div className="home__text">
        <strong>
          <Link href={path(`${workflow}/executions`)}>{group.workflow_name || group.workflow_id}</Link>
        </strong>
        <span className="home__error">{readable(group.error_message) || "It failed without a message."}</span>
        <span className="muted small">
          {count(group.executions, "execution")}, <Ago what="last" at={group.last_at} isInline />
          {group.is_unknown && " · It is not known whether a message or request arrived. Look into it first."}
        </span>
      </div>
      <div className="home__actions">
        <Link className="button button--plain button--small" href={path(`${workflow}/executions/${group.execution_id}`)}>
          Look into it
        </Link>
        {may("editor") && (
          <Button size="small" icon={<Play size={14} />} onPress={onResume}>
            Resume all with this error
          </Button>
        )}
      </div>
    </li>
  );
}
