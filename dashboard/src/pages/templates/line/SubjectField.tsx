// The subject of an e-mail: its editor with its problems, loaded when it is shown.
import { lazy, Suspense, useId } from "react";
import { asProblems, FieldProblems } from "../../../components/Field";
import type { FieldProblem } from "../../../core/fieldProblems";
import { FIELDS } from "../../../core/templates";
import type { VariableGroup } from "../../../core/variables";

const LineEditor = lazy(() => import("./LineEditor"));

const MAX_LENGTH = 1000;

interface SubjectFieldProps {
  value: string;
  variables: readonly VariableGroup[];
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  isRequired: boolean;
  /** What stands for it while it is empty. */
  standIn: string | undefined;
  onChange: (text: string) => void;
}

export function SubjectField({ problems, isRequired, ...line }: SubjectFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <div className="field__label">
        <span className={isRequired ? "field__required" : undefined}>
          {FIELDS.subject}
          {!isRequired && <span className="field__optional"> · optional</span>}
        </span>
      </div>
      <Suspense fallback={<div className="input" aria-hidden />}>
        <LineEditor
          {...line}
          label={FIELDS.subject}
          isRequired={isRequired}
          isInvalid={problems.length > 0}
          describedBy={problems.length > 0 ? id : undefined}
          maxLength={MAX_LENGTH}
        />
      </Suspense>
      {problems.length > 0 && (
        <div id={id}>
          <FieldProblems problems={asProblems(problems)} />
        </div>
      )}
    </div>
  );
}
