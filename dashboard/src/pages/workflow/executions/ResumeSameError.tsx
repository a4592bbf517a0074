// Resumes all executions that failed with one error: how many, on which version, and the result of each.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { useMutation, useQuery } from "@tanstack/react-query";
import { BULK, newestExecutions, resumeSameError } from "../../../api/bulk";
import { messageOf } from "../../../api/problem";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Field } from "../../../components/Field";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import { Select } from "../../../components/Select";
import { errorGroups, NOTHING_RESUMED, type BulkProgress } from "../../../core/errorGroups";
import { useCurrentLocation } from "../../../currentLocation";

interface ResumeSameErrorProps {
  workflowId: string;
  signature: string;
  message: string;
  onClose: () => void;
}

type Stage = "asking" | "running" | "done";

export function ResumeSameError({ workflowId, signature, message, onClose }: ResumeSameErrorProps) {
  const { api, path } = useCurrentLocation();
  const [version, setVersion] = useState<"same" | "newest">("newest");
  const [progress, setProgress] = useState<BulkProgress>(NOTHING_RESUMED);
  const stop = useRef(new AbortController());
  const resuming = useMutation({
    ...BULK,
    mutationFn: (wanted: ReadonlySet<string>) =>
      resumeSameError(api, workflowId, { signature, version, wanted }, setProgress, stop.current.signal),
  });
  const stage: Stage = resuming.isIdle ? "asking" : resuming.isPending ? "running" : "done";
  const found = useQuery({
    queryKey: ["same-error", workflowId, signature],
    gcTime: 0,
    enabled: stage === "asking",
    queryFn: ({ signal }) => newestExecutions(api, workflowId, signal),
  });
  const wanted = useMemo(() => {
    const group = errorGroups(found.data?.executions ?? []).find((each) => each.signature === signature);
    return new Set(group?.executions.map((execution) => execution.id));
  }, [found.data, signature]);

  // Closing the dialog ends it after the current call.
  useEffect(() => {
    const controller = new AbortController();
    stop.current = controller;
    return () => controller.abort();
  }, []);

  const many = count(wanted.size, "execution");
  return (
    <Dialog
      title="Resume all with this error"
      isOpen
      isStrict={stage === "running"}
      onClose={onClose}
      actions={
        stage === "asking" ? (
          <>
            <Button onPress={onClose}>Cancel</Button>
            <Button look="primary" isDisabled={wanted.size === 0} onPress={() => resuming.mutate(wanted)}>
              Resume {many}
            </Button>
          </>
        ) : (
          <Button look="primary" isPending={stage === "running"} onPress={onClose}>
            Close
          </Button>
        )
      }
    >
      <Notice tone="bad">{message || "The executions failed without a message."}</Notice>
      {stage === "asking" && (
        <>
          <p role="status">
            {found.isError
              ? messageOf(found.error)
              : !found.data
                ? "Counting the executions with this error …"
                : wanted.size === 0
                  ? "None is left: all of them have been resumed."
                  : `${many} failed with this error and ${wanted.size === 1 ? "has" : "have"} not been resumed.${found.data.isAll ? "" : " There may be older ones."}`}
          </p>
          <p className="muted small">
            Each continues from the step that failed. Completed steps are kept, and nothing is sent twice.
          </p>
          <Field label="Version">
            {(input) => (
              <Select
                {...input}
                options={{
                  newest: "The newest, with your fixes",
                  same: "The one that each started on",
                }}
                value={version}
                onChange={setVersion}
              />
            )}
          </Field>
        </>
      )}
      {stage !== "asking" && (
        <>
          <progress
            className="progress"
            aria-label="Executions resumed"
            max={wanted.size}
            value={progress.resumed.size + progress.problems.length}
          />
          <p role="status">
            {stage === "running"
              ? `Resumed ${progress.resumed.size} of ${many} …`
              : `Resumed ${progress.resumed.size} of ${many}.`}
            {progress.problems.length > 0 && ` ${count(progress.problems.length, "execution")} could not start.`}
          </p>
          {resuming.isError && <Notice tone="bad">{messageOf(resuming.error)}</Notice>}
          {progress.problems.length > 0 && (
            <ul className="problems">
              {progress.problems.map((each) => (
                <li key={each.execution_id} className="problems__item">
                  <div>
                    <span>
                      <Link href={path(`/workflows/${workflowId}/executions/${each.execution_id}`)} onClick={onClose}>
                        {each.execution_id}
                      </Link>
                      : {each.problem}
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Dialog>
  );
}
