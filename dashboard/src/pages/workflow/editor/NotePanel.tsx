// The panel of the selected note: its text, color and size.
import { Copy, StickyNote, Trash2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { IconButton } from "../../../components/Button";
import { Field } from "../../../components/Field";
import { Segments } from "../../../components/Segments";
import { without } from "../../../core/edit";
import type { CanvasNote } from "../../../core/graph";
import { changedNote, COLORS, HEIGHT, LONGEST_TEXT, sideWithin, WIDTH } from "../../../core/notes";
import type { EditGraph } from "./StepPanel";

interface NotePanelProps {
  note: CanvasNote;
  /** Whether it was added just now: its text takes the focus. */
  isNew: boolean;
  isReadOnly: boolean;
  onEdit: EditGraph;
  onDuplicate: () => void;
}

const COLOR_CHOICES = Object.entries(COLORS) as [CanvasNote["color"], string][];

export function NotePanel({ note, isNew, isReadOnly, onEdit, onDuplicate }: NotePanelProps) {
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isNew) text.current?.focus();
  }, [isNew]);
  const edit = (change: Partial<CanvasNote>, kind: string) =>
    onEdit((graph) => changedNote(graph, note.id, change), `${kind}:${note.id}`);
  const side = (label: string, name: "width" | "height", bounds: typeof WIDTH) => (
    <Field label={label}>
      {(input) => (
        <input
          key={note[name]}
          {...input}
          className="input"
          type="number"
          min={bounds.min}
          max={bounds.max}
          readOnly={isReadOnly}
          defaultValue={note[name]}
          onBlur={({ target }) => {
            const value = sideWithin(target.valueAsNumber, bounds);
            target.value = String(value);
            if (value !== note[name]) edit({ [name]: value }, name);
          }}
        />
      )}
    </Field>
  );
  return (
    <>
      <div className="panel__head">
        <StickyNote size={18} aria-hidden />
        <div className="panel__title">
          <h2>Note</h2>
          <p className="muted small">For the people who edit this workflow. Executions do not read it.</p>
        </div>
        {!isReadOnly && (
          <>
            <IconButton label="Duplicate note" keys="Ctrl D" size="small" icon={<Copy size={15} />} onPress={onDuplicate} />
            <IconButton
              label="Delete note"
              keys="Del"
              size="small"
              icon={<Trash2 size={15} />}
              onPress={() => onEdit((graph) => without(graph, [note.id], []))}
            />
          </>
        )}
      </div>
      <Field label="Text">
        {(input) => (
          <textarea
            {...input}
            ref={text}
            className="input"
            rows={6}
            maxLength={LONGEST_TEXT}
            readOnly={isReadOnly}
            value={note.text}
            onChange={({ target }) => edit({ text: target.value }, "note")}
          />
        )}
      </Field>
      <Segments
        label="Color"
        options={COLOR_CHOICES}
        value={note.color}
        isDisabled={isReadOnly}
        onChange={(color) => edit({ color }, "color")}
      />
      <div className="note-sides">
        {side("Width", "width", WIDTH)}
        {side("Height", "height", HEIGHT)}
      </div>
    </>
  );
}
