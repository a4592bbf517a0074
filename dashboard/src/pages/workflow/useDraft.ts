// Ties a draft to the API for as long as its page is open.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { basedOn, body, type Schema } from "../../api/client";
import { ApiError, OfflineError } from "../../api/problem";
import { Draft, type Document, type DraftState } from "../../core/draft";
import { useCurrentLocation } from "../../currentLocation";
import { keepDraft, takeKeptDraft } from "./keptDraft";

type Workflow = Schema<"WorkflowView">;

export function useDraft(loaded: Workflow): { draft: Draft; state: DraftState } {
  const { api, may, locationId, identity } = useCurrentLocation();
  const { subject } = identity;
  const client = useQueryClient();
  const { id } = loaded;
  const [draft] = useState(() => {
    const path = { workflow_id: id };
    let storedName = loaded.name;
    const { queryKey } = api.queryOptions("get", "/workflows/{workflow_id}", { params: { path } });
    return new Draft(
      documentOf(loaded),
      loaded.revision,
      {
        // No mutation: each would have everything of the workflow read again.
        save: async ({ name, description, tags, graph }, revision) => {
          // Without a name it keeps the one that it has; it is published once it has one again.
          const content = { name: name.trim() || storedName, description, tags: [...tags], draft: graph };
          const change = { ...basedOn(path, revision), body: content };
          const saved = await body(api.PUT("/workflows/{workflow_id}", change));
          storedName = saved.name;
          client.setQueryData(queryKey, saved);
          void client.invalidateQueries({ queryKey: ["get", "/workflows"] });
          return saved;
        },
        check: async (draft, signal) =>
          (await body(api.POST("/workflows/{workflow_id}/check", { params: { path }, body: { draft }, signal }))).problems,
        isStale: (error) => error instanceof ApiError && error.isStale,
        isPassing: (error) => error instanceof OfflineError || (error instanceof ApiError && error.isPassing),
        onOvertaken: () => void client.invalidateQueries({ queryKey }),
      },
      may("editor"),
    );
  });
  const state = useSyncExternalStore(draft.subscribe, draft.snapshot);

  useEffect(() => {
    draft.open();
    const whose = { subject, locationId, workflowId: id };
    const kept = takeKeptDraft(whose);
    if (kept) draft.resume(kept.document, kept.revision);
    const isUnsaved = () => draft.snapshot().saving !== "saved";
    const warn = (event: BeforeUnloadEvent) => {
      const { failure } = draft.snapshot();
      // After signing in again, the draft is taken from what is kept.
      const isSigningIn = failure instanceof ApiError && failure.status === 401;
      if (isUnsaved() && !isSigningIn) event.preventDefault();
    };
    const keep = () => {
      const { history, revision } = draft.snapshot();
      if (isUnsaved()) keepDraft(whose, { document: history.present, revision });
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
    const { saving, revision } = draft.snapshot();
    if (saving === "saved" && loaded.revision > revision) draft.replace(documentOf(loaded), loaded.revision);
  }, [draft, loaded]);

  return { draft, state };
}

export function documentOf({ name, description, tags, draft }: Workflow): Document {
  return { name, description, tags, graph: draft };
}
