// Turns a published workflow on; where reminders would have been due already, it asks about them first.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { READS } from "../api/queries";
import { impactQuery, versionQuery } from "../api/reads";
import { isReminder, type Graph } from "../core/graph";
import { useApi } from "../currentLocation";
import { useToasts } from "./toasts";

const TurnOnDialog = lazy(async () => ({ default: (await import("./TurnOnDialog")).TurnOnDialog }));

interface Published {
  id: string;
  name: string;
  published_version: number | null;
}

interface TurnOn {
  /** Turns it on, or asks first. */
  turnOn: () => void;
  isBusy: boolean;
  /** The question, while it is asked. */
  question: ReactNode;
}

/**
 * `store` turns the workflow on; with `true`, reminders that would have been due already are sent now. Its errors are
 * reported here.
 */
export function useTurnOn(workflow: Published, store: (sendsMissed: boolean) => Promise<unknown>): TurnOn {
  const api = useApi();
  const client = useQueryClient();
  const { reportFailure } = useToasts();
  const [asked, setAsked] = useState<Graph | null>(null);
  const storing = useMutation({
    ...READS,
    mutationFn: store,
    onError: reportFailure,
    onSettled: () => setAsked(null),
  });
  const asking = useMutation({
    ...READS,
    mutationFn: async () => {
      const { graph } = await client.fetchQuery(versionQuery(api, workflow.id, workflow.published_version ?? 0));
      if (!isReminder(graph)) return null;
      const impact = client.fetchQuery(impactQuery(api, workflow.id, graph));
      // Where the impact cannot be read now, the operator decides.
      const isAsked = await impact.then(({ missed_sendable }) => missed_sendable > 0, () => true);
      return isAsked ? graph : null;
    },
    onSuccess: (graph) => (graph ? setAsked(graph) : storing.mutate(false)),
    onError: reportFailure,
  });
  const question = asked && (
    <Suspense>
      <TurnOnDialog
        workflow={workflow}
        graph={asked}
        isBusy={storing.isPending}
        onConfirm={storing.mutate}
        onClose={() => setAsked(null)}
      />
    </Suspense>
  );
  return { turnOn: asking.mutate, isBusy: asking.isPending || storing.isPending, question };
}
