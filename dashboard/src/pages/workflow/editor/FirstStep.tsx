// What stands on an empty canvas: the choice of what starts the workflow.
import { Zap } from "lucide-react";
import { Prose } from "../../../components/Prose";
import { EventIcon } from "../../../components/StepSign";
import type { Catalogue } from "../../../core/catalogue";
import { triggerKinds, type StepKind } from "./steps";

export function FirstStep({ catalogue, onAdd }: { catalogue: Catalogue; onAdd: (kind: StepKind) => void }) {
  return (
    <div className="first-step">
      <div className="first-step__head">
        <span className="chip chip--violet" aria-hidden>
          <Zap size={16} />
        </span>
        <h2>What starts the workflow?</h2>
        <p className="muted">Choose the event. You can change it later.</p>
      </div>
      <div className="first-step__choices">
        {triggerKinds(catalogue).map((kind) => (
          <button key={kind.title} type="button" className="tile" onClick={() => onAdd(kind)}>
            <EventIcon icon={kind.icon} size={18} />
            <strong>{kind.title}</strong>
            <span className="muted small">
              <Prose text={kind.description} />
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
