// By which clock the location lives, and how it writes dates and prices.
import { listedLanguage } from "../../core/languages";
import { clockIn, sampleOf } from "../../core/settings";
import { Setting, UNKNOWN, type FrameProps, type Handle } from "./Setting";

const LANGUAGES = ["de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "it-IT", "nl-NL", "da-DK", "pl-PL", "pt-PT"];

export function TimeZone({ handle, ...frame }: FrameProps & { handle: Handle<"timezone"> }) {
  return (
    <Suggested
      {...frame}
      label="Time zone"
      help={clockHelp(handle.value)}
      suggestions={Intl.supportedValuesOf("timeZone")}
      value={handle.value}
      onChange={handle.set}
    />
  );
}

export function Language({ handle, ...frame }: FrameProps & { handle: Handle<"locale"> }) {
  return (
    <Suggested
      {...frame}
      label="Language and region"
      help={localeHelp(handle.value)}
      suggestions={LANGUAGES}
      nameOf={listedLanguage}
      value={handle.value}
      onChange={handle.set}
    />
  );
}

interface SuggestedProps extends FrameProps {
  label: string;
  help: string;
  suggestions: readonly string[];
  /** What people call a suggestion, where it is not its own name. */
  nameOf?: (suggestion: string) => string;
  value: string | undefined;
  onChange: (value: string) => void;
}

/** A setting that takes a name out of a long list. */
function Suggested({ label, help, suggestions, nameOf, value, onChange, ...frame }: SuggestedProps) {
  return (
    <Setting {...frame} label={label} help={help}>
      {(input) => (
        <>
          <input
            {...input}
            className="input"
            list={`${input.id}-list`}
            readOnly={frame.isReadOnly}
            placeholder={UNKNOWN}
            value={value ?? ""}
            onChange={({ target }) => onChange(target.value)}
          />
          <datalist id={`${input.id}-list`}>
            {suggestions.map((each) => (
              <option key={each} value={each} label={nameOf?.(each)} />
            ))}
          </datalist>
        </>
      )}
    </Setting>
  );
}

function clockHelp(timezone: string | undefined): string {
  const clock = timezone && clockIn(timezone, new Date());
  return clock ? `The local time is ${clock}` : "An IANA time zone, such as Europe/Berlin";
}

function localeHelp(locale: string | undefined): string {
  const sample = locale && sampleOf(locale, new Date());
  return `Used for customers without a language of their own. ${sample ? `Example: ${sample}` : "Such as de-DE"}`;
}
