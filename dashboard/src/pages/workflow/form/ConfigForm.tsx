// A form for a node's configuration, made from the catalogue's JSON schema.
import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { Button, IconButton } from "../../../components/Button";
import { Checkboxes } from "../../../components/Checkboxes";
import { Field as FieldFrame, FieldProblems, type InputProps, type ShownProblem } from "../../../components/Field";
import { Switch } from "../../../components/Switch";
import { insertAtCursor } from "../../../components/variableText";
import { Select } from "../../../components/Select";
import { initialConfig, isShown, newItem, numberBefore, optionLabel, rowsOf, withValue, type Field } from "../../../core/forms";
import { problemsAt, type Problem } from "../../../core/problems";
import { emptyComparison, isNoRule } from "../../../core/rules";
import { textOf, textsOf } from "../../../core/texts";
import { placeholder, type VariableGroup } from "../../../core/variables";
import { HeadersEditor } from "./HeadersEditor";
import { NamedPicker } from "./NamedPicker";
import { Rendered, StepVariablePicker } from "../../../components/variablePreview";
import { RuleBuilder, Weekdays } from "../../../components/RuleBuilder";

type Values = Readonly<Record<string, unknown>>;

interface FormProps {
  fields: readonly Field[];
  values: Values;
  /** Path of the form inside the configuration; empty at its top. */
  path?: string;
  problems: readonly Problem[];
  variables: readonly VariableGroup[];
  isReadOnly: boolean;
  onChange: (values: Record<string, unknown>) => void;
}

export function ConfigForm({ fields, values, path = "", onChange, ...rest }: FormProps) {
  const editor = (field: Field, row: readonly Field[]) => (
    <FieldEditor
      key={field.name}
      {...rest}
      field={field}
      path={path ? `${path}.${field.name}` : field.name}
      value={values[field.name]}
      number={numberBefore(field, row, values)}
      onChange={(value) => onChange(withValue(values, field, value))}
    />
  );
  const shown = fields.filter((field) => isShown(field, fields, values));
  return (
    <div className="form">
      {rowsOf(shown).map((row) => {
        const [first] = row;
        if (!first?.row) return row.map((field) => editor(field, row));
        return (
          <fieldset key={first.name} className="form__row">
            <legend className="field__label">{first.row}</legend>
            {row.map((field) => editor(field, row))}
          </fieldset>
        );
      })}
    </div>
  );
}

interface FieldProps extends Omit<FormProps, "fields" | "values" | "onChange"> {
  field: Field;
  path: string;
  value: unknown;
  /** The number that is read before it in a sentence. */
  number?: unknown;
  onChange: (value: unknown) => void;
}

function FieldEditor(props: FieldProps) {
  const { field, path, value, number, problems, variables, isReadOnly, onChange } = props;
  if (field.kind === "group") return <GroupEditor {...props} />;
  if (field.kind === "list") return <ListEditor {...props} />;
  const own = asShown(problemsAt(problems, path));
  return (
    <TextFrame {...props} own={own}>
      {(input, ref) => {
        switch (field.kind) {
          case "choice":
            return (
              <Select
                {...input}
                disabled={isReadOnly}
                options={[
                  ...(field.fallback === undefined ? [["", "Choose …"] as const] : []),
                  ...field.options.map((option) => [option, optionLabel(field, option, number)] as const),
                ]}
                value={textOf(value ?? field.fallback)}
                onChange={onChange}
              />
            );
          case "choices":
            return <Choices field={field} value={value ?? field.fallback} onChange={onChange} />;
          case "texts":
            return <Texts input={input} value={value ?? field.fallback} isReadOnly={isReadOnly} onChange={onChange} />;
          case "boolean":
            return (
              <Switch
                isOn={Boolean(value ?? field.fallback)}
                isDisabled={isReadOnly}
                label={field.label}
                onChange={onChange}
              />
            );
          case "integer":
          case "number":
            return (
              <NumberInput input={input} field={field} value={value ?? field.fallback} isReadOnly={isReadOnly} onChange={onChange} />
            );
          case "template":
          case "survey":
            return (
              <NamedPicker
                kind={field.kind}
                input={input}
                value={textOf(value)}
                isRequired={field.required}
                isReadOnly={isReadOnly}
                onChange={onChange}
              />
            );
          case "rule":
            if (!field.required && isNoRule(value)) {
              return isReadOnly ? (
                <p className="muted small">No filter: it starts every time.</p>
              ) : (
                <Button
                  size="small"
                  icon={<Plus size={14} />}
                  onPress={() => onChange({ all: [emptyComparison(field.operators)] })}
                >
                  Add rule
                </Button>
              );
            }
            return (
              <RuleBuilder
                label={field.label}
                value={value}
                operators={field.operators}
                variables={variables}
                isDisabled={isReadOnly}
                onChange={(rule) => onChange(!field.required && isNoRule(rule) ? undefined : rule)}
              />
            );
          case "headers":
            return (
              <HeadersEditor value={value} variables={variables} isReadOnly={isReadOnly} onChange={onChange} />
            );
          case "json":
          case "long-text":
            return (
              <textarea
                {...input}
                ref={ref}
                className={field.kind === "json" ? "input input--mono" : "input"}
                rows={field.kind === "json" ? 7 : 4}
                spellCheck={field.kind !== "json"}
                maxLength={field.maxLength}
                placeholder={field.variables ? "" : textOf(field.example)}
                readOnly={isReadOnly}
                value={textOf(value)}
                onChange={(event) => onChange(event.target.value)}
              />
            );
          default:
            return (
              <input
                {...input}
                ref={ref}
                className="input"
                type={isClock(field) ? "time" : "text"}
                maxLength={field.maxLength}
                placeholder={textOf(field.example)}
                readOnly={isReadOnly}
                value={textOf(value)}
                onChange={(event) => onChange(event.target.value)}
              />
            );
        }
      }}
    </TextFrame>
  );
}

function asShown(problems: readonly Problem[]): ShownProblem[] {
  return problems.map(({ reason, remedy, severity }) => ({ text: `${reason} ${remedy}`.trim(), severity }));
}

/** The problems of a group or list as a whole; those of its fields are shown at them. */
function OwnProblems({ problems, path }: Pick<FieldProps, "problems" | "path">) {
  return <FieldProblems problems={asShown(problems.filter((problem) => problem.field === `config.${path}`))} />;
}

type AnyInput = HTMLInputElement & HTMLTextAreaElement;

interface TextFrameProps extends FieldProps {
  own: ShownProblem[];
  children: (input: InputProps, ref: React.RefObject<AnyInput | null>) => React.ReactNode;
}

/** The frame of one field, with the variable picker where variables may stand. */
function TextFrame({ field, path, value, own, variables, isReadOnly, onChange, children }: TextFrameProps) {
  const ref = useRef<AnyInput>(null);
  const takesVariables = (field.variables || field.kind === "json") && field.kind !== "headers";
  return (
    <FieldFrame
      path={path}
      label={field.label}
      help={field.row ? undefined : field.help}
      isRequired={field.isNeeded}
      isOptional={!field.isNeeded && field.fallback === null}
      problems={own}
      aside={
        takesVariables &&
        !isReadOnly && (
          <StepVariablePicker
            groups={variables}
            onPick={(variable) => {
              onChange(insertAtCursor(ref.current, textOf(value), placeholder(variable)));
              requestAnimationFrame(() => ref.current?.focus());
            }}
          />
        )
      }
    >
      {(input) => (
        <>
          {children(input, ref)}
          {takesVariables && <Rendered text={textOf(value)} />}
        </>
      )}
    </FieldFrame>
  );
}

function GroupEditor({ field, value, onChange, ...rest }: FieldProps) {
  const isSet = isValues(value);
  return (
    <fieldset className="form__group" disabled={rest.isReadOnly}>
      <legend>
        <Switch
          isOn={isSet}
          isDisabled={rest.isReadOnly || field.required}
          onChange={(on) => onChange(on ? withStarts(field) : null)}
        >
          {field.label}
        </Switch>
      </legend>
      <p className="field__help">{field.help}</p>
      <OwnProblems problems={rest.problems} path={rest.path} />
      {isSet && (
        <ConfigForm {...rest} fields={field.fields} values={value} onChange={onChange} />
      )}
    </fieldset>
  );
}

function ListEditor({ field, path, value, onChange, ...rest }: FieldProps) {
  const stored: readonly unknown[] = Array.isArray(value) ? value : [];
  const items = stored.map((item) => (isValues(item) ? item : {}));
  const replace = (index: number, next: Values) =>
    onChange(stored.map((item, at) => (at === index ? next : item)));
  const add = () => onChange([...stored, newItem(field, items)]);
  // An id ties edges to the item, so that the operator names the item and the id stays.
  const shown = field.fields.filter((each) => each.name !== "id");
  return (
    <fieldset className="form__list" disabled={rest.isReadOnly}>
      <legend className="field__label">{field.label}</legend>
      <p className="field__help">{field.help}</p>
      <OwnProblems problems={rest.problems} path={path} />
      {items.map((item, index) => (
        <div key={`${textOf(item["id"])} ${index}`} className="form__item">
          <div className="form__item-head">
            <strong className="small">{textOf(item["name"]) || `${field.label} ${index + 1}`}</strong>
            {!rest.isReadOnly && (
              <IconButton
                label="Remove"
                size="small"
                icon={<Trash2 size={14} />}
                onPress={() => onChange(stored.filter((_, at) => at !== index))}
              />
            )}
          </div>
          <ConfigForm
            {...rest}
            fields={shown}
            values={item}
            path={`${path}[${index}]`}
            onChange={(next) => replace(index, { ...next })}
          />
        </div>
      ))}
      {!rest.isReadOnly && (
        <Button size="small" icon={<Plus size={14} />} onPress={add}>
          Add
        </Button>
      )}
    </fieldset>
  );
}

interface NumberProps {
  input: InputProps;
  field: Field;
  value: unknown;
  isReadOnly: boolean;
  onChange: (value: unknown) => void;
}

/** A number; while it is typed it may be empty, and what it falls back to shows once it is left. */
function NumberInput({ input, field, value, isReadOnly, onChange }: NumberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      {...input}
      className="input"
      type="number"
      min={field.minimum}
      max={field.maximum}
      step={field.kind === "integer" ? 1 : "any"}
      disabled={isReadOnly}
      value={typed ?? textOf(value)}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(target.value === "" ? "" : target.valueAsNumber);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface ChoicesProps {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Any of a few values: days of the week, or others by their names. */
function Choices({ field, value, onChange }: ChoicesProps) {
  if (field.options.includes("monday")) return <Weekdays value={value} onChange={onChange} />;
  return (
    <Checkboxes
      label={field.label}
      choices={field.options}
      nameOf={(option) => optionLabel(field, option)}
      chosen={textsOf(value).filter((each) => field.options.includes(each))}
      onChange={onChange}
    />
  );
}

interface TextsProps {
  input: InputProps;
  value: unknown;
  isReadOnly: boolean;
  onChange: (value: unknown) => void;
}

/** Several short texts in one line, with commas; none stand for what the field begins with. */
function Texts({ input, value, isReadOnly, onChange }: TextsProps) {
  const [text, setText] = useState(() => textsOf(value).join(", "));
  return (
    <input
      {...input}
      className="input"
      readOnly={isReadOnly}
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        const texts = target.value.split(/[\s,;]+/).filter((each) => each !== "");
        onChange(texts.length > 0 ? texts : "");
      }}
    />
  );
}

function withStarts(field: Field): Record<string, unknown> {
  const starts = initialConfig(field.fields);
  for (const each of field.fields) {
    if (isClock(each)) starts[each.name] = each.name === "end" ? "20:00" : "09:00";
  }
  return starts;
}

function isClock(field: Field): boolean {
  return field.pattern?.includes("[01][0-9]|2[0-3]") ?? false;
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
