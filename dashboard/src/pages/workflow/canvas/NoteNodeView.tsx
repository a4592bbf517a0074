// A note on the canvas: its text, and handles to size it by while it is selected.
import { NodeResizer, type NodeProps } from "@xyflow/react";
import { createContext, memo, use } from "react";
import type { Position } from "../../../core/graph";
import { HEIGHT, WIDTH } from "../../../core/notes";
import type { NoteNode } from "./flow";

/** Where a note stands and how large it is, after its handles were dragged. */
export interface Sized {
  position: Position;
  width: number;
  height: number;
}

/** Sizes a note; null where nothing may be changed. */
export const SizeNoteContext = createContext<((id: string, sized: Sized) => void) | null>(null);

export const NoteNodeView = memo(function NoteNodeView({ id, data, selected }: NodeProps<NoteNode>) {
  const onSized = use(SizeNoteContext);
  const { text, color } = data.note;
  return (
    <>
      {onSized && (
        <NodeResizer
          isVisible={selected}
          minWidth={WIDTH.min}
          maxWidth={WIDTH.max}
          minHeight={HEIGHT.min}
          maxHeight={HEIGHT.max}
          onResizeEnd={(_, { x, y, width, height }) => onSized(id, { position: { x, y }, width, height })}
        />
      )}
      <div className={`note note--${color}`}>{text || <span className="note__empty">Empty note</span>}</div>
    </>
  );
});
