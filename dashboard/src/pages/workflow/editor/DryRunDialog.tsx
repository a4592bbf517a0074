// Tries the draft on a booking: everything is written out, nothing is sent.
import { Play } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../../api/problem";
import { useWorkflowCalls } from "../../../api/workflows";
import type { components } from "../../../api/schema";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Field } from "../../../components/Field";
import { dateTime } from "../../../components/format";
import { StepSign } from "../../../components/StepSign";
import { Notice } from "../../../components/Notice";
import { titleOf, type Catalogue } from "../../../core/catalogue";
import type { Draft } from "../../../core/draft";

type DryRun = components["schemas"]["DryRun"];
type DryStep = DryRun["steps"][number];

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
  onClose: () => void;
}

export function DryRunDialog({ workflowId, draft, catalogue, onClose }: DryRunDialogProps) {
  const calls = useWorkflowCalls();
  const [bookingId, setBookingId] = useState("");
  const [result, setResult] = useState<DryRun | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await draft.flush();
      setResult(await calls.dryRun(workflowId, bookingId.trim()));
    } catch (error) {
      setResult(null);
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Try out on a booking" isOpen isWide onClose={onClose}>
      <p className="muted">Shows each message and request as it would go out. Nothing is sent, and nothing changes.</p>
      <form
        className="run-head"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div style={{ flex: 1 }}>
          <Field label="Booking id">
            {(input) => (
              <input
                {...input}
                className="input"
                placeholder="bk-4711"
                value={bookingId}
                onChange={(event) => setBookingId(event.target.value)}
              />
            )}
          </Field>
        </div>
        <Button type="submit" look="primary" icon={<Play size={15} />} isPending={isBusy} isDisabled={!bookingId.trim()}>
          Try out
        </Button>
      </form>
      {failure !== null && <Notice tone="bad">{messageOf(failure)}</Notice>}
      <div aria-live="polite" className="form">
        {result?.steps
          .filter((step) => step.node_type !== "trigger")
          .map((step) => <Plan key={step.node_id} step={step} catalogue={catalogue} />)}
      </div>
    </Dialog>
  );
}

function Plan({ step, catalogue }: { step: DryStep; catalogue: Catalogue }) {
  const outcome = OUTCOMES[step.outcome];
  return (
    <section className="plan">
      <div className="plan__head">
        <StepSign type={step.node_type} />
        <h3>{step.node_name || titleOf(catalogue, step.node_type)}</h3>
        <span className={`badge badge--${outcome.tone}`}>{outcome.word}</span>
        {step.handle && <span className="muted small">goes on by “{step.handle}”</span>}
        {step.until && <span className="muted small">waits until {dateTime(step.until)}</span>}
      </div>
      {step.message && <p className="small">{step.message}</p>}
      {step.plan && <pre className="code">{JSON.stringify(step.plan, null, 2)}</pre>}
    </section>
  );
}
