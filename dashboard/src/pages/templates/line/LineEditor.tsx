// Writes a text of one line, such as a subject: its variables are chips with the names that people use.
import { Placeholder, UndoRedo } from "@tiptap/extensions";
import { NodeSelection } from "@tiptap/pm/state";
import { EditorContent, useEditor } from "@tiptap/react";
import { useEffect, useRef, useState } from "react";
import { VariablePicker } from "../../../components/VariablePicker";
import { labelOf, type VariableGroup } from "../../../core/variables";
import { Bridge } from "../blocks/bridge";
import { BlockSettings } from "../blocks/BlockSettings";
import { boxOf, type Box } from "../blocks/places";
import { documentOf, lineNodes, lineOf } from "./lineNodes";
import "../blocks/blocks.css";
import "./line.css";

export interface LineEditorProps {
  label: string;
  /** Ids of what describes it, such as its problems. */
  describedBy: string | undefined;
  isInvalid: boolean;
  isRequired: boolean;
  isReadOnly: boolean;
  /** With `{{ variables }}`. */
  value: string;
  variables: readonly VariableGroup[];
  maxLength: number;
  /** What stands for it while it is empty. */
  standIn: string | undefined;
  onChange: (text: string) => void;
}

export default function LineEditor(props: LineEditorProps) {
  const { label, describedBy, isInvalid, isRequired, isReadOnly, value, variables, maxLength, standIn, onChange } = props;
  const frame = useRef<HTMLDivElement>(null);
  const picked = useRef(false);
  /** What was written last, which comes back as the value. */
  const written = useRef(value);
  const [chip, setChip] = useState<{ pos: number; box: Box } | null>(null);
  /** What was typed to open the list of variables; null while it is closed. */
  const [typed, setTyped] = useState<string | null>(null);
  const [bridge] = useState(() => {
    const made = new Bridge();
    made.answer({ labelOf: (path) => labelOf(variables, path) });
    return made;
  });
  const attributes = {
    class: "input line",
    role: "textbox",
    "aria-multiline": "false",
    "aria-label": label,
    "aria-required": String(isRequired),
    "aria-invalid": String(isInvalid),
    ...(isReadOnly && { "aria-readonly": "true" }),
    ...(describedBy && { "aria-describedby": describedBy }),
  };

  const editor = useEditor({
    extensions: [...lineNodes(bridge, maxLength), UndoRedo, Placeholder.configure({ placeholder: () => standIn ?? "" })],
    content: documentOf(value),
    editable: !isReadOnly,
    shouldRerenderOnTransaction: false,
    enablePasteRules: false,
    editorProps: { attributes },
    onUpdate: ({ editor: { state } }) => {
      written.current = lineOf(state.doc);
      onChange(written.current);
    },
  });

  useEffect(() => {
    bridge.answer({
      labelOf: (path) => labelOf(variables, path),
      settings: (pos) => setChip({ pos, box: boxOf(editor, pos, frame.current) }),
      variable: setTyped,
    });
  }, [bridge, editor, variables]);
  useEffect(() => {
    editor.setOptions({ editable: !isReadOnly, editorProps: { attributes } });
    // Its parts are in the list, as the object is made anew each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [editor, isReadOnly, isInvalid, isRequired, describedBy, label]);
  useEffect(() => {
    if (value === written.current) return;
    written.current = value;
    editor.commands.setContent(documentOf(value), { emitUpdate: false });
  }, [editor, value]);

  const focus = () => editor.commands.focus(null, { scrollIntoView: false });
  return (
    <div className="line-editor" ref={frame}>
      {!isReadOnly && (
        <VariablePicker
          groups={variables}
          isOpen={typed !== null}
          onOpenChange={(isOpen) => {
            setTyped(isOpen ? "" : null);
            // A choice closes it too, and comes right after; without one, what was typed to open it stays.
            const left = isOpen ? "" : (typed ?? "");
            if (!isOpen) {
              setTimeout(() => {
                if (left && !picked.current) editor.commands.insertContent(left);
                picked.current = false;
                focus();
              });
            }
          }}
          onPick={({ path, optional }) => {
            picked.current = true;
            const attrs = { path, fallback: optional ? "" : null };
            editor.chain().focus().insertContent({ type: "variable", attrs }).run();
          }}
          button={{
            className: "button button--quiet button--small variable-button line-editor__insert",
            label: `Insert a variable into ${label}`,
            content: "{ } Variable",
          }}
        />
      )}
      <EditorContent
        editor={editor}
        onClick={({ target }) => {
          const { selection } = editor.state;
          const isChip = (target as Element).closest(".variable-chip");
          if (isChip && !isReadOnly && selection instanceof NodeSelection) bridge.ask.settings(selection.from);
        }}
      />
      {chip && (
        <BlockSettings
          editor={editor}
          pos={chip.pos}
          box={chip.box}
          variables={variables}
          onClose={() => {
            setChip(null);
            requestAnimationFrame(focus);
          }}
        />
      )}
    </div>
  );
}
