// Writes an e-mail in blocks: the toolbar, the page itself, and what opens beside a block.
import { EditorContent, useEditor } from "@tiptap/react";
import { Dropcursor, Gapcursor, Placeholder, UndoRedo } from "@tiptap/extensions";
import { NodeSelection } from "@tiptap/pm/state";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../../components/Button";
import {
  BLANK_BLOCKS,
  isSameBlocks,
  ROW_VARIABLES,
  tidied,
  type Block,
} from "../../../core/blocks";
import type { FieldProblem } from "../../../core/fieldProblems";
import type { Operator } from "../../../core/forms";
import { ruleOf } from "../../../core/rules";
import { ruleInWords } from "../../../core/summary";
import { labelOf, type VariableGroup } from "../../../core/variables";
import { AddBlock } from "./AddBlock";
import { BlockHandle } from "./BlockHandle";
import { BlockSettings } from "./BlockSettings";
import { addBlock, currentBlock } from "./commands";
import { ConditionDialog } from "./ConditionDialog";
import { LinkDialog } from "./LinkDialog";
import { Bridge, type Answers } from "./bridge";
import { Operating, withHints } from "./operating";
import { boxOf, boxOfCursor, isOnPage, type Box } from "./places";
import { blockNodes } from "./schema";
import { Toolbar } from "./Toolbar";
import "./blocks.css";

export interface BlockEditorProps {
  /** What it writes, for who does not see it. */
  label: string;
  /** Ids of what describes it, such as its problems. */
  describedBy: string | undefined;
  isInvalid: boolean;
  value: readonly Block[];
  variables: readonly VariableGroup[];
  operators: readonly Operator[];
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  onChange: (blocks: readonly Block[]) => void;
}

/** What is open beside the page; positions are the document's. */
type Opened =
  | { what: "add"; pos: number | null; typed: string; box: Box }
  | { what: "settings"; pos: number; box: Box }
  | { what: "condition"; pos: number }
  | { what: "link" }
  | { what: "variable"; typed: string };

export default function BlockEditor(props: BlockEditorProps) {
  const { label, describedBy, isInvalid, value, variables, operators, problems, isReadOnly, onChange } = props;
  const frame = useRef<HTMLDivElement>(null);
  const toolbar = useRef<HTMLDivElement>(null);
  const picked = useRef(false);
  const [opened, setOpened] = useState<Opened | null>(null);

  const [bridge] = useState(() => {
    const made = new Bridge();
    made.answer(wordsFor(variables));
    return made;
  });

  const editor = useEditor({
    extensions: [
      ...blockNodes(bridge),
      Operating.configure({ bridge }),
      UndoRedo,
      Dropcursor.configure({ class: "block-drop", width: 3, color: "var(--accent)" }),
      Gapcursor,
      Placeholder.configure({
        includeChildren: true,
        placeholder: ({ node }) => (node.type.name === "heading" ? "Heading" : "Write, or press / for blocks"),
      }),
    ],
    content: { type: "doc", content: contentFor(value) },
    editable: !isReadOnly,
    shouldRerenderOnTransaction: false,
    enablePasteRules: false,
    editorProps: {
      attributes: () => ({
        class: "blocks__page",
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": label,
        "aria-invalid": String(bridge.ask.isInvalid),
        ...(bridge.ask.describedBy && { "aria-describedby": bridge.ask.describedBy }),
      }),
    },
    onUpdate: ({ editor: { state } }) => bridge.write(blocksOf(state.doc.toJSON() as Block)),
  });

  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const look = () => setShown(isOnPage(editor));
    const asked = requestAnimationFrame(look);
    editor.on("mount", look).on("unmount", look);
    return () => {
      cancelAnimationFrame(asked);
      editor.off("mount", look).off("unmount", look);
    };
  }, [editor]);

  useEffect(() => {
    bridge.answer({
      add: (typed) =>
        setOpened({
          what: "add",
          pos: currentBlock(editor.state)?.pos ?? null,
          typed,
          box: boxOfCursor(editor, frame.current),
        }),
      settings: (pos) => setOpened({ what: "settings", pos, box: boxOf(editor, pos, frame.current) }),
      variable: (typed) => setOpened({ what: "variable", typed }),
      link: () => setOpened({ what: "link" }),
      toolbar: () =>
        toolbar.current?.querySelector<HTMLElement>("select:not(:disabled), button:not(:disabled)")?.focus(),
      written: onChange,
    });
  });

  // What comes from outside, such as discarded changes, is taken over; what was written here is there already.
  useEffect(() => {
    if (!bridge.isForeign(value)) return;
    if (isSameBlocks(blocksOf(editor.state.doc.toJSON() as Block), tidied(contentFor(value)))) return;
    editor.commands.setContent({ type: "doc", content: contentFor(value) }, { emitUpdate: false });
  }, [editor, bridge, value]);

  useEffect(() => {
    editor.setEditable(!isReadOnly, false);
    bridge.answer({ ...wordsFor(variables), conditionOf: conditionWords(operators, variables), problems, isInvalid, describedBy });
    if (isShown) editor.view.dispatch(withHints(editor.state));
  }, [editor, isShown, bridge, variables, operators, problems, isReadOnly, isInvalid, describedBy]);

  const close = () => {
    setOpened(null);
    requestAnimationFrame(() => editor.commands.focus(null, { scrollIntoView: false }));
  };
  /** Leaves what was typed to open a choice, where nothing was chosen. */
  const takeBack = (typed: string) => {
    if (typed && !picked.current) editor.commands.insertContent(typed);
    picked.current = false;
    editor.commands.focus(null, { scrollIntoView: false });
  };

  return (
    <div className="blocks" ref={frame}>
      {!isReadOnly && (
        <Toolbar
          ref={toolbar}
          editor={editor}
          variables={variables}
          isVariableOpen={opened?.what === "variable"}
          onVariableOpen={(isOpen) => {
            setOpened(isOpen ? { what: "variable", typed: "" } : null);
            const typed = !isOpen && opened?.what === "variable" ? opened.typed : "";
            // A choice closes it too, and comes right after.
            if (!isOpen) setTimeout(() => takeBack(typed));
          }}
          onVariable={({ path }) => {
            picked.current = true;
            editor.chain().focus().insertContent({ type: "variable", attrs: { path } }).run();
          }}
          onLink={() => bridge.ask.link()}
          onAdd={() => bridge.ask.add("")}
        />
      )}
      <div className="blocks__paper">
        <EditorContent
          editor={editor}
          onClick={(event) => {
            const chip = (event.target as Element).closest(".variable-chip");
            const { selection } = editor.state;
            if (chip && !isReadOnly && selection instanceof NodeSelection) bridge.ask.settings(selection.from);
          }}
        />
        {!isReadOnly && (
          <>
            {isShown && <BlockHandle
              editor={editor}
              frame={frame}
              onSettings={(pos) => bridge.ask.settings(pos)}
              onCondition={(pos) => setOpened({ what: "condition", pos })}
              onAdd={(pos) => setOpened({ what: "add", pos, typed: "", box: boxOf(editor, pos, frame.current) })}
            />}
            <div className="blocks__end">
              <Button
                size="small"
                look="quiet"
                icon={<Plus size={15} />}
                onPress={() => {
                  const last = editor.state.doc.content.size - (editor.state.doc.lastChild?.nodeSize ?? 0);
                  setOpened({ what: "add", pos: last, typed: "", box: boxOf(editor, last, frame.current) });
                }}
              >
                Add block
              </Button>
            </div>
          </>
        )}
      </div>
      {opened?.what === "add" && (
        <AddBlock
          box={opened.box}
          onPick={({ make }) => {
            const { state } = editor;
            const node = opened.pos === null ? null : state.doc.nodeAt(opened.pos);
            const after = node && opened.pos !== null ? { node, pos: opened.pos } : null;
            editor.view.dispatch(addBlock(state, make(), after));
            setOpened(null);
            const block = currentBlock(editor.state);
            requestAnimationFrame(() => {
              editor.commands.focus();
              if (block?.node.isAtom && block.node.type.name !== "divider") bridge.ask.settings(block.pos);
            });
          }}
          onClose={() => {
            if (opened.typed) editor.commands.insertContent(opened.typed);
            close();
          }}
        />
      )}
      {opened?.what === "settings" && (
        <BlockSettings editor={editor} pos={opened.pos} box={opened.box} variables={variables} onClose={close} />
      )}
      {opened?.what === "condition" && (
        <ConditionDialog
          editor={editor}
          pos={opened.pos}
          variables={variables}
          operators={operators}
          onClose={close}
        />
      )}
      {opened?.what === "link" && <LinkDialog editor={editor} variables={variables} onClose={close} />}
    </div>
  );
}

function contentFor(value: readonly Block[]): Block[] {
  return [...(value.length > 0 ? value : BLANK_BLOCKS)];
}

function blocksOf(doc: Block): Block[] {
  return tidied(doc.content ?? []);
}

function conditionWords(operators: readonly Operator[], variables: readonly VariableGroup[]): Answers["conditionOf"] {
  const nameOf = (path: string) => labelOf(variables, path);
  return (rule) => `Shown if ${ruleInWords(ruleOf(rule), operators, nameOf) || "…"}`;
}

function wordsFor(variables: readonly VariableGroup[]): Pick<Answers, "labelOf" | "exampleOfRow"> {
  const all = variables.flatMap((group) => group.variables);
  return {
    labelOf: (path) => labelOf(variables, path),
    exampleOfRow: (row) => exampleOf(row, all.find(({ path }) => path === ROW_VARIABLES[row])?.example),
  };
}

function exampleOf(row: string, example: unknown): string {
  if (typeof example === "object" && example !== null && "amount" in example) {
    const { amount, currency } = example as { amount: string; currency: string };
    return `${amount} ${currency}`;
  }
  if (typeof example !== "string") return typeof example === "number" ? String(example) : "…";
  // The example is a wall-clock time: what it says, whatever zone the operator is in.
  const [date = "", time = ""] = example.split("T");
  if (row === "when") return `${date}, ${time.slice(0, 5)}`;
  if (row === "date") return date;
  return row === "time" ? time.slice(0, 5) : example;
}
