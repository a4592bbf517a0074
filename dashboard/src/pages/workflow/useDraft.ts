// Ties a draft to the API for as long as its page is open.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Saved } from "../../api/client";
import { ApiError, OfflineError } from "../../api/problem";
import { refreshWorkflow, useWorkflowCalls, type Workflow } from "../../api/workflows";
import { Draft, type Document, type DraftState } from "../../core/draft";
import { useCurrentLocation } from "../../currentLocation";
import { keepDraft, takeKeptDraft } from "./keptDraft";

export function useDraft(loaded: Saved<Workflow>): { draft: Draft; state: DraftState } {
  const { may, locationId, identity } = useCurrentLocation();
  const { subject } = identity;
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
          isPassing: (error) => error instanceof OfflineError || (error instanceof ApiError && error.isPassing),
          onOvertaken: () => void refreshWorkflow(client, locationId, id),
        },
        may("editor"),
      ),
  );
  const state = useSyncExternalStore(draft.subscribe, draft.snapshot);

  useEffect(() => {
    draft.open();
    const whose = { subject, locationId, workflowId: id };
    const kept = takeKeptDraft(whose);
    if (kept) draft.resume(kept.document, kept.etag);
    const isUnsaved = () => draft.snapshot().saving !== "saved";
    const warn = (event: BeforeUnloadEvent) => {
      const { failure } = draft.snapshot();
      // After signing in again, the draft is taken from what is kept.
      const isSigningIn = failure instanceof ApiError && failure.status === 401;
      if (isUnsaved() && !isSigningIn) event.preventDefault();
    };
    const keep = () => {
      const { history, etag } = draft.snapshot();
      if (isUnsaved()) keepDraft(whose, { document: history.present, etag });
    };
    const saveAgain = () => void (isUnsaved() && draft.flush());
    addEventListener("beforeunload", warn);
    addEventListener("pagehide", keep);
    addEventListener("online", saveAgain);
    return () => {
      removeEventListener("beforeunload", warn);
      removeEventListener("pagehide", keep);
      removeEventListener("online", saveAgain);
      void draft.close().then(keep);
    };
  }, [draft, subject, locationId, id]);

  useEffect(() => {
    const { saving, etag } = draft.snapshot();
    if (saving === "saved" && isNewer(loaded.etag, etag)) {
      draft.replace(documentOf(loaded.value), loaded.etag);
    }
  }, [draft, loaded]);

  return { draft, state };
}

export function documentOf({ name, description, draft }: Workflow): Document {
  return { name, description, graph: draft };
}

function isNewer(one: string, other: string): boolean {
  return Number(one.replaceAll('"', "")) > Number(other.replaceAll('"', ""));
}
