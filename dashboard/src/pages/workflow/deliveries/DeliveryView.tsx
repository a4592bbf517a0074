// One delivery: how it ended, the request as it went, and the answer as it came.
import { Notice } from "../../../components/Notice";
import { answerText, outcomeOf, requestText, took, type Delivery } from "../../../core/deliveries";
import { readable } from "../../../core/fieldProblems";

export function DeliveryOutcome({ delivery }: { delivery: Delivery }) {
  const outcome = outcomeOf(delivery);
  return (
    <>
      <span className={`badge badge--${outcome.tone}`}>{outcome.word}</span>
      <span className="muted small numbers">{took(delivery.elapsed_ms)}</span>
    </>
  );
}

export function DeliveryView({ delivery }: { delivery: Delivery }) {
  const { answer } = delivery;
  return (
    <div className="delivery__parts">
      {delivery.error_message && (
        <Notice tone="bad">
          <span>
            {readable(delivery.error_message)} {delivery.remedy}
          </span>
        </Notice>
      )}
      <h3>Request</h3>
      <Raw text={requestText(delivery)} label="Request" />
      <p className="muted small">Values of headers and parameters named like secrets are hidden.</p>
      <h3>Answer</h3>
      {answer ? <Raw text={answerText(answer)} label="Answer" /> : <p className="muted small">No whole answer came.</p>}
      {answer?.charset_note && <p className="muted small">{answer.charset_note}</p>}
    </div>
  );
}

function Raw({ text, label }: { text: string; label: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="code" tabIndex={0} role="group" aria-label={label}>
      {text}
    </pre>
  );
}
