// Adds a location: what it is called, its clock, language and currency, and its first workflows.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Api } from "../../api/client";
import { ApiError, messageOf } from "../../api/problem";
import { FIXED } from "../../api/reads";
import { Button } from "../../components/Button";
import { asProblems, Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import { fieldProblemsAt, problemsOfSave } from "../../core/fieldProblems";
import { currencyName, idOf, newSettings, NO_LOCATION, type NewLocation } from "../../core/newLocation";
import { clockIn, sampleOf } from "../../core/settings";
import "./locations.css";

interface AddLocationProps {
  /** Gives the calls of a location. */
  apiOf: (locationId: string) => Api;
  onAdded: (locationId: string) => void;
}

type TextName = Exclude<keyof NewLocation, "hasQuietHours">;

export function AddLocation({ apiOf, onAdded }: AddLocationProps) {
  const { report, reportFailure } = useToasts();
  const [entered, setEntered] = useState(NO_LOCATION);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const id = entered.id || idOf(entered.name);
  const adding = useMutation({
    mutationFn: async () => {
      const api = apiOf(id);
      await api.PUT("", { body: newSettings(entered) });
      return firstWorkflows(api, [...chosen]);
    },
    onSuccess: (failures) => {
      report(`Added “${entered.name.trim()}”.`);
      failures.forEach(reportFailure);
      onAdded(id);
    },
  });
  const failure: unknown = adding.error;
  const problems = failure instanceof ApiError ? problemsOfSave(failure.problem.errors) : [];
  const isTaken = failure instanceof ApiError && failure.problem.status === 409;
  const isReady = entered.name.trim() !== "" && id !== "";

  const text = (name: TextName, label: string, help: string, more: InputMore = {}) => {
    const { value = entered[name], isRequired = false, list, field = name, ...input } = more;
    return (
      <Field
        label={label}
        help={help}
        isRequired={isRequired}
        isOptional={!isRequired}
        problems={asProblems(fieldProblemsAt(problems, field))}
      >
        {(given) => (
          <>
            <input
              {...given}
              {...input}
              className="input"
              {...(list ? { list: `${given.id}-list` } : {})}
              value={value}
              onChange={({ target }) => setEntered({ ...entered, [name]: target.value })}
            />
            {list && (
              <datalist id={`${given.id}-list`}>
                {list.map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            )}
          </>
        )}
      </Field>
    );
  };
  const clock = clockIn(entered.timezone, new Date());
  const sample = sampleOf(entered.locale, new Date(), entered.currency || undefined);
  return (
    <Page trail={["Dashboard"]} title="Add a location" about="A place of business with its own bookings, workflows and people.">
      <form
        className="card new-location"
        noValidate
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !adding.isPending) adding.mutate();
        }}
      >
        {text("name", "Name", "Guests see it as the sender of e-mails", { isRequired: true, maxLength: 200 })}
        {text("id", "Id", "What your booking system calls the location. It cannot be changed later", {
          isRequired: true,
          value: id,
          maxLength: 128,
          field: "location_id",
        })}
        <div className="new-location__pair">
          {text("timezone", "Time zone", clock ? `The local time is ${clock}` : "Such as Europe/Berlin", {
            isRequired: true,
            list: Intl.supportedValuesOf("timeZone"),
          })}
          {text("locale", "Language and region", sample ? `Example: ${sample}` : "Such as de-DE", { isRequired: true })}
        </div>
        <div className="new-location__pair">
          {text("country", "Country", "Two capital letters, such as DE: how phone numbers are read", { maxLength: 2 })}
          {text("currency", "Currency", currencyName(entered.currency) ?? "Three capital letters, such as EUR", {
            maxLength: 3,
            list: Intl.supportedValuesOf("currency"),
          })}
        </div>
        {text("email", "Reply-to address", "Guests’ replies to e-mails go there", { type: "email" })}
        <div className="field">
          <Switch
            isOn={entered.hasQuietHours}
            onChange={(hasQuietHours) => setEntered({ ...entered, hasQuietHours })}
          >
            Keep quiet hours
          </Switch>
          {entered.hasQuietHours && (
            <div className="new-location__pair">
              {text("quietFrom", "From", "Reminders wait from then on", { type: "time", isRequired: true })}
              {text("quietUntil", "Until", "Then they go out", { type: "time", isRequired: true })}
            </div>
          )}
        </div>
        {id !== "" && <Gallery api={apiOf(id)} chosen={chosen} onChange={setChosen} />}
        {failure !== null && (
          <Notice tone="bad">
            {isTaken ? "There is a location with this id already. Enter another id." : messageOf(failure)}
          </Notice>
        )}
        <div className="new-location__foot">
          <Button type="submit" look="primary" isPending={adding.isPending} isDisabled={!isReady}>
            Add the location
          </Button>
        </div>
      </form>
    </Page>
  );
}

interface InputMore {
  isRequired?: boolean;
  value?: string;
  type?: string;
  maxLength?: number;
  list?: readonly string[];
  /** What the API calls it, if otherwise. */
  field?: string;
}

interface GalleryProps {
  api: Api;
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}

/** The ready-made workflows to begin with: as drafts, so that nothing runs before somebody has looked. */
function Gallery({ api, chosen, onChange }: GalleryProps) {
  const gallery = useQuery({ ...FIXED, queryKey: ["gallery"], queryFn: () => body(api.GET("/gallery")) });
  return (
    <fieldset className="new-location__gallery">
      <legend>First workflows</legend>
      <p className="field__help">They are added as drafts. Nothing runs until you publish them.</p>
      {gallery.isError && <Notice tone="warn">The ready-made workflows could not be loaded. Add them later.</Notice>}
      {gallery.data?.items.map((entry) => (
        <label key={entry.key} className="new-location__choice">
          <input
            type="checkbox"
            checked={chosen.has(entry.key)}
            onChange={({ target }) => {
              const next = new Set(chosen);
              if (target.checked) next.add(entry.key);
              else next.delete(entry.key);
              onChange(next);
            }}
          />
          <span>
            {entry.name}
            <span className="muted small"> {entry.description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Adds the ready-made workflows one by one, and returns why some could not be added. */
async function firstWorkflows(api: Api, keys: readonly string[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const key of keys) {
    try {
      const workflow = await body(api.GET("/gallery/{key}", { params: { path: { key } } }));
      await api.POST("/workflows/import", { body: { workflow, templates: {}, surveys: {} } });
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
