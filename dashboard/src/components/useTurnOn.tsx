// Turns a published workflow on; where reminders would have been due already, it asks about them first.
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useMissedReminders } from "../api/reminders";
import type { Graph } from "../core/graph";
import { useToasts } from "./toasts";

const TurnOnDialog = lazy(async () => ({ default: (await import("./TurnOnDialog")).TurnOnDialog }));

interface Published {
  id: string;
  name: string;
  published_version: number | null;
}

interface TurnOn {
  /** Turns it on, or asks first. */
  turnOn: () => Promise<void>;
  isBusy: boolean;
  /** The question, while it is asked. */
  question: ReactNode;
}

/** `store` turns the workflow on; with `true`, reminders that would have been due already are sent now. */
export function useTurnOn(workflow: Published, store: (sendsMissed: boolean) => Promise<unknown>): TurnOn {
  const { reportFailure } = useToasts();
  const missedReminders = useMissedReminders();
  const [asked, setAsked] = useState<Graph | null>(null);
  const [isBusy, setBusy] = useState(false);
  const during = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const turnOn = () =>
    during(async () => {
      const graph = await missedReminders(workflow.id, workflow.published_version ?? 0);
      if (graph) setAsked(graph);
      else await store(false);
    });
  const question = asked && (
    <Suspense>
      <TurnOnDialog
        workflow={workflow}
        graph={asked}
        isBusy={isBusy}
        onConfirm={(sendsMissed) => void during(() => store(sendsMissed)).then(() => setAsked(null))}
        onClose={() => setAsked(null)}
      />
    </Suspense>
  );
  return { turnOn, isBusy, question };
}
