// The canvas itself: pans, zooms, and hands on what the operator does.
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  ReactFlow,
  type Connection,
  type ReactFlowProps,
} from "@xyflow/react";
import { useState, type ReactNode } from "react";
import type { StepNode, StepEdge } from "./flow";
import { StepNodeView } from "./StepNodeView";
import { StepEdgeView } from "./StepEdgeView";

const NODE_TYPES = { step: StepNodeView };
const EDGE_TYPES = { stepEdge: StepEdgeView };
const MINIMAP_FROM = 6;
const FIT = { maxZoom: 1, padding: 0.18 };

interface CanvasProps extends ReactFlowProps<StepNode, StepEdge> {
  isReadOnly: boolean;
  /** Whether an edge can be added, asked while it is being drawn. */
  isValid?: (connection: Connection | StepEdge) => boolean;
  children?: ReactNode;
}

export function Canvas({ isReadOnly, isValid, children, ...flow }: CanvasProps) {
  // Only what is there at first: a first step stays where it was dropped.
  const [fitsView] = useState(() => (flow.nodes?.length ?? 0) > 0);
  return (
    <ReactFlow<StepNode, StepEdge>
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      nodesDraggable={!isReadOnly}
      nodesConnectable={!isReadOnly}
      elementsSelectable
      fitView={fitsView}
      fitViewOptions={FIT}
      minZoom={0.15}
      maxZoom={1.6}
      connectionRadius={28}
      selectionKeyCode="Shift"
      multiSelectionKeyCode={["Meta", "Control"]}
      deleteKeyCode={isReadOnly ? null : ["Delete", "Backspace"]}
      {...(isValid ? { isValidConnection: isValid } : {})}
      {...flow}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} color="var(--line-strong)" />
      <Controls showInteractive={false} fitViewOptions={FIT} />
      {(flow.nodes?.length ?? 0) >= MINIMAP_FROM && <MiniMap pannable zoomable ariaLabel="Map of the workflow" />}
      {children}
    </ReactFlow>
  );
}
