// The steps to choose from: dragged onto the canvas, or added after the selected one by a click.
import { MiniMap } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { StepSign } from "../../../components/StepSign";
import type { Catalogue } from "../../../core/catalogue";
import { DRAGGED, stepKinds, triggerKinds, type StepKind } from "./steps";

interface PaletteProps {
  catalogue: Catalogue;
  hasTrigger: boolean;
  /** Whether the graph is large enough for a map of it. */
  hasMap: boolean;
  onAdd: (kind: StepKind) => void;
}

export const Palette = memo(function Palette({ catalogue, hasTrigger, hasMap, onAdd }: PaletteProps) {
  const groups = hasTrigger
    ? stepKinds(catalogue)
    : [{ title: "Triggers", kinds: triggerKinds(catalogue) }, ...stepKinds(catalogue)];
  const frame = useRef<HTMLElement>(null);
  const hadTrigger = useRef(hasTrigger);
  useEffect(() => {
    // The choice of a trigger is taken away with its focus: what comes next is the first step.
    if (hasTrigger && !hadTrigger.current && document.activeElement === document.body) {
      frame.current?.querySelector("button")?.focus();
    }
    hadTrigger.current = hasTrigger;
  }, [hasTrigger]);
  return (
    <aside className="palette" aria-label="Steps to add" ref={frame}>
      {groups.map((group) => (
        <section key={group.title}>
          <h2>{group.title}</h2>
          <ul>
            {group.kinds.map((kind) => (
              <li key={kind.title}>
                <PaletteItem kind={kind} onAdd={onAdd} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {hasMap && <MiniMap className="palette__map" pannable zoomable ariaLabel="Map of the workflow" />}
      <p className="palette__hint">Drag onto the canvas or an edge, or click to add after the selected step.</p>
    </aside>
  );
});

function PaletteItem({ kind, onAdd }: { kind: StepKind; onAdd: (kind: StepKind) => void }) {
  return (
    <button
      type="button"
      className="pick palette__item"
      draggable
      title={kind.description.replaceAll("`", "")}
      onClick={() => onAdd(kind)}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED, JSON.stringify(kind));
        event.dataTransfer.effectAllowed = "copy";
      }}
    >
      <StepSign icon={kind.icon} isTrigger={kind.event !== undefined} size={15} />
      {kind.title}
    </button>
  );
}
