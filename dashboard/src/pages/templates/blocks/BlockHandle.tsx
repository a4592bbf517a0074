// The handle beside a block: drags it, and opens what else can be done with it.
import { useEditorState, type Editor } from "@tiptap/react";
import { closeHistory } from "@tiptap/pm/history";
import { NodeSelection, type Transaction } from "@tiptap/pm/state";
import { ArrowDown, ArrowUp, Copy, Eye, GripVertical, Plus, Settings2, Trash2 } from "lucide-react";
import { Popover } from "react-aria-components";
import { useEffect, useRef, useState, type DragEvent, type RefObject } from "react";
import type { MenuEntry } from "../../../components/Menu";
import { MenuList } from "../../../components/OpenedMenu";
import { hasSettings, nameOfBlock } from "../../../core/blocks";
import { blockAround, blockAt, currentBlock, duplicateBlock, moveBlock, removeBlock } from "./commands";
import { boxOf, isOnPage, isSameBox, type Box } from "./places";

interface BlockHandleProps {
  editor: Editor;
  frame: RefObject<HTMLDivElement | null>;
  onSettings: (pos: number) => void;
  onCondition: (pos: number) => void;
  onAdd: (pos: number) => void;
}

export function BlockHandle({ editor, frame, onSettings, onCondition, onAdd }: BlockHandleProps) {
  const current = useEditorState({ editor, selector: (it) => currentBlock(it.editor.state)?.pos ?? null });
  const [hovered, setHovered] = useState<number | null>(null);
  const [isOpen, setOpen] = useState(false);
  const handle = useRef<HTMLDivElement>(null);
  const block = blockAt(editor.state.doc, hovered ?? -1) ?? blockAt(editor.state.doc, current ?? -1);
  const pos = block?.pos ?? null;
  const box = useBox(editor, frame, pos);

  useEffect(() => {
    if (!isOnPage(editor)) return undefined;
    const over = (event: MouseEvent) => {
      // While a block is dragged, the handle stays its own.
      if (event.buttons !== 0) return;
      const found = editor.view.posAtCoords({ left: event.clientX, top: event.clientY });
      if (!found) return;
      const { doc } = editor.state;
      const around = found.inside >= 0 ? blockAt(doc, found.inside) : null;
      setHovered((around ?? blockAround(doc.resolve(found.pos)))?.pos ?? null);
    };
    const element = frame.current;
    const forget = () => setHovered(null);
    const { dom } = editor.view;
    dom.addEventListener("mousemove", over);
    dom.addEventListener("keydown", forget);
    element?.addEventListener("mouseleave", forget);
    return () => {
      dom.removeEventListener("mousemove", over);
      dom.removeEventListener("keydown", forget);
      element?.removeEventListener("mouseleave", forget);
    };
  }, [editor, frame]);

  if (!block || !box) return null;
  const { type, attrs } = block.node;
  const act = (make: (state: Editor["state"]) => Transaction | null) => () => {
    const made = make(editor.state);
    if (made) editor.view.dispatch(made);
    setHovered(null);
    requestAnimationFrame(() => editor.commands.focus());
  };
  const name = nameOfBlock({ type: type.name, attrs });
  const entries: (MenuEntry | "line")[] = [
      ...(hasSettings(type.name)
        ? [{ id: "settings", label: "Settings …", icon: <Settings2 size={16} />, onAction: () => onSettings(block.pos) }]
        : []),
      {
        id: "condition",
        label: attrs["show_if"] ? "Change condition …" : "Show only if …",
        icon: <Eye size={16} />,
        onAction: () => onCondition(block.pos),
      },
      { id: "add", label: "Add block below …", icon: <Plus size={16} />, onAction: () => onAdd(block.pos) },
      "line",
      {
        id: "up",
        label: "Move up",
        icon: <ArrowUp size={16} />,
        onAction: act((state) => moveBlock(state, block, -1)),
      },
      {
        id: "down",
        label: "Move down",
        icon: <ArrowDown size={16} />,
        onAction: act((state) => moveBlock(state, block, 1)),
      },
      {
        id: "duplicate",
        label: "Duplicate",
        icon: <Copy size={16} />,
        onAction: act((state) => duplicateBlock(state, block)),
      },
      "line",
      {
        id: "delete",
        label: "Delete",
        icon: <Trash2 size={16} />,
        isDangerous: true,
        onAction: act((state) => removeBlock(state, block)),
      },
    ];
  return (
    <>
      {/* Not a button of the dashboard's: those open a menu as soon as they are pressed, and cannot be dragged. */}
      <div
        ref={handle}
        className="block-handle"
        style={{ top: box.top, left: box.left }}
        role="button"
        tabIndex={0}
        aria-label={`Actions for ${name}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        draggable
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          setOpen(true);
        }}
        onDragStart={(event) => beginDrag(event, editor, block.pos)}
        onDragEnd={() => setHovered(null)}
      >
        <GripVertical size={16} aria-hidden />
      </div>
      <Popover
        className="popover"
        triggerRef={handle}
        isOpen={isOpen}
        placement="bottom start"
        onOpenChange={(isWanted) => setOpen(isWanted)}
      >
        <MenuList label={`Actions for ${name}`} entries={entries} onClose={() => setOpen(false)} />
      </Popover>
    </>
  );
}

/** Follows a block on the screen: it moves as texts are written, images load and the window changes. */
function useBox(editor: Editor, frame: RefObject<HTMLDivElement | null>, pos: number | null): Box | null {
  const [box, setBox] = useState<Box | null>(null);
  useEffect(() => {
    if (!isOnPage(editor)) return undefined;
    const measure = () => {
      const found = pos === null || !blockAt(editor.state.doc, pos) ? null : boxOf(editor, pos, frame.current);
      setBox((known) => (isSameBox(known, found) ? known : found));
    };
    let asked = requestAnimationFrame(measure);
    const later = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(later);
    observer.observe(editor.view.dom);
    editor.on("transaction", later);
    return () => {
      cancelAnimationFrame(asked);
      observer.disconnect();
      editor.off("transaction", later);
    };
  }, [editor, frame, pos]);
  return box;
}

/** Lets ProseMirror move the block to where it is dropped. */
function beginDrag(event: DragEvent, { view }: Editor, pos: number): void {
  const selection = NodeSelection.create(view.state.doc, pos);
  // Where it is dropped is undone alone.
  view.dispatch(closeHistory(view.state.tr.setSelection(selection)));
  const slice = selection.content();
  const { dom, text } = view.serializeForClipboard(slice);
  event.dataTransfer.clearData();
  event.dataTransfer.setData("text/html", dom.innerHTML);
  event.dataTransfer.setData("text/plain", text);
  event.dataTransfer.effectAllowed = "copyMove";
  const shown = view.nodeDOM(pos);
  if (shown instanceof Element) event.dataTransfer.setDragImage(shown, 0, 0);
  view.dragging = { slice, move: true };
}
