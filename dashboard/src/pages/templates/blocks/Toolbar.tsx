// What can be done with the text at the cursor, and with the whole: one tab stop, arrows inside.
import { AllSelection } from "@tiptap/pm/state";
import { useEditorState, type Editor } from "@tiptap/react";
import {
  AlignCenter,
  AlignLeft,
  AlignRight,
  Bold,
  Braces,
  Italic,
  Link,
  List,
  ListOrdered,
  Plus,
  Redo2,
  Undo2,
} from "lucide-react";
import type { Ref } from "react";
import { Group, Toolbar as AriaToolbar } from "react-aria-components";
import { IconButton } from "../../../components/Button";
import { Menu } from "../../../components/Menu";
import { Select } from "../../../components/Select";
import { VariablePicker } from "../../../components/VariablePicker";
import { ALIGNMENTS, type Alignment } from "../../../core/blocks";
import type { VariableInfo } from "../../../core/catalogue";
import type { VariableGroup } from "../../../core/variables";
import { currentBlock, setAttributes } from "./commands";

interface ToolbarProps {
  ref: Ref<HTMLDivElement>;
  editor: Editor;
  variables: readonly VariableGroup[];
  isVariableOpen: boolean;
  onVariableOpen: (isOpen: boolean) => void;
  onVariable: (variable: VariableInfo) => void;
  onLink: () => void;
  onAdd: () => void;
}

const STYLES = [
  ["paragraph", "Text"],
  ["1", "Heading 1"],
  ["2", "Heading 2"],
  ["3", "Heading 3"],
] as const;
type Style = (typeof STYLES)[number][0];

const IS_MAC = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "");
const MOD = IS_MAC ? "⌘" : "Ctrl+";
const ALIGN_ICONS = { left: AlignLeft, center: AlignCenter, right: AlignRight };

export function Toolbar(props: ToolbarProps) {
  const { ref, editor, variables, isVariableOpen, onVariableOpen, onVariable, onLink, onAdd } = props;
  const now = useEditorState({ editor, selector: ({ editor: it }) => stateOf(it) });
  const AlignIcon = ALIGN_ICONS[now.align ?? "left"];
  const chain = () => editor.chain().focus();
  const setStyle = (style: Style) => {
    if (style === "paragraph") chain().setNode("paragraph").run();
    else chain().setNode("heading", { level: Number(style) }).run();
  };
  return (
    <AriaToolbar ref={ref} aria-label="Formatting" className="blocks__toolbar">
      <Select
        aria-label="Style of the text"
        className="input blocks__style"
        disabled={now.style === null}
        options={[...(now.style === null ? [["", "Style"] as const] : []), ...STYLES]}
        value={now.style ?? ""}
        onChange={(style) => style && setStyle(style)}
      />
      <Group aria-label="Text" className="blocks__group">
        <Toggle
          label="Bold"
          keys={`${MOD}B`}
          icon={<Bold size={16} />}
          isOn={now.isBold}
          isDisabled={!now.takesMarks}
          onPress={() => chain().toggleMark("bold").run()}
        />
        <Toggle
          label="Italic"
          keys={`${MOD}I`}
          icon={<Italic size={16} />}
          isOn={now.isItalic}
          isDisabled={!now.takesMarks}
          onPress={() => chain().toggleMark("italic").run()}
        />
        <Toggle
          label="Link"
          keys={`${MOD}K`}
          icon={<Link size={16} />}
          isOn={now.isLink}
          isDisabled={!now.isText}
          onPress={onLink}
        />
        <Toggle
          label="List"
          icon={<List size={16} />}
          isOn={now.isBulleted}
          isDisabled={!now.isText}
          onPress={() => chain().toggleList("bullet_list", "list_item").run()}
        />
        <Toggle
          label="Numbered list"
          icon={<ListOrdered size={16} />}
          isOn={now.isNumbered}
          isDisabled={!now.isText}
          onPress={() => chain().toggleList("ordered_list", "list_item").run()}
        />
      </Group>
      <Menu
        label="Alignment"
        placement="bottom start"
        entries={(Object.keys(ALIGNMENTS) as Alignment[]).map((align) => {
          const Icon = ALIGN_ICONS[align];
          return {
            id: align,
            label: align === now.align ? `${ALIGNMENTS[align]} (chosen)` : ALIGNMENTS[align],
            icon: <Icon size={16} />,
            onAction: () => {
              if (now.aligned === null) return;
              const next = now.align === align ? null : align;
              editor.view.dispatch(setAttributes(editor.state, now.aligned, { align: next }));
              requestAnimationFrame(() => editor.commands.focus());
            },
          };
        })}
      >
        <IconButton
          label={`Alignment: ${ALIGNMENTS[now.align ?? "left"]}`}
          size="small"
          icon={<AlignIcon size={16} />}
          isDisabled={now.aligned === null}
        />
      </Menu>
      <Group aria-label="Insert" className="blocks__group">
        <VariablePicker
          groups={variables}
          isDisabled={!now.takesVariable}
          isOpen={isVariableOpen}
          onOpenChange={onVariableOpen}
          onPick={onVariable}
          button={{
            className: "button button--quiet button--small blocks__insert",
            label: "Insert a variable",
            content: (
              <>
                <Braces size={15} aria-hidden /> Variable
              </>
            ),
          }}
        />
        <IconButton label="Add a block" keys="/" size="small" icon={<Plus size={16} />} onPress={onAdd} />
      </Group>
      <Group aria-label="History" className="blocks__group blocks__history">
        <IconButton
          label="Undo"
          keys={`${MOD}Z`}
          size="small"
          icon={<Undo2 size={16} />}
          isDisabled={!now.canUndo}
          onPress={() => chain().undo().run()}
        />
        <IconButton
          label="Redo"
          keys={`${MOD}${IS_MAC ? "⇧Z" : "Y"}`}
          size="small"
          icon={<Redo2 size={16} />}
          isDisabled={!now.canRedo}
          onPress={() => chain().redo().run()}
        />
      </Group>
    </AriaToolbar>
  );
}

interface ToggleProps {
  label: string;
  keys?: string;
  icon: React.ReactNode;
  isOn: boolean;
  isDisabled: boolean;
  onPress: () => void;
}

function Toggle({ isOn, keys, ...rest }: ToggleProps) {
  return <IconButton {...rest} {...(keys && { keys })} size="small" aria-pressed={isOn} />;
}

/** What the toolbar shows of the text at the cursor. */
function stateOf(editor: Editor) {
  const { $from } = editor.state.selection;
  const parent = $from.parent;
  const isText = parent.type.name === "paragraph" || parent.type.name === "heading";
  const block = currentBlock(editor.state);
  const inList = parent.type.name === "paragraph" && $from.node(-1).type.name === "list_item";
  // Lists begin where the language's lines begin; their paragraphs may stand otherwise.
  const aligned = inList ? $from.before() : block && "align" in block.node.attrs ? block.pos : null;
  return {
    style: !isText || inList ? null : parent.type.name === "heading" ? (String(parent.attrs["level"]) as Style) : ("paragraph" as Style),
    isText,
    // All of the e-mail at once, as by Ctrl+A, can be written bold too.
    takesMarks: isText || editor.state.selection instanceof AllSelection,
    takesVariable: isText || parent.type.name === "button",
    isBold: editor.isActive("bold"),
    isItalic: editor.isActive("italic"),
    isLink: editor.isActive("link"),
    isBulleted: editor.isActive("bullet_list"),
    isNumbered: editor.isActive("ordered_list"),
    aligned,
    align: aligned === null ? null : (editor.state.doc.nodeAt(aligned)?.attrs["align"] as Alignment | null),
    canUndo: editor.can().undo(),
    canRedo: editor.can().redo(),
  };
}
