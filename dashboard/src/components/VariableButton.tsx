// The button of a text field that puts a variable where the cursor is.
import type { RefObject } from "react";
import { placeholder, type VariableGroup } from "../core/variables";
import { VariablePicker } from "./VariablePicker";
import { insertAtCursor } from "./variableText";

interface VariableButtonProps {
  /** Label of the field. */
  label: string;
  groups: readonly VariableGroup[];
  input: RefObject<HTMLInputElement | HTMLTextAreaElement | null>;
  value: string;
  onChange: (text: string) => void;
}

export function VariableButton({ label, groups, input, value, onChange }: VariableButtonProps) {
  return (
    <VariablePicker
      groups={groups}
      button={{
        className: "button button--quiet button--small variable-button",
        label: `Insert a variable into ${label}`,
        content: "{ } Variable",
      }}
      onPick={(variable) => {
        onChange(insertAtCursor(input.current, value, placeholder(variable)));
        requestAnimationFrame(() => input.current?.focus());
      }}
    />
  );
}
