// The choice of a step to add, one for the buttons of all edges and open outputs.
import { useCallback, useRef, useState, type ReactNode } from "react";
import { Popover } from "react-aria-components";
import { StepSign } from "../../../components/StepSign";
import type { Catalogue } from "../../../core/catalogue";
import { InsertContext, type InsertAt } from "../canvas/inserting";
import { stepKinds, type StepKind } from "./steps";

interface InsertsProps {
  catalogue: Catalogue;
  isReadOnly: boolean;
  onInsert: (where: InsertAt, kind: StepKind) => void;
  children: ReactNode;
}

export function Inserts({ catalogue, isReadOnly, onInsert, children }: InsertsProps) {
  const [open, setOpen] = useState<InsertAt | null>(null);
  const anchor = useRef<HTMLElement | null>(null);
  const onOpen = useCallback((where: InsertAt, at: HTMLElement) => {
    anchor.current = at;
    setOpen(where);
  }, []);
  return (
    <InsertContext value={isReadOnly ? null : onOpen}>
      {children}
      <Popover
        className="popover inserts"
        triggerRef={anchor}
        isOpen={open !== null}
        onOpenChange={() => setOpen(null)}
        aria-label="Step to insert"
      >
        {stepKinds(catalogue).map(({ title, kinds }) => (
          <section key={title}>
            <h4>{title}</h4>
            {kinds.map((kind) => (
              <button
                key={kind.type}
                type="button"
                className="pick palette__item"
                onClick={() => {
                  if (open) onInsert(open, kind);
                  setOpen(null);
                }}
              >
                <StepSign icon={kind.icon} size={14} />
                {kind.title}
              </button>
            ))}
          </section>
        ))}
      </Popover>
    </InsertContext>
  );
}
