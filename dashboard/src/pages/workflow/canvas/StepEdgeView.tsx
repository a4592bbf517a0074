// An edge on the canvas, with a button that puts a step into it.
import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type EdgeProps } from "@xyflow/react";
import { Plus } from "lucide-react";
import { memo, use } from "react";
import { ERROR_HANDLE } from "../../../core/graph";
import type { StepEdge } from "./flow";
import { InsertContext } from "./inserting";

export const StepEdgeView = memo(function StepEdgeView(props: EdgeProps<StepEdge>) {
  const { id, sourceHandleId, data, selected } = props;
  const onInsert = use(InsertContext);
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 12, offset: 12 });
  const className = [
    "step-edge",
    sourceHandleId === ERROR_HANDLE && "step-edge--error",
    data?.isTaken === true && "step-edge--taken",
    data?.isTaken === false && "step-edge--not-taken",
    data?.change && `step-edge--${data.change}`,
    selected && "step-edge--selected",
  ];
  return (
    <>
      <BaseEdge id={id} path={path} interactionWidth={24} className={className.filter(Boolean).join(" ")} />
      {onInsert && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className={selected ? "insert insert--shown" : "insert"}
            style={{ translate: `calc(${x}px - 50%) calc(${y}px - 50%)` }}
            data-edge={id}
            aria-label={`Insert a step ${data?.between}`}
            onClick={(event) => onInsert({ edgeId: id }, event.currentTarget)}
          >
            <Plus size={13} aria-hidden />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
