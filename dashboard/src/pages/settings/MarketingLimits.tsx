// How many marketing messages a guest gets on a day, and the dates without any.
import { Plus, Trash2 } from "lucide-react";
import { Button, IconButton } from "../../components/Button";
import { asProblems, Field } from "../../components/Field";
import type { FieldProblem } from "../../core/fieldProblems";
import type { OwnSettings } from "../../core/settings";

type Name = "marketing_per_day" | "marketing_pauses";

interface MarketingLimitsProps {
  own: OwnSettings;
  isReadOnly: boolean;
  problemsAt: (name: Name) => readonly FieldProblem[];
  onChange: (part: Pick<OwnSettings, Name>) => void;
}

const DATES = [
  ["first", "From"],
  ["last", "Until and including"],
] as const;

export function MarketingLimits({ own, isReadOnly, problemsAt, onChange }: MarketingLimitsProps) {
  const pauses = own.marketing_pauses ?? [];
  const set = (next: typeof pauses) => onChange({ marketing_pauses: next });
  return (
    <>
      <Field
        label="Most messages for a guest and day"
        help="By the location’s calendar. A step counts once, even if it sends an e-mail and an SMS. Empty: any number"
        problems={asProblems(problemsAt("marketing_per_day"))}
      >
        {(input) => (
          <input
            {...input}
            className="input"
            type="number"
            min={1}
            max={100}
            readOnly={isReadOnly}
            value={own.marketing_per_day ?? ""}
            onChange={({ target }) => onChange({ marketing_per_day: target.value === "" ? null : target.valueAsNumber })}
          />
        )}
      </Field>
      <fieldset className="settings__pauses">
        <legend className="field__label">Dates without marketing</legend>
        {pauses.map((pause, place) => (
          <div key={place} className="settings__pair settings__pair--removable">
            {DATES.map(([part, label]) => (
              <Field key={part} label={label}>
                {(input) => (
                  <input
                    {...input}
                    className="input"
                    type="date"
                    readOnly={isReadOnly}
                    value={pause[part]}
                    onChange={({ target }) =>
                      set(pauses.map((each, at) => (at === place ? { ...each, [part]: target.value } : each)))
                    }
                  />
                )}
              </Field>
            ))}
            {!isReadOnly && (
              <IconButton
                label={`Remove the dates from ${pause.first}`}
                size="small"
                icon={<Trash2 size={15} />}
                onPress={() => set(pauses.filter((_, at) => at !== place))}
              />
            )}
          </div>
        ))}
        {problemsAt("marketing_pauses").map(({ text }) => (
          <p key={text} className="field__problem">
            {text}
          </p>
        ))}
        {pauses.length === 0 && <p className="field__help">None. Messages that fall into such dates are skipped, not sent later.</p>}
        {!isReadOnly && (
          <Button size="small" icon={<Plus size={14} />} onPress={() => set([...pauses, { first: "", last: "" }])}>
            Add dates
          </Button>
        )}
      </fieldset>
    </>
  );
}
