// Where a block or the cursor is on the screen, measured from the frame of the editor.
import type { Editor } from "@tiptap/core";

export interface Box {
  top: number;
  left: number;
  width: number;
  height: number;
}

const NOWHERE: Box = { top: 0, left: 0, width: 0, height: 0 };

/** Whether the editor stands on the page: while it is being put there or taken away, nothing can be measured. */
export function isOnPage(editor: Editor): boolean {
  try {
    return !editor.isDestroyed && editor.view.dom.isConnected;
  } catch {
    return false;
  }
}

export function boxOf(editor: Editor, pos: number, frame: Element | null): Box {
  if (!isOnPage(editor)) return NOWHERE;
  const dom = editor.view.nodeDOM(pos);
  return dom instanceof Element && frame ? within(dom.getBoundingClientRect(), frame) : NOWHERE;
}

export function boxOfCursor(editor: Editor, frame: Element | null): Box {
  if (!frame || !isOnPage(editor)) return NOWHERE;
  const { left, top, bottom } = editor.view.coordsAtPos(editor.state.selection.from);
  return within(new DOMRect(left, top, 1, bottom - top), frame);
}

export function isSameBox(one: Box | null, other: Box | null): boolean {
  if (!one || !other) return one === other;
  return one.top === other.top && one.left === other.left && one.width === other.width && one.height === other.height;
}

function within({ top, left, width, height }: DOMRect, frame: Element): Box {
  const outer = frame.getBoundingClientRect();
  return { top: top - outer.top, left: left - outer.left, width, height };
}
