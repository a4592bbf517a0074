// The survey that customers are asked where nothing else is said.
import { NAMES, useSurveys } from "../../api/reads";
import { Missing } from "../../components/Missing";
import { Select } from "../../components/Select";
import { Setting, UNKNOWN, type FrameProps, type Handle } from "./Setting";

export function SurveySetting({ handle, ...frame }: FrameProps & { handle: Handle<"survey_id"> }) {
  const surveys = useSurveys(NAMES);
  const { value } = handle;
  const isUnknown = value && !surveys.data?.some(({ id }) => id === value);
  return (
    <Setting {...frame} label="Default survey" help="Sent when neither the step nor the activity names a survey">
      {(input) => (
          <>
        <Select
          {...input}
          disabled={frame.isReadOnly}
          options={[
            ...(frame.source === "unknown" ? [["?", UNKNOWN] as const] : []),
            ["", "No survey"],
            ...(isUnknown ? [[value, value] as const] : []),
            ...(surveys.data ?? []).map(({ id, name }) => [id, name] as const),
          ]}
          value={frame.source === "unknown" ? "?" : (value ?? "")}
          onChange={(id) => handle.set(id || null)}
        />
        <Missing of={surveys} what="The surveys to choose from" />
        </>
      )}
    </Setting>
  );
}
