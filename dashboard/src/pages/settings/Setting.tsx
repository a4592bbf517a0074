// One setting on the page: whose value it shows, and how it is given back to the booking system.
import { Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../components/Button";
import { asProblems, Field, type InputProps } from "../../components/Field";
import type { FieldProblem } from "../../core/fieldProblems";
import type { LocationSettings, SettingName, sourceOf } from "../../core/settings";

/** What stands in a field whose value nobody here knows. */
export const UNKNOWN = "From the booking system";

/** One field of the form: where its value comes from, and how it changes. */
export interface Handle<N extends SettingName> {
  name: N;
  value: LocationSettings[N] | undefined;
  set: (value: LocationSettings[N]) => void;
}

export function Section({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <section className="card settings__section">
      <div className="settings__about">
        <h2>{title}</h2>
        <p className="muted small">{about}</p>
      </div>
      <div className="settings__fields">{children}</div>
    </section>
  );
}

export interface FrameProps {
  source: ReturnType<typeof sourceOf>;
  isReadOnly: boolean;
  problems: readonly FieldProblem[];
  onReset: () => void;
}

interface SettingProps extends FrameProps {
  label: string;
  help?: string;
  children: (input: InputProps) => ReactNode;
}

/** A field that says whose value it shows, and gives it back to the booking system. */
export function Setting({ label, help, source, isReadOnly, problems, onReset, children }: SettingProps) {
  return (
    <Field
      label={label}
      help={help}
      problems={asProblems(problems)}
      aside={<SourceNote label={label} source={source} isReadOnly={isReadOnly} onReset={onReset} />}
    >
      {children}
    </Field>
  );
}

type SourceNoteProps = Omit<FrameProps, "problems"> & { label: string };

export function SourceNote({ label, source, isReadOnly, onReset }: SourceNoteProps) {
  if (source !== "own") return <span className="settings__source">from the booking system</span>;
  if (isReadOnly) return <span className="settings__source">set here</span>;
  return (
    <span className="settings__source">
      set here
      <Button
        size="small"
        look="quiet"
        icon={<Undo2 size={13} />}
        aria-label={`Reset ${label} to the booking system's value`}
        onPress={onReset}
      >
        Reset
      </Button>
    </span>
  );
}

export type TextName = "name" | "email" | "phone" | "country" | "currency" | "address" | "directions";

const NONE_IF_EMPTY: ReadonlySet<TextName> = new Set(["email", "phone", "country", "currency"]);

interface TextSettingProps extends FrameProps {
  handle: Handle<TextName>;
  label: string;
  help?: string;
  type?: "text" | "email" | "tel";
  maxLength?: number;
  isLong?: boolean;
}

export function TextSetting({ handle, type = "text", maxLength, isLong, ...frame }: TextSettingProps) {
  const Input = isLong ? "textarea" : "input";
  return (
    <Setting {...frame}>
      {(input) => (
        <Input
          {...input}
          className="input"
          {...(isLong ? { rows: 3 } : { type })}
          maxLength={maxLength}
          readOnly={frame.isReadOnly}
          placeholder={frame.source === "unknown" ? UNKNOWN : undefined}
          value={handle.value ?? ""}
          onChange={({ target }: { target: { value: string } }) => {
            const isNone = target.value === "" && NONE_IF_EMPTY.has(handle.name);
            // Null says that there is none, whatever the booking system states.
            handle.set(isNone ? null : target.value);
          }}
        />
      )}
    </Setting>
  );
}
