// The panel while no single step is selected: the problems of the workflow, its description and its tags.
import { MousePointerClick } from "lucide-react";
import { Field } from "../../../components/Field";
import type { Draft, DraftState } from "../../../core/draft";
import type { placedProblems } from "../../../core/problems";
import { Problems } from "./Problems";
import { TagsField } from "./TagsField";

interface WorkflowPanelProps {
  draft: Draft;
  state: DraftState;
  /** Whether there is anything to have problems: an empty canvas asks for its trigger itself. */
  isBegun: boolean;
  placed: ReturnType<typeof placedProblems>;
  /** How many steps are selected, and how many edges. */
  selectedSteps: number;
  selectedEdges: number;
  isReadOnly: boolean;
  onJump: (nodeId: string) => void;
}

export function WorkflowPanel(props: WorkflowPanelProps) {
  const { draft, state, isBegun, placed, selectedSteps, selectedEdges, isReadOnly, onJump } = props;
  const { graph, description, tags = [] } = state.history.present;
  return (
    <>
      {selectedSteps > 1 && (
        <p className="panel__hint">
          <MousePointerClick size={16} aria-hidden /> {selectedSteps} steps selected. Drag, copy or delete them
          together.
        </p>
      )}
      {selectedEdges > 0 && (
        <p className="panel__hint">
          <MousePointerClick size={16} aria-hidden /> A connection is selected. Press Delete to remove it.
        </p>
      )}
      {isBegun && (
        <Problems graph={graph} problems={state.problems} placed={placed} isChecked={state.isChecked} onJump={onJump} />
      )}
      <Field label="Description" isOptional help="What the workflow is for; shown in the list">
        {(input) => (
          <textarea
            {...input}
            className="input"
            maxLength={4000}
            readOnly={isReadOnly}
            value={description}
            onChange={({ target }) =>
              draft.edit((document) => ({ ...document, description: target.value }), "description")
            }
          />
        )}
      </Field>
      <TagsField
        tags={tags}
        isReadOnly={isReadOnly}
        onChange={(tags) => draft.edit((document) => (tags === document.tags ? document : { ...document, tags }))}
      />
    </>
  );
}
