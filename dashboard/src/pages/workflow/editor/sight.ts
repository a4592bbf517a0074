// What is where on the screen: the edge under a pointer, room for a first step, a step out of sight.
import type { ReactFlowInstance } from "@xyflow/react";
import type { Position } from "../../../core/graph";
import { NODE_HEIGHT, NODE_WIDTH } from "../../../core/layout";
import type { StepNode, StepEdge } from "../canvas/flow";

const BELOW_TOOLS = 96;

type Flow = ReactFlowInstance<StepNode, StepEdge>;

function canvasBox(frame: HTMLElement | null): DOMRect {
  return (frame?.querySelector(".editor__canvas") ?? document.body).getBoundingClientRect();
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
  const { x, y } = flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + BELOW_TOOLS });
  return { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y) };
}

/** Moves the view to a step that would be out of sight. */
export function reveal(flow: Flow, frame: HTMLElement | null, place: Position): void {
  const box = canvasBox(frame);
  const from = flow.flowToScreenPosition(place);
  const to = flow.flowToScreenPosition({ x: place.x + NODE_WIDTH, y: place.y + NODE_HEIGHT });
  const isSeen = from.x >= box.left && from.y >= box.top && to.x <= box.right && to.y <= box.bottom;
  if (isSeen) return;
  const middle = { x: place.x + NODE_WIDTH / 2, y: place.y + NODE_HEIGHT / 2 };
  void flow.setCenter(middle.x, middle.y, { zoom: flow.getZoom(), duration: 240 });
}
