// The survey that customers are asked where nothing else is said.
import { NAMES, useSurveys } from "../../api/reads";
import { Setting, UNKNOWN, type FrameProps, type Handle } from "./Setting";

export function SurveySetting({ handle, ...frame }: FrameProps & { handle: Handle<"survey_id"> }) {
  const surveys = useSurveys(NAMES);
  const { value } = handle;
  const isUnknown = value && !surveys.data?.some(({ id }) => id === value);
  return (
    <Setting {...frame} label="Default survey" help="Sent when neither the step nor the activity names a survey">
      {(input) => (
        <select
          {...input}
          className="input"
          disabled={frame.isReadOnly}
          value={frame.source === "unknown" ? "?" : (value ?? "")}
          onChange={({ target }) => handle.set(target.value || null)}
        >
          {frame.source === "unknown" && <option value="?">{UNKNOWN}</option>}
          <option value="">No survey</option>
          {isUnknown && <option value={value}>{value}</option>}
          {surveys.data?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Setting>
  );
}
