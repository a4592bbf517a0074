// The canvas itself: pans, zooms, and hands on what the operator does.
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  BackgroundVariant,
  ReactFlow,
  useReactFlow,
  type Connection,
  type ReactFlowProps,
} from "@xyflow/react";
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { useState, type ReactNode } from "react";
import { IconButton } from "../../../components/Button";
import { TRIGGER } from "../../../core/graph";
import type { FlowNode, StepEdge } from "./flow";
import { NoteNodeView } from "./NoteNodeView";
import { StepNodeView } from "./StepNodeView";
import { StepEdgeView } from "./StepEdgeView";

const NODE_TYPES = { step: StepNodeView, note: NoteNodeView };
const EDGE_TYPES = { stepEdge: StepEdgeView };
/** How the whole graph is brought into view, with the button below its last step. */
export const FIT = { maxZoom: 1, padding: { x: 0.12, top: 0.12, bottom: "48px" }, duration: 240 } as const;
/** A graph of more steps is opened at its beginning, or at the step that is asked for, and only what is in view is drawn. */
const LARGE = 150;
const MARGIN = 40;
const READABLE = 0.75;
const INITIAL_FIT = { maxZoom: FIT.maxZoom, padding: FIT.padding };

interface CanvasProps extends ReactFlowProps<FlowNode, StepEdge> {
  isReadOnly: boolean;
  /** Tools beside those for looking around. */
  tools?: ReactNode;
  /** Whether an edge can be added, asked while it is being drawn. */
  isValid?: (connection: Connection | StepEdge) => boolean;
  children?: ReactNode;
}

export function Canvas({ isReadOnly, isValid, tools, children, ...flow }: CanvasProps) {
  const nodes = flow.nodes ?? [];
  // Only what is there at first: a first step stays where it was dropped.
  const [beginning] = useState(() => {
    if (nodes.length <= LARGE) return { fitView: nodes.length > 0 };
    const { x, y } = (nodes.find((node) => node.selected) ?? nodes.find((node) => node.type === "step" && node.data.node.type === TRIGGER) ?? nodes[0])?.position ?? { x: 0, y: 0 };
    return { defaultViewport: { x: MARGIN - x * READABLE, y: MARGIN - y * READABLE, zoom: READABLE } };
  });
  return (
    <div className="canvas">
      <CanvasBar>{tools}</CanvasBar>
      <div className="canvas__graph">
        <ReactFlow<FlowNode, StepEdge>
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          nodesDraggable={!isReadOnly}
          nodesConnectable={!isReadOnly}
          elementsSelectable
          {...beginning}
          fitViewOptions={INITIAL_FIT}
          minZoom={smallestZoom(nodes.length)}
          onlyRenderVisibleElements={nodes.length > LARGE}
          maxZoom={1.6}
          connectionRadius={28}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={["Meta", "Control"]}
          deleteKeyCode={isReadOnly ? null : ["Delete", "Backspace"]}
          {...(isValid ? { isValidConnection: isValid } : {})}
          {...flow}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} color="var(--line-strong)" />
          {children}
        </ReactFlow>
      </div>
    </div>
  );
}

/** The tools stand above the graph, so that they never lie over a step. */
function CanvasBar({ children }: { children: ReactNode }) {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <div className="canvas__bar" role="toolbar" aria-label="Canvas tools">
      {children}
      <IconButton label="Zoom out" icon={<ZoomOut size={17} />} onPress={() => void zoomOut({ duration: 120 })} />
      <IconButton label="Zoom in" icon={<ZoomIn size={17} />} onPress={() => void zoomIn({ duration: 120 })} />
      <IconButton label="Fit view" icon={<Maximize size={17} />} onPress={() => void fitView(FIT)} />
    </div>
  );
}

/** Returns the zoom at which a graph of so many steps fits, even where they stand in one row. */
function smallestZoom(steps: number): number {
  return Math.min(0.15, 4 / Math.max(1, steps));
}
