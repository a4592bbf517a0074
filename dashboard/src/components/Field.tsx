// A labelled input with help and problems, all tied together for screen readers.
import { CircleAlert } from "lucide-react";
import { useId, type ReactNode } from "react";
import { Prose } from "./Prose";

export interface ShownProblem {
  text: string;
  severity: "error" | "warning";
}

/** Returns problems as the problems that a field shows. */
export function asProblems(problems: readonly { text: string }[]): ShownProblem[] {
  return problems.map(({ text }) => ({ text, severity: "error" }));
}

export interface InputProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
  "aria-required": boolean;
}

interface FieldProps {
  label: string;
  /** Where it is in what is edited, such as `cases[0].name`; the form reads it when a field is left. */
  path?: string;
  help?: string | undefined;
  isRequired?: boolean;
  /** Says "optional" beside the label. */
  isOptional?: boolean;
  problems?: readonly ShownProblem[];
  /** Something small beside the label, such as a button. */
  aside?: ReactNode;
  children: (props: InputProps) => ReactNode;
}

export function Field(props: FieldProps) {
  const { label, path, help, isRequired = false, isOptional, problems = [], aside, children } = props;
  const id = useId();
  const described = [help && `${id}-help`, problems.length > 0 && `${id}-problems`].filter(Boolean);
  return (
    <div className="field" data-field={path}>
      <div className="field__label">
        <label htmlFor={id} className={isRequired ? "field__required" : undefined}>
          {label}
          {isOptional && <span className="field__optional"> · optional</span>}
        </label>
        {aside}
      </div>
      {children({
        id,
        "aria-describedby": described.length ? described.join(" ") : undefined,
        "aria-invalid": problems.some((problem) => problem.severity === "error"),
        "aria-required": isRequired,
      })}
      {problems.length > 0 && (
        <div id={`${id}-problems`}>
          <FieldProblems problems={problems} />
        </div>
      )}
      {help && (
        <p className="field__help" id={`${id}-help`}>
          <Prose text={help} />
        </p>
      )}
    </div>
  );
}

export function FieldProblems({ problems }: { problems: readonly ShownProblem[] }) {
  return problems.map((problem) => (
    <p key={problem.text} className={`field__problem field__problem--${problem.severity}`}>
      <CircleAlert size={14} aria-hidden />
      {problem.text}
    </p>
  ));
}
