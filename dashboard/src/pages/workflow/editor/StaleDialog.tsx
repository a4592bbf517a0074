// Somebody else saved while this draft was open: whose version stays?
import { useState } from "react";
import { messageOf } from "../../../api/problem";
import { useStoredNow } from "../../../api/workflows";
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
  const stored = useStoredNow(workflowId);
  const { theirs } = stored;
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
            onPress={() => theirs && draft.replace(documentOf(theirs.value), theirs.etag)}
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
              void draft.overwrite(theirs.etag).finally(() => setBusy(false));
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
        <Changes before={documentOf(theirs.value)} after={mine} />
      ) : stored.error !== null ? (
        <Notice tone="bad">
          <span>Their version could not be loaded: {messageOf(stored.error)}</span>
          <Button size="small" onPress={stored.retry}>
            Try again
          </Button>
        </Notice>
      ) : (
        <p className="muted small">Loading their version …</p>
      )}
    </Dialog>
  );
}
