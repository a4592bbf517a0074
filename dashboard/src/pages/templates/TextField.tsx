// A text of a template, with variables that come in where the cursor is.
import { useRef, type ReactNode } from "react";
import { asProblems, Field } from "../../components/Field";
import { VariableButton } from "../../components/VariableButton";
import type { FieldProblem } from "../../core/fieldProblems";
import { variablesIn, type VariableGroup } from "../../core/variables";

interface TextFieldProps {
  label: string;
  value: string;
  variables: readonly VariableGroup[];
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  maxLength: number;
  /** Lines of a text that has any; what is one line by its nature is shown wrapped. */
  rows?: number;
  isCode?: boolean;
  isRequired?: boolean;
  help?: string | undefined;
  /** What stands for it while it is empty. */
  standIn?: string | undefined;
  /** What is shown below it. */
  children?: ReactNode;
  onChange: (text: string) => void;
}

export function TextField(props: TextFieldProps) {
  const { label, value, variables, problems, isReadOnly, maxLength, rows, isCode = false, isRequired = true } = props;
  const { help, standIn, children, onChange } = props;
  const ref = useRef<HTMLTextAreaElement>(null);
  const named = isCode ? [] : variablesIn(variables, value);
  return (
    <Field
      label={label}
      isRequired={isRequired}
      isOptional={!isRequired}
      help={help}
      problems={asProblems(problems)}
      aside={
        !isReadOnly && <VariableButton label={label} groups={variables} input={ref} value={value} onChange={onChange} />
      }
    >
      {(input) => (
        <>
          <textarea
            {...input}
            maxLength={maxLength}
            readOnly={isReadOnly}
            value={value}
            ref={ref}
            className={isCode ? "input input--mono" : rows ? "input" : "input input--line"}
            rows={rows ?? 2}
            spellCheck={!isCode}
            placeholder={standIn}
            onChange={({ target }) => onChange(rows ? target.value : target.value.replaceAll(/\s*\n\s*/g, " "))}
          />
          {named.length > 0 && (
            <p className="field__help">Variables: {named.map(({ path, label }) => `${label} (${path})`).join(", ")}</p>
          )}
          {children}
        </>
      )}
    </Field>
  );
}
