// Chooses a template or a survey of the location by its name.
import { Missing } from "../../../components/Missing";
import { Select } from "../../../components/Select";
import type { InputProps } from "../../../components/Field";
import { NAMES, useSurveys, useTemplates, type Named } from "../../../api/reads";

interface PickerProps {
  kind: "template" | "survey";
  input: InputProps;
  value: string;
  isRequired: boolean;
  isReadOnly: boolean;
  onChange: (value: string) => void;
}

export function NamedPicker({ kind, ...rest }: PickerProps) {
  return kind === "template" ? <TemplatePicker {...rest} /> : <SurveyPicker {...rest} />;
}

type OneProps = Omit<PickerProps, "kind">;

function TemplatePicker(props: OneProps) {
  const list = useTemplates(NAMES);
  return (
    <>
      <Choice {...props} what="template" named={list.data} />
      <Missing of={list} what="The templates to choose from" />
    </>
  );
}

function SurveyPicker(props: OneProps) {
  const list = useSurveys(NAMES);
  return (
    <>
      <Choice {...props} what="survey" named={list.data} />
      <Missing of={list} what="The surveys to choose from" />
    </>
  );
}

/** What an empty choice means. */
const NONE = { template: "None", survey: "The activity's or the location's default" } as const;

interface ChoiceProps extends OneProps {
  what: keyof typeof NONE;
  named: readonly Named[] | undefined;
}

function Choice({ input, what, named, value, isRequired, isReadOnly, onChange }: ChoiceProps) {
  const isUnknown = value !== "" && !named?.some((each) => each.id === value);
  return (
    <Select
      {...input}
      disabled={isReadOnly}
      options={[
        ["", isRequired ? `Choose a ${what} …` : NONE[what]],
        ...(isUnknown ? [[value, named ? `${value} (not in this location)` : value] as const] : []),
        ...(named ?? [])
          .filter((each) => each.active || each.id === value)
          .map(({ id, name, active }) => [id, active ? name : `${name} (not active)`] as const),
      ]}
      value={value}
      onChange={onChange}
    />
  );
}
