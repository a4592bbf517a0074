// What is where on the screen: the edge under a pointer, room for a first step, a step out of sight.
import type { ReactFlowInstance } from "@xyflow/react";
import type { Position } from "../../../core/graph";
import { NODE_HEIGHT, NODE_WIDTH } from "../../../core/layout";
import type { Box } from "../../../core/notes";
import type { FlowNode, StepEdge } from "../canvas/flow";

const BELOW_TOP = 40;
const MARGIN = 24;
/** Room for the button below a new step. */
const BELOW = 48;

type Flow = ReactFlowInstance<FlowNode, StepEdge>;

function canvasBox(frame: HTMLElement | null): DOMRect {
  return (frame?.querySelector(".canvas__graph") ?? document.body).getBoundingClientRect();
}

/** Returns the edge at a place of the screen, also below a handle or the button in its middle. */
export function edgeAt(x: number, y: number): string | undefined {
  for (const element of document.elementsFromPoint(x, y)) {
    if (element.closest(".react-flow__node") && !element.closest(".react-flow__handle")) return undefined;
    const edge = element.closest<HTMLElement | SVGElement>("[data-edge], .react-flow__edge");
    if (edge) return edge.dataset["edge"] ?? edge.dataset["id"];
  }
  return undefined;
}

/** Returns the place of a first step: below the tools, in the middle. */
export function topOf(flow: Flow, frame: HTMLElement | null): Position {
  const box = canvasBox(frame);
  const { x, y } = flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + BELOW_TOP });
  return { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y) };
}

/** Returns what is in sight of the canvas, without its margin. */
export function inSight(flow: Flow, frame: HTMLElement | null): Box {
  const box = canvasBox(frame);
  const { x, y } = flow.screenToFlowPosition({ x: box.left + MARGIN, y: box.top + MARGIN });
  const { zoom } = flow.getViewport();
  return { x, y, width: (box.width - 2 * MARGIN) / zoom, height: (box.height - 2 * MARGIN) / zoom };
}

/**
 * Moves the view by as little as brings a new step into it, and what it was added to with it.
 *
 * What is worked on stays in sight: where there is no room for both, the view zooms out.
 */
export function reveal(flow: Flow, frame: HTMLElement | null, place: Position, beside?: Position): void {
  const box = canvasBox(frame);
  const places = beside ? [place, beside] : [place];
  const left = Math.min(...places.map(({ x }) => x));
  const top = Math.min(...places.map(({ y }) => y));
  const width = Math.max(...places.map(({ x }) => x)) + NODE_WIDTH - left;
  const height = Math.max(...places.map(({ y }) => y)) + NODE_HEIGHT + BELOW - top;
  const { x, y, zoom } = flow.getViewport();
  if (width * zoom > box.width - 2 * MARGIN || height * zoom > box.height - 2 * MARGIN) {
    void flow.fitBounds({ x: left, y: top, width, height }, { padding: 0.1, duration: 240 });
    return;
  }
  const across = shift(left * zoom + x, width * zoom, box.width);
  const down = shift(top * zoom + y, height * zoom, box.height);
  if (across || down) void flow.setViewport({ x: x + across, y: y + down, zoom }, { duration: 240 });
}

/** Returns by how much a part has to move to lie within a view of this size. */
function shift(from: number, size: number, room: number): number {
  return Math.max(0, MARGIN - from) || Math.min(0, room - MARGIN - from - size);
}
