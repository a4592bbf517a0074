// A node on the canvas: what it is, its status, and its handles.
import { Handle, Position, useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { memo, use, useEffect, useRef, type CSSProperties } from "react";
import { StatusSign } from "../../../components/Status";
import { StepSign } from "../../../components/StepSign";
import { handlesOf, iconOf, titleOf, type Handle as Output } from "../../../core/catalogue";
import { ERROR_HANDLE, TRIGGER } from "../../../core/graph";
import { filterOf } from "../../../core/summary";
import { worst } from "../../../core/problems";
import { VocabularyContext } from "../Vocabulary";
import type { StepNode } from "./flow";

export const StepNodeView = memo(function StepNodeView({ id, data, isConnectable }: NodeProps<StepNode>) {
  const { node, problems, status, change } = data;
  const vocabulary = use(VocabularyContext);
  const isTrigger = node.type === TRIGGER;
  const handles = handlesOf(node);
  const branches = handles.filter((handle) => handle.kind === "branch");
  const severity = worst(problems ?? []);
  useMeasured(id, handles);
  const title = vocabulary ? titleOf(vocabulary.catalogue, node.type) : node.type;
  const filter = vocabulary ? filterOf(node, vocabulary.catalogue) : "";
  return (
    <div
      className={["step", severity && `step--${severity}`, status && `step--${status}`, change && `step--${change}`]
        .filter(Boolean)
        .join(" ")}
    >
      {!isTrigger && (
        <Handle type="target" position={Position.Top} isConnectable={isConnectable} />
      )}
      <div className="step__body">
        <StepSign icon={iconOf(vocabulary?.catalogue, node)} isTrigger={isTrigger} />
        <span className="step__text">
          <span className="step__name">{node.name || title}</span>
          <span className="step__summary">{vocabulary?.summaryOf(node) || title}</span>
          {filter && <span className="step__summary">{filter}</span>}
        </span>
        {severity === "error" && <CircleAlert size={17} className="step__mark" aria-label="Has problems" />}
        {severity === "warning" && <TriangleAlert size={17} className="step__mark" aria-label="Has warnings" />}
        {status && <StatusSign status={status} />}
        {change && <span className="step__change">{change}</span>}
      </div>
      {branches.length > 0 && (
        <div className="step__branches" aria-hidden>
          {branches.map((branch) => (
            <span key={branch.id}>{branch.label}</span>
          ))}
        </div>
      )}
      {handles.map((handle) => (
        <OutputHandle key={handle.id} handle={handle} branches={branches} isConnectable={isConnectable} />
      ))}
    </div>
  );
});

/** Has the canvas measure a node again when its outputs change, such as by a new case. */
function useMeasured(id: string, handles: readonly Output[]): void {
  const measure = useUpdateNodeInternals();
  const key = handles.map((handle) => handle.id).join("\n");
  const measured = useRef(key);
  useEffect(() => {
    if (measured.current === key) return;
    measured.current = key;
    measure(id);
  }, [id, key, measure]);
}

interface OutputHandleProps {
  handle: Output;
  branches: readonly Output[];
  isConnectable: boolean;
}

function OutputHandle({ handle, branches, isConnectable }: OutputHandleProps) {
  if (handle.id === ERROR_HANDLE) {
    return (
      <Handle
        id={handle.id}
        type="source"
        position={Position.Right}
        className="handle--error"
        title="If the step fails"
        isConnectable={isConnectable}
      />
    );
  }
  const index = branches.indexOf(handle);
  const style: CSSProperties | undefined =
    index < 0 ? undefined : { left: `${((index + 0.5) / branches.length) * 100}%` };
  return (
    <Handle
      id={handle.id}
      type="source"
      position={Position.Bottom}
      style={style}
      title={handle.label || "Next step"}
      isConnectable={isConnectable}
    />
  );
}
