// The hours of the night in which messages wait.
import { Field } from "../../components/Field";
import { count } from "../../components/format";
import { Switch } from "../../components/Switch";
import { hoursBetween } from "../../core/settings";
import { SourceNote, type FrameProps, type Handle } from "./Setting";

const DEFAULT_QUIET = { start: "21:00", end: "08:00" };

export function QuietHours({ handle, ...frame }: FrameProps & { handle: Handle<"quiet_hours"> }) {
  const { value } = handle;
  const set = (part: Partial<typeof DEFAULT_QUIET>) => handle.set({ ...DEFAULT_QUIET, ...value, ...part });
  return (
    <>
      <div className="field__label">
        <Switch isOn={Boolean(value)} isDisabled={frame.isReadOnly} onChange={(isOn) => handle.set(isOn ? DEFAULT_QUIET : null)}>
          Keep quiet hours
        </Switch>
        <SourceNote label="the quiet hours" {...frame} />
      </div>
      {value && (
        <div className="settings__pair">
          {(["start", "end"] as const).map((part) => (
            <Field key={part} label={part === "start" ? "From" : "Until"}>
              {(input) => (
                <input
                  {...input}
                  className="input"
                  type="time"
                  readOnly={frame.isReadOnly}
                  aria-invalid={frame.problems.length > 0}
                  value={value[part]}
                  onChange={({ target }) => set({ [part]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      {frame.problems.map(({ text }) => (
        <p key={text} className="field__problem">
          {text}
        </p>
      ))}
      <p className="field__help">
        {value
          ? `${count(hoursBetween(value.start, value.end), "hour")} a day, by the location's clock${value.end <= value.start ? ", across midnight" : ""}. Messages from these hours go out at ${value.end}.`
          : "Messages go out at any hour."}
      </p>
    </>
  );
}
