// The keys and the clipboard of the editor as a whole, not those of its fields.
import { useEffect, type RefObject } from "react";

interface ClipboardActions {
  copy: () => string | null;
  cut: () => void;
  paste: (text: string) => void;
}

/** Copies, cuts and pastes steps by the browser's own events, so that no permission is asked. */
export function useClipboard(
  frame: RefObject<HTMLElement | null>,
  isReadOnly: boolean,
  { copy, cut, paste }: ClipboardActions,
): void {
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      const text = isOurs(event.target, frame.current) && !getSelection()?.toString() ? copy() : null;
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut" && !isReadOnly) cut();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!isReadOnly && isOurs(event.target, frame.current)) paste(event.clipboardData?.getData("text/plain") ?? "");
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  });
}

/** Takes the keys that are pressed in the editor; also after the step that had the focus was deleted. */
export function useKeys(frame: RefObject<HTMLElement | null>, onKey: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (isOurs(event.target, frame.current)) onKey(event);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });
}

/** Whether an event belongs to the editor as a whole: to no field of it, and to nothing else. */
function isOurs(target: EventTarget | null, frame: HTMLElement | null): boolean {
  if (target === document.body) return document.querySelector('[role="dialog"]') === null;
  if (!(target instanceof Element) || !frame?.contains(target)) return false;
  return target.closest("input, textarea, select, [contenteditable]") === null;
}
