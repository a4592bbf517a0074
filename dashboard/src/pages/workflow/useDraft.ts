// Ties a draft to the API for as long as its page is open.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Saved } from "../../api/client";
import { ApiError } from "../../api/problem";
import { refreshWorkflow, useWorkflowCalls, type Workflow } from "../../api/workflows";
import { Draft, type Document, type DraftState } from "../../core/draft";
import { usePlace } from "../../place";
import { keepDraft, takeKeptDraft } from "./keptDraft";

export function useDraft(loaded: Saved<Workflow>): { draft: Draft; state: DraftState } {
  const { may, locationId } = usePlace();
  const calls = useWorkflowCalls();
  const client = useQueryClient();
  const { id } = loaded.value;
  const [draft] = useState(
    () =>
      new Draft(
        documentOf(loaded.value),
        loaded.etag,
        {
          save: ({ name, description, graph }, etag) =>
            calls.save(id, etag, name.trim() || "Untitled workflow", description, graph),
          check: async (graph, signal) => (await calls.check(id, graph, signal)).problems,
          isStale: (error) => error instanceof ApiError && error.isStale,
        },
        may("editor"),
      ),
  );
  const state = useSyncExternalStore(draft.subscribe, draft.snapshot);

  useEffect(() => {
    draft.open();
    const kept = takeKeptDraft(locationId, id);
    if (kept) draft.resume(kept.document, kept.etag);
    const isUnsaved = () => draft.snapshot().saving !== "saved";
    const warn = (event: BeforeUnloadEvent) => {
      const { failure } = draft.snapshot();
      // Whoever has to sign in again comes back to what is kept.
      const isSigningIn = failure instanceof ApiError && failure.status === 401;
      if (isUnsaved() && !isSigningIn) event.preventDefault();
    };
    const keep = () => {
      const { history, etag } = draft.snapshot();
      if (isUnsaved()) keepDraft(locationId, id, { document: history.present, etag });
    };
    const saveAgain = () => void (isUnsaved() && draft.flush());
    addEventListener("beforeunload", warn);
    addEventListener("pagehide", keep);
    addEventListener("online", saveAgain);
    return () => {
      removeEventListener("beforeunload", warn);
      removeEventListener("pagehide", keep);
      removeEventListener("online", saveAgain);
      draft.close();
    };
  }, [draft, locationId, id]);

  useEffect(() => {
    const { saving, etag } = draft.snapshot();
    if (saving === "saved" && isNewer(loaded.etag, etag)) {
      draft.replace(documentOf(loaded.value), loaded.etag);
    }
  }, [draft, loaded]);

  useEffect(() => {
    if (state.saving === "stale") void refreshWorkflow(client, locationId, id);
  }, [state.saving, client, locationId, id]);

  return { draft, state };
}

export function documentOf({ name, description, draft }: Workflow): Document {
  return { name, description, graph: draft };
}

function isNewer(one: string, other: string): boolean {
  return Number(one.replaceAll('"', "")) > Number(other.replaceAll('"', ""));
}
