// The tools above the canvas: back, forth, tidy, and a note.
import { Redo2, StickyNote, Undo2, WandSparkles } from "lucide-react";
import { IconButton } from "../../../components/Button";
import type { Draft, DraftState } from "../../../core/draft";
import { notesOf } from "../../../core/graph";
import { MOST_NOTES } from "../../../core/notes";

interface ToolsProps {
  draft: Draft;
  history: DraftState["history"];
  isTidying: boolean;
  onTidy: () => void;
  onNote: () => void;
}

export function Tools({ draft, history, isTidying, onTidy, onNote }: ToolsProps) {
  return (
    <>
      <IconButton
        label="Undo"
        keys="Ctrl Z"
        icon={<Undo2 size={17} />}
        isDisabled={history.past.length === 0}
        onPress={() => draft.undo()}
      />
      <IconButton
        label="Redo"
        keys="Ctrl Y"
        icon={<Redo2 size={17} />}
        isDisabled={history.future.length === 0}
        onPress={() => draft.redo()}
      />
      <IconButton
        label="Tidy up"
        icon={<WandSparkles size={17} />}
        isDisabled={isTidying || history.present.graph.nodes.length < 2}
        onPress={onTidy}
      />
      <IconButton
        label="Add note"
        icon={<StickyNote size={17} />}
        isDisabled={notesOf(history.present.graph).length >= MOST_NOTES}
        onPress={onNote}
      />
    </>
  );
}
