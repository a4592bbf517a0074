// Sends what an operator chose: writes it down as template and workflow where it is new, and starts the batch.
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { basedOn, body, type Api, type Schema } from "../../api/client";
import { graphOf, nameOf, templateOf, type Audience, type Written } from "../../core/batches";
import { useApi } from "../../currentLocation";
import type { What } from "./SendForm";

interface Order {
  what: What;
  audience: Audience;
  /** The batch after which everybody gets it again. */
  againAfter: string | null;
  /** The batch by which those who are left were counted. */
  leftOf: string | null;
  /** When the visits are over. */
  until: string | null | undefined;
}

/** What was made of a written message so far, so that a second try makes nothing twice. */
interface Made {
  templateId?: string;
  workflowId?: string;
  isPublished?: boolean;
}

export function useSend() {
  const api = useApi();
  const made = useRef<Made>({});
  const sending = useMutation({
    mutationFn: async ({ what, audience, againAfter, leftOf, until }: Order) => {
      const workflowId = what.how === "workflow" ? what.workflowId : await writtenDown(api, what.written, until != null && Date.parse(until) < Date.now(), made.current);
      await body(
        api.POST("/workflows/{workflow_id}/batch", {
          params: { path: { workflow_id: workflowId } },
          body: { audience: audience as Schema<"Audience">, again_after: againAfter, left_of: leftOf },
        }),
      );
      return workflowId;
    },
    meta: { changes: ["/workflows", "/templates", "/bookings", "/executions"] },
  });
  return {
    send: sending.mutate,
    isPending: sending.isPending,
    error: sending.error,
    /** The workflow that was started. */
    workflowId: sending.data ?? null,
    /** Forgets what was made, as the text may change. */
    forget: () => {
      made.current = {};
      sending.reset();
    },
  };
}

async function writtenDown(api: Api, written: Written, isOver: boolean, made: Made): Promise<string> {
  const name = nameOf(written);
  made.templateId ??= (await body(api.POST("/templates", { body: templateOf(written, name) }))).id;
  made.workflowId ??= (
    await body(api.POST("/workflows", { body: { name, description: "Written on the page Bookings.", tags: [], draft: graphOf(made.templateId, isOver) } }))
  ).id;
  if (!made.isPublished) {
    const path = { workflow_id: made.workflowId };
    const { revision } = await body(api.GET("/workflows/{workflow_id}", { params: { path } }));
    await body(api.POST("/workflows/{workflow_id}/publish", basedOn(path, revision)));
    made.isPublished = true;
  }
  return made.workflowId;
}
