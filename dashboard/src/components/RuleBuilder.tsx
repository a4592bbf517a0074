// Builds a rule: groups of comparisons, each group all, any or none of them.
import { ChevronDown, FolderPlus, Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { Button, IconButton } from "./Button";
import { Checkboxes } from "./Checkboxes";
import { Select } from "./Select";
import { useKnownValues } from "../api/reads";
import { unitAfter, type Operator } from "../core/forms";
import { words } from "../core/words";
import {
  durationOf,
  emptyComparison,
  groupOf,
  hoursOf,
  isComparison,
  mayBeVariable,
  moneyOf,
  operatorsFor,
  otherVariableOf,
  readValue,
  ruleOf,
  ruleOfGroup,
  UNITS,
  WEEKDAYS,
  withOffset,
  withOperator,
  withSource,
  withVariable,
  type Comparison,
  type Group,
  type OtherVariable,
  type Rule,
} from "../core/rules";
import { textsOf } from "../core/texts";
import { typedTime } from "../core/times";
import { choicesOf, kindOfVariable, type VariableGroup } from "../core/variables";
import { useCurrentLocation } from "../currentLocation";
import { StepVariablePicker } from "./variablePreview";
import "./rules.css";

interface RuleProps {
  label: string;
  value: unknown;
  operators: readonly Operator[];
  variables: readonly VariableGroup[];
  isDisabled: boolean;
  onChange: (rule: Rule) => void;
}

const GROUP_WORDS = [
  { id: "all", label: "all of these are met", kind: "all", negated: false },
  { id: "any", label: "any of these is met", kind: "any", negated: false },
  { id: "none", label: "none of these is met", kind: "any", negated: true },
  { id: "not-all", label: "not all of these are met", kind: "all", negated: true },
] as const;

const DEEPEST = 4;

export function RuleBuilder(props: RuleProps) {
  return (
    <fieldset className="rule" aria-label={props.label} disabled={props.isDisabled}>
      <GroupEditor {...props} rule={ruleOf(props.value)} depth={1} />
    </fieldset>
  );
}

interface GroupProps extends RuleProps {
  rule: Rule;
  depth: number;
}

function GroupEditor({ rule, depth, onChange, ...rest }: GroupProps) {
  const group = groupOf(rule);
  const combined = GROUP_WORDS.find(
    ({ kind, negated }) => kind === group.kind && negated === group.negated,
  );
  const update = (changed: Partial<Group>) => onChange(ruleOfGroup({ ...group, ...changed }));
  const replace = (index: number, next: Rule) =>
    update({ rules: group.rules.map((each, at) => (at === index ? next : each)) });
  const remove = (index: number) => update({ rules: group.rules.filter((_, at) => at !== index) });
  const empty = emptyComparison(rest.operators);
  return (
    <div className={depth > 1 ? "rule__group rule__group--inner" : "rule__group"}>
      <Select
        aria-label="How the rules combine"
        options={GROUP_WORDS.map(({ id, label }) => [id, `If ${label}`] as const)}
        value={combined?.id}
        onChange={(wanted) => {
          const chosen = GROUP_WORDS.find(({ id }) => id === wanted);
          if (chosen) update({ kind: chosen.kind, negated: chosen.negated });
        }}
      />
      {group.rules.map((each, index) => (
        <div className="rule__row" key={index}>
          {isComparison(each) ? (
            <ComparisonEditor {...rest} comparison={each} onChange={(next) => replace(index, next)} />
          ) : (
            <GroupEditor {...rest} rule={each} depth={depth + 1} onChange={(next) => replace(index, next)} />
          )}
          {!rest.isDisabled && (
            <IconButton label="Remove" size="small" icon={<X size={14} />} onPress={() => remove(index)} />
          )}
        </div>
      ))}
      {!rest.isDisabled && (
        <div className="rule__add">
          <Button
            size="small"
            icon={<Plus size={14} />}
            onPress={() => update({ rules: [...group.rules, empty] })}
          >
            Add rule
          </Button>
          {depth < DEEPEST && (
            <Button
              size="small"
              look="quiet"
              icon={<FolderPlus size={14} />}
              onPress={() => update({ rules: [...group.rules, { any: [empty] }] })}
            >
              Add group
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

interface ComparisonProps extends Omit<RuleProps, "value" | "onChange"> {
  comparison: Comparison;
  onChange: (comparison: Comparison) => void;
}

function ComparisonEditor({ comparison, operators, variables, isDisabled, onChange }: ComparisonProps) {
  const kind = kindOfVariable(variables, comparison.variable);
  const fitting = operatorsFor(operators, kind);
  const operator = operators.find((each) => each.name === comparison.operator);
  const form = operator?.value ?? "one";
  const other = otherVariableOf(comparison.value);
  const setValue = (value: unknown) => onChange({ ...comparison, value });
  return (
    <div className="rule__comparison">
      <VariableButton
        path={comparison.variable}
        label="Variable"
        variables={variables}
        isDisabled={isDisabled}
        onPick={({ path, kind: kindOfIt }) =>
          onChange(withVariable(comparison, path, kindOfIt, operators))
        }
      />
      <Select
        aria-label="Comparison"
        options={(operator && !fitting.includes(operator) ? [operator, ...fitting] : fitting).map(
          (each) => [each.name, each.label] as const,
        )}
        value={comparison.operator}
        onChange={(name) => {
          const next = operators.find((each) => each.name === name);
          if (next) onChange(withOperator(comparison, next, operator, kind));
        }}
      />
      {mayBeVariable(form) && (
        <Select
          aria-label="Compare with"
          options={{ value: "a value", variable: "another variable" }}
          value={other ? "variable" : "value"}
          onChange={(source) => setValue(withSource(form, kind, source === "variable"))}
        />
      )}
      {other && mayBeVariable(form) ? (
        <OtherVariableEditor
          other={other}
          hasOffset={kind === "datetime" || kindOfVariable(variables, other.variable) === "datetime"}
          variables={variables}
          isDisabled={isDisabled}
          onChange={setValue}
        />
      ) : (
        <ValueEditor
          path={comparison.variable}
          form={form}
          kind={kind}
          choices={choicesOf(variables, comparison.variable)}
          value={comparison.value}
          onChange={setValue}
        />
      )}
    </div>
  );
}

interface OtherVariableProps {
  other: OtherVariable;
  /** Whether it is a time, to which time can be added. */
  hasOffset: boolean;
  variables: readonly VariableGroup[];
  isDisabled: boolean;
  onChange: (value: OtherVariable) => void;
}

function OtherVariableEditor({ other, hasOffset, variables, isDisabled, onChange }: OtherVariableProps) {
  const direction = other.plus ? "plus" : other.minus ? "minus" : "none";
  const offset = durationOf(other.plus ?? other.minus);
  return (
    <div className="rule__moment">
      <VariableButton
        path={other.variable}
        label="Other variable"
        variables={variables}
        isDisabled={isDisabled}
        onPick={({ path, kind }) =>
          onChange(withOffset({ variable: path }, kind === "datetime" ? direction : "none", offset))
        }
      />
      {hasOffset && (
        <div className="rule__pair">
          <Select
            aria-label="Time added"
            options={{ none: "exactly", plus: "plus", minus: "minus" }}
            value={direction}
            onChange={(chosen) => onChange(withOffset(other, chosen, offset))}
          />
          {direction !== "none" && (
            <DurationEditor
              value={offset}
              onChange={(value) => onChange(withOffset(other, direction, durationOf(value)))}
            />
          )}
        </div>
      )}
    </div>
  );
}

interface VariableButtonProps {
  path: string;
  label: string;
  variables: readonly VariableGroup[];
  isDisabled: boolean;
  onPick: (variable: { path: string; kind: string }) => void;
}

function VariableButton({ path, label, variables, isDisabled, onPick }: VariableButtonProps) {
  return (
    <StepVariablePicker
      groups={variables}
      purpose="rule"
      isDisabled={isDisabled}
      onPick={onPick}
      button={{
        className: "input rule__variable",
        label: path ? `${label} ${path}` : "Choose a variable",
        content: (
          <>
            {path ? <code>{path}</code> : "Choose a variable"}
            <ChevronDown size={14} aria-hidden />
          </>
        ),
      }}
    />
  );
}

interface ValueProps {
  /** The variable that it is compared with. */
  path: string;
  form: string;
  kind: string;
  /** The only texts that the variable can be; none if it can be any. */
  choices: readonly string[];
  value: unknown;
  onChange: (value: unknown) => void;
}

function ValueEditor({ path, form, kind, choices, value, onChange }: ValueProps) {
  if (form === "none") return null;
  if (form === "weekdays") return <Weekdays value={value} onChange={onChange} />;
  if (form === "hours") return <Hours value={value} onChange={onChange} />;
  if (form === "duration") return <DurationEditor value={value} onChange={onChange} />;
  if (choices.length > 0 && form === "many") return <Checkboxes label="Values" choices={choices} chosen={textsOf(value)} onChange={onChange} />;
  if (choices.length > 0 && form === "one") return <OneOf choices={choices} value={value} onChange={onChange} />;
  if (form === "many") return <Several path={path} kind={kind} value={value} onChange={onChange} />;
  if (kind === "boolean") {
    return (
      <Select
        aria-label="Value"
        options={{ true: "yes", false: "no" }}
        value={value === false ? "false" : "true"}
        onChange={(chosen) => onChange(chosen === "true")}
      />
    );
  }
  if (kind === "money") return <Money value={value} onChange={onChange} />;
  if (form === "moment" || kind === "datetime") return <Moment value={value} onChange={onChange} />;
  return <One path={path} kind={kind} value={value} onChange={onChange} />;
}

type TypedProps = Pick<ValueProps, "path" | "kind" | "value" | "onChange">;

/** A value that is typed, with those of the location's records to choose from. */
function One({ path, kind, value, onChange }: TypedProps) {
  const listId = useId();
  const known = useKnownValues(path);
  return (
    <>
      <input
        className="input"
        aria-label="Value"
        list={listId}
        inputMode={kind === "number" ? "decimal" : undefined}
        value={typeof value === "string" || typeof value === "number" ? value : ""}
        onChange={(event) => onChange(readValue(event.target.value, kind))}
      />
      <datalist id={listId}>
        {known.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  );
}

/** So many values are offered by a button each; the others are typed. */
const MOST_OFFERED = 12;

/** Values that are typed, with commas between them; those of the location's records are added by a button. */
function Several({ path, kind, value, onChange }: TypedProps) {
  const known = useKnownValues(path);
  const items = textsOf(value);
  const stored = items.join(", ");
  const [typed, setTyped] = useState<string | null>(null);
  const take = (texts: readonly string[]) => {
    setTyped(null);
    onChange(texts.map((item) => readValue(item, kind)));
  };
  // A comma stands between values, so one with a comma inside cannot be typed here.
  const offered = known.filter((each) => !items.includes(each) && !each.includes(",")).slice(0, MOST_OFFERED);
  return (
    <div className="rule__several">
      <input
        className="input"
        aria-label="Values, separated by commas"
        placeholder="one, two, three"
        value={typed ?? stored}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={() => {
          if (typed !== null) take(typed.split(",").map((item) => item.trim()).filter(Boolean));
        }}
      />
      {offered.length > 0 && (
        <div className="rule__offered" role="group" aria-label="Known values">
          {offered.map((each) => (
            <Button key={each} size="small" icon={<Plus size={13} />} onPress={() => take([...items, each])}>
              {each}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

type PartProps = Pick<ValueProps, "value" | "onChange">;
type ChoiceProps = Pick<ValueProps, "choices" | "value" | "onChange">;

/** One of the few texts that a variable can be; another that is stored stays until one is chosen. */
function OneOf({ choices, value, onChange }: ChoiceProps) {
  const stored = typeof value === "string" ? value : "";
  const others = choices.includes(stored) ? [] : [[stored, stored || "Choose …"] as const];
  return (
    <Select
      aria-label="Value"
      options={[...others, ...choices.map((choice) => [choice, words(choice)] as const)]}
      value={stored}
      onChange={onChange}
    />
  );
}

/** A date and time, which the API too reads by the location's clock. */
function Moment({ value, onChange }: PartProps) {
  const { zone } = useCurrentLocation();
  const hintId = useId();
  const stored = typeof value === "string" ? value : "";
  return (
    <div className="rule__moment">
      <input
        className="input"
        aria-label="Value"
        aria-describedby={hintId}
        type="datetime-local"
        value={zone ? typedTime(stored, zone) : ""}
        onChange={(event) => onChange(event.target.value)}
      />
      <span id={hintId} className="muted small">
        {zone && `Time zone: ${zone}`}
      </span>
    </div>
  );
}

function Money({ value, onChange }: PartProps) {
  const money = moneyOf(value);
  return (
    <div className="rule__pair">
      <input
        className="input"
        aria-label="Amount"
        inputMode="decimal"
        value={money.amount}
        onChange={(event) => onChange({ ...money, amount: event.target.value })}
      />
      <input
        className="input"
        aria-label="Currency"
        maxLength={3}
        value={money.currency}
        onChange={(event) => onChange({ ...money, currency: event.target.value.toUpperCase() })}
      />
    </div>
  );
}

function Hours({ value, onChange }: PartProps) {
  const hours = hoursOf(value);
  return (
    <div className="rule__pair">
      <input
        className="input"
        type="time"
        aria-label="From"
        value={hours.start}
        onChange={(event) => onChange({ ...hours, start: event.target.value })}
      />
      <input
        className="input"
        type="time"
        aria-label="Until"
        value={hours.end}
        onChange={(event) => onChange({ ...hours, end: event.target.value })}
      />
    </div>
  );
}

/** An amount of time, such as 48 hours; days are calendar days. */
function DurationEditor({ value, onChange }: PartProps) {
  const duration = durationOf(value);
  return (
    <div className="rule__pair">
      <input
        className="input"
        type="number"
        min={0}
        aria-label="Amount of time"
        value={duration.value}
        onChange={(event) => onChange({ ...duration, value: Math.trunc(Number(event.target.value)) })}
      />
      <Select
        aria-label="Unit"
        options={UNITS.map((unit) => [unit, unitAfter(duration.value, unit)] as const)}
        value={duration.unit}
        onChange={(unit) => onChange({ ...duration, unit })}
      />
    </div>
  );
}

export function Weekdays({ value, onChange }: PartProps) {
  const chosen = new Set(textsOf(value));
  return (
    <div className="weekdays" role="group" aria-label="Days">
      {WEEKDAYS.map((day) => (
        <label key={day} className="weekdays__day">
          <input
            type="checkbox"
            className="visually-hidden"
            checked={chosen.has(day)}
            onChange={(event) =>
              onChange(
                WEEKDAYS.filter((each) => (each === day ? event.target.checked : chosen.has(each))),
              )
            }
          />
          <span title={day}>{day.slice(0, 2)}</span>
          <span className="visually-hidden">{day}</span>
        </label>
      ))}
    </div>
  );
}
