// An address, in which variables may stand.
import { useRef } from "react";
import { Field } from "../../../components/Field";
import { VariablePicker } from "../../../components/VariablePicker";
import { insertAtCursor } from "../../../components/variableText";
import { placeholder, type VariableGroup } from "../../../core/variables";

interface AddressFieldProps {
  label: string;
  help?: string;
  value: string;
  variables: readonly VariableGroup[];
  problem?: string | undefined;
  isOptional?: boolean;
  /** Whether it is what was opened to be filled in. */
  isFirst?: boolean;
  onChange: (value: string) => void;
}

export function AddressField(props: AddressFieldProps) {
  const { label, help, value, variables, problem, isOptional = false, isFirst = false, onChange } = props;
  const ref = useRef<HTMLInputElement>(null);
  return (
    <Field
      label={label}
      help={help}
      isOptional={isOptional}
      problems={problem ? [{ text: problem, severity: "error" }] : []}
      aside={
        <VariablePicker
          groups={variables}
          button={{
            className: "button button--quiet button--small variable-button",
            label: `Insert a variable into ${label}`,
            content: "{ } Variable",
          }}
          onPick={(variable) => {
            onChange(insertAtCursor(ref.current, value, placeholder(variable)));
            requestAnimationFrame(() => ref.current?.focus());
          }}
        />
      }
    >
      {(input) => (
        <input
          {...input}
          ref={ref}
          className="input"
          inputMode="url"
          maxLength={2000}
          placeholder="https://"
          // It is what was opened to be filled in.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={isFirst}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
