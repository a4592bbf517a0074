// An address, in which variables may stand.
import { useRef } from "react";
import { Field } from "../../../components/Field";
import { VariableButton } from "../../../components/VariableButton";
import type { VariableGroup } from "../../../core/variables";

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
      aside={<VariableButton label={label} groups={variables} input={ref} value={value} onChange={onChange} />}
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
