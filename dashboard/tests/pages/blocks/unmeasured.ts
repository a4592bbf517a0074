// What the editors of texts ask of a browser and jsdom leaves out: it measures nothing, and needs no escapes here.
import { vi } from "vitest";

/** Answers for a page on which nothing has a size. */
export function standInForLayout(): void {
  const box = { top: 0, left: 0, right: 0, bottom: 0, width: 0, height: 0 } as DOMRect;
  Range.prototype.getBoundingClientRect = () => box;
  Range.prototype.getClientRects = () => [box] as unknown as DOMRectList;
  document.elementFromPoint = () => null;
  vi.stubGlobal("CSS", { escape: (text: string) => text });
  vi.stubGlobal("ResizeObserver", class {
    observe(): void {}
    disconnect(): void {}
    unobserve(): void {}
  });
}
