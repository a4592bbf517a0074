// Somebody else saved while this draft was open: whose version stays?
import { useState } from "react";
import { messageOf } from "../../../api/problem";
import { useWorkflow } from "../../../api/reads";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Notice";
import type { Document, Draft } from "../../../core/draft";
import { documentOf } from "../useDraft";

interface StaleDialogProps {
  workflowId: string;
  draft: Draft;
  mine: Document;
}

export function StaleDialog({ workflowId, draft, mine }: StaleDialogProps) {
  const [isBusy, setBusy] = useState(false);
  // What is stored now, not what was read before.
  const stored = useWorkflow(workflowId, { refetchOnMount: "always" });
  const isRead = stored.isFetchedAfterMount && stored.isSuccess && !stored.isFetching;
  const theirs = isRead ? stored.data : null;
  return (
    <Dialog
      title="Somebody else saved this workflow"
      isOpen
      isStrict
      onClose={() => undefined}
      actions={
        <>
          <Button
            isDisabled={!theirs || isBusy}
            onPress={() => theirs && draft.replace(documentOf(theirs), theirs.revision)}
          >
            Take theirs
          </Button>
          <Button
            look="primary"
            isDisabled={!theirs}
            isPending={isBusy}
            onPress={() => {
              if (!theirs) return;
              setBusy(true);
              void draft.overwrite(theirs.revision).finally(() => setBusy(false));
            }}
          >
            Keep mine
          </Button>
        </>
      }
    >
      <p>
        Somebody else saved while you were editing. Keep yours to overwrite theirs, or take theirs and lose your
        changes.
      </p>
      <h3>From theirs to yours</h3>
      {theirs ? (
        <Changes before={documentOf(theirs)} after={mine} />
      ) : stored.error && !stored.isFetching ? (
        <Notice tone="bad">
          <span>Their version could not be loaded: {messageOf(stored.error)}</span>
          <Button size="small" onPress={() => void stored.refetch()}>
            Try again
          </Button>
        </Notice>
      ) : (
        <p className="muted small">Loading their version …</p>
      )}
    </Dialog>
  );
}
