// When a block is in a message: always, or if a rule is met.
import { closeHistory } from "@tiptap/pm/history";
import type { Editor } from "@tiptap/react";
import { useState } from "react";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { RuleBuilder } from "../../../components/RuleBuilder";
import { nameOfBlock } from "../../../core/blocks";
import type { Operator } from "../../../core/forms";
import { groupOf, ruleOf } from "../../../core/rules";
import type { VariableGroup } from "../../../core/variables";
import { setAttributes } from "./commands";

interface ConditionDialogProps {
  editor: Editor;
  pos: number;
  variables: readonly VariableGroup[];
  operators: readonly Operator[];
  onClose: () => void;
}

export function ConditionDialog({ editor, pos, variables, operators, onClose }: ConditionDialogProps) {
  const node = editor.state.doc.nodeAt(pos);
  const stored: unknown = node?.attrs["show_if"] ?? null;
  const [rule, setRule] = useState(() =>
    stored ? ruleOf(stored) : { all: [{ variable: "", operator: operators[0]?.name ?? "equals", value: "" }] },
  );
  const store = (value: unknown) => {
    editor.view.dispatch(closeHistory(setAttributes(editor.state, pos, { show_if: value })));
    onClose();
  };
  const name = node ? nameOfBlock({ type: node.type.name, attrs: node.attrs }) : "Block";
  return (
    <Dialog
      title={`${name}: show only if …`}
      isOpen
      onClose={onClose}
      actions={
        <>
          {stored !== null && <Button onPress={() => store(null)}>Always show</Button>}
          <Button look="primary" onPress={() => store(groupOf(rule).rules.length > 0 ? rule : null)}>
            Apply
          </Button>
        </>
      }
    >
      <p className="muted small">Guests whose booking does not meet it get the e-mail without this block.</p>
      <RuleBuilder
        label="Condition"
        value={rule}
        operators={operators}
        variables={variables}
        isDisabled={false}
        onChange={setRule}
      />
    </Dialog>
  );
}
