// A node on the canvas: what it is, its status, and its handles.
import { Handle, Position, useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { CircleAlert, Plus, TriangleAlert } from "lucide-react";
import { memo, use, useEffect, useRef } from "react";
import { StatusSign } from "../../../components/Status";
import { StepSign } from "../../../components/StepSign";
import { iconOf, titleOf, type Handle as Output } from "../../../core/catalogue";
import { ERROR_HANDLE, TRIGGER } from "../../../core/graph";
import { filterOf } from "../../../core/summary";
import { leavesAt } from "../../../core/layout";
import { worst } from "../../../core/problems";
import { countsInWords } from "../../../core/stepStatistics";
import { VocabularyContext } from "../Vocabulary";
import type { StepNode } from "./flow";
import { InsertContext } from "./inserting";

export const StepNodeView = memo(function StepNodeView({ id, data, isConnectable }: NodeProps<StepNode>) {
  const { node, problems, status, change, counts } = data;
  const vocabulary = use(VocabularyContext);
  const isTrigger = node.type === TRIGGER;
  const outputs = leavesAt(node);
  const branches = outputs.flatMap(({ output }) => (output.kind === "branch" ? [output] : []));
  const open = new Set(data.open.split("\n"));
  const onInsert = use(InsertContext);
  const severity = worst(problems ?? []);
  useMeasured(id, outputs.map(({ output }) => output.id).join("\n"));
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
        {counts && (
          <span className={["step__counts", !counts.came && "step__counts--none", counts.failed && "step__counts--bad"].filter(Boolean).join(" ")}>
            {countsInWords(counts)}
          </span>
        )}
        {change && <span className="step__change">{change}</span>}
      </div>
      {branches.length > 0 && (
        <div className="step__branches" aria-hidden>
          {branches.map((branch) => (
            <span key={branch.id}>{branch.label}</span>
          ))}
        </div>
      )}
      {onInsert &&
        outputs
          .filter(({ output }) => open.has(output.id))
          .map(({ output, along }) => (
            <button
              key={output.id}
              type="button"
              className="insert insert--next nodrag nopan"
              style={{ left: `${along * 100}%` }}
              aria-label={`Add a step after ${[node.name || title, output.label].filter(Boolean).join(", ")}`}
              onClick={(event) => onInsert({ after: { source: id, handle: output.id } }, event.currentTarget)}
            >
              <Plus size={13} aria-hidden />
            </button>
          ))}
      {outputs.map(({ output, along }) => (
        <OutputHandle key={output.id} handle={output} along={along} isConnectable={isConnectable} />
      ))}
    </div>
  );
});

/** Has the canvas measure a node again when its outputs change, such as by a new case. */
function useMeasured(id: string, key: string): void {
  const measure = useUpdateNodeInternals();
  const measured = useRef(key);
  useEffect(() => {
    if (measured.current === key) return;
    measured.current = key;
    measure(id);
  }, [id, key, measure]);
}

interface OutputHandleProps {
  handle: Output;
  /** How far to the right it stands, from 0 to 1. */
  along: number;
  isConnectable: boolean;
}

function OutputHandle({ handle, along, isConnectable }: OutputHandleProps) {
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
  return (
    <Handle
      id={handle.id}
      type="source"
      position={Position.Bottom}
      style={{ left: `${along * 100}%` }}
      title={handle.label || "Next step"}
      isConnectable={isConnectable}
    />
  );
}
