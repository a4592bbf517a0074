// Tries the draft on a booking: everything is written out, nothing is sent.
import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { body, type Schema } from "../../../api/client";
import { messageOf } from "../../../api/problem";
import { READS } from "../../../api/queries";
import { BookingPicker } from "../../../components/BookingPicker";
import { useBookingId } from "../../../components/useBookingId";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Field } from "../../../components/Field";
import { Json } from "../../../components/Json";
import { PlannedMessages } from "../../../components/PlannedMessages";
import { StepSign } from "../../../components/StepSign";
import { Notice } from "../../../components/Notice";
import { Time } from "../../../components/Time";
import { handlesOf, iconOf, titleOf, type Catalogue } from "../../../core/catalogue";
import type { Draft } from "../../../core/draft";
import { nodeById, type Graph } from "../../../core/graph";
import { messagesOf } from "../../../core/planned";
import { readable } from "../../../core/fieldProblems";
import { useApi } from "../../../currentLocation";

type DryStep = Schema<"DryRun">["steps"][number];

/** What an event said of a booking, to try the draft with. */
export interface PastEvent {
  bookingId: string;
  event: Readonly<Record<string, unknown>>;
  at: string;
}

const OUTCOMES = {
  planned: { tone: "good", word: "Would happen" },
  skipped: { tone: "warn", word: "Skipped" },
  failed: { tone: "bad", word: "Would fail" },
  not_reached: { tone: "plain", word: "Not reached" },
} as const;

interface DryRunDialogProps {
  workflowId: string;
  draft: Draft;
  catalogue: Catalogue;
  /** The event of an execution: what it said then is taken instead of what is made up. */
  past?: PastEvent | null;
  onClose: () => void;
}

export function DryRunDialog({ workflowId, draft, catalogue, past = null, onClose }: DryRunDialogProps) {
  const api = useApi();
  const [bookingId, setBookingId] = useState(past?.bookingId ?? "");
  const bookingOf = useBookingId();
  const tryOut = useMutation({
    ...READS,
    mutationFn: async () => {
      await draft.store();
      const params = { path: { workflow_id: workflowId } };
      const booking_id = await bookingOf(bookingId);
      const event = past && past.bookingId === booking_id ? past.event : {};
      return body(api.POST("/workflows/{workflow_id}/dry-run", { params, body: { booking_id, event } }));
    },
  });
  return (
    <Dialog title="Try out on a booking" isOpen isWide onClose={onClose}>
      <p className="muted">Shows each message and request as it would go out. Nothing is sent, and nothing changes.</p>
      {past && (
        <Notice tone="info">
          <span>
            With the event of <Time at={past.at} />, on the draft as it is now. Records of the booking are those of today.
          </span>
        </Notice>
      )}
      <form
        className="execution-head"
        onSubmit={(event) => {
          event.preventDefault();
          tryOut.mutate();
        }}
      >
        <div style={{ flex: 1 }}>
          <Field label="Booking">
            {(input) => <BookingPicker input={input} value={bookingId} onChange={(chosen) => setBookingId(chosen)} />}
          </Field>
        </div>
        <Button type="submit" look="primary" icon={<Play size={15} />} isPending={tryOut.isPending} isDisabled={!bookingId.trim()}>
          Try out
        </Button>
      </form>
      {tryOut.isError && <Notice tone="bad">{messageOf(tryOut.error)}</Notice>}
      <div aria-live="polite" className="form">
        {tryOut.data?.filtered && (
          <Notice tone="warn">The trigger’s filter leaves this booking out, so none of this would happen.</Notice>
        )}
        {tryOut.data?.steps
          .filter((step) => step.node_type !== "trigger")
          .map((step) => <Plan key={step.node_id} step={step} graph={draft.document.graph} catalogue={catalogue} />)}
      </div>
    </Dialog>
  );
}

function Plan({ step, graph, catalogue }: { step: DryStep; graph: Graph; catalogue: Catalogue }) {
  const outcome = OUTCOMES[step.outcome];
  const node = nodeById(graph, step.node_id);
  const branch = node && handlesOf(node).find(({ id }) => id === step.handle)?.label;
  return (
    <section className="plan">
      <div className="plan__head">
        <StepSign icon={iconOf(catalogue, { type: step.node_type })} />
        <h3>{step.node_name || titleOf(catalogue, step.node_type)}</h3>
        <span className={`badge badge--${outcome.tone}`}>{outcome.word}</span>
        {branch && <span className="muted small">continues on “{branch}”</span>}
        {step.until && <span className="muted small">waits until <Time at={step.until} /></span>}
      </div>
      {step.message && <p className="small">{readable(step.message)}</p>}
      {step.plan && <Planned plan={step.plan} />}
    </section>
  );
}

/** Messages as their reader sees them; everything else as data. */
function Planned({ plan }: { plan: Readonly<Record<string, unknown>> }) {
  const { emails: _emails, sms: _sms, texts: _texts, ...rest } = plan;
  const messages = messagesOf(plan);
  return (
    <>
      <PlannedMessages of={messages} />
      {messages.length === 0 && <Json value={rest} label="What would happen" />}
    </>
  );
}
