// Somebody else saved while this draft was open: whose version stays?
import { useState } from "react";
import type { Saved } from "../../../api/client";
import type { Workflow } from "../../../api/workflows";
import { Button } from "../../../components/Button";
import { Changes } from "../../../components/Changes";
import { Dialog } from "../../../components/Dialog";
import { difference } from "../../../core/difference";
import type { Draft, DraftState } from "../../../core/draft";
import { documentOf } from "../useDraft";

interface StaleDialogProps {
  /** What is stored now, as far as it has been read. */
  loaded: Saved<Workflow>;
  draft: Draft;
  state: DraftState;
}

export function StaleDialog({ loaded, draft, state }: StaleDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const theirs = documentOf(loaded.value);
  const mine = state.history.present;
  const isRead = loaded.etag !== state.etag;
  return (
    <Dialog
      title="Somebody else saved this workflow"
      isOpen
      isStrict
      onClose={() => undefined}
      actions={
        <>
          <Button isDisabled={!isRead || isBusy} onPress={() => draft.replace(theirs, loaded.etag)}>
            Take theirs
          </Button>
          <Button
            look="primary"
            isDisabled={!isRead}
            isPending={isBusy}
            onPress={() => {
              setBusy(true);
              void draft.overwrite(loaded.etag).finally(() => setBusy(false));
            }}
          >
            Keep mine
          </Button>
        </>
      }
    >
      <p>
        While you were drawing, another save came first. If you keep yours, theirs is overwritten; if you take
        theirs, your changes since then are lost.
      </p>
      <h3>From theirs to yours</h3>
      {isRead ? (
        <Changes difference={difference(theirs.graph, mine.graph)} before={theirs.graph} after={mine.graph} />
      ) : (
        <p className="muted small">Reading what they saved …</p>
      )}
    </Dialog>
  );
}
