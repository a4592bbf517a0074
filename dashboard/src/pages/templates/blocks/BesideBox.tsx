// Something small that opens beside a block.
import { useRef, type ReactNode } from "react";
import { Dialog, Popover } from "react-aria-components";
import type { Box } from "./places";

interface BesideBoxProps {
  box: Box;
  label: string;
  className: string;
  onClose: () => void;
  children: ReactNode;
}

export function BesideBox({ box, label, className, onClose, children }: BesideBoxProps) {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} className="blocks__anchor" style={box} aria-hidden />
      <Popover
        className={`popover ${className}`}
        triggerRef={anchor}
        isOpen
        placement="bottom start"
        onOpenChange={(isOpen) => !isOpen && onClose()}
      >
        <Dialog aria-label={label} className="blocks__dialog">
          {children}
        </Dialog>
      </Popover>
    </>
  );
}
