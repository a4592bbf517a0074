// The settings of the location as a form: each field is the operators' own or the booking system's.
import { basedOn, type Schema } from "../../api/client";
import { ApiError, messageOf } from "../../api/problem";
import { useSettings } from "../../api/reads";
import { Button } from "../../components/Button";
import { count } from "../../components/format";
import { asProblems, Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { StaleSave } from "../../components/StaleSave";
import { Failed, Loading } from "../../components/States";
import { Switch } from "../../components/Switch";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { fieldProblemsAt, problemsOfSave } from "../../core/fieldProblems";
import { words } from "../../core/words";
import {
  settingChanges,
  type LocationSettings,
  sourceOf,
  valueOf,
  withoutOwn,
  type OwnSettings,
  type SettingName,
} from "../../core/settings";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { useEdited, type Saved } from "../records/useEdited";
import { Admins } from "./Admins";
import { Language, TimeZone } from "./LanguageAndTime";
import { MarketingLimits } from "./MarketingLimits";
import { QuietHours } from "./QuietHours";
import { Section, Setting, TextSetting, type Handle, type TextName } from "./Setting";
import { SurveySetting } from "./SurveySetting";

const LEAST_BOOKING_DAYS = 30;
const MOST_DAYS = 3650;

export function GeneralSettings() {
  const settings = useSettings();
  if (settings.isError && !settings.data) {
    return <Failed error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  if (!settings.data) return <Loading what="the settings" />;
  return <SettingsForm loaded={settings.data} />;
}

type SettingsView = Schema<"SettingsView">;

function savedOf({ settings, revision }: SettingsView): Saved<OwnSettings> {
  return { value: settings, revision };
}

function SettingsForm({ loaded }: { loaded: SettingsView }) {
  const { may } = useCurrentLocation();
  const { report } = useToasts();
  const edited = useEdited<OwnSettings>("settings", savedOf(loaded));
  const own = edited.value;
  const saving = useApi().useMutation("put", "/settings", {
    onSuccess: (saved) => {
      edited.take(savedOf(saved));
      report("Saved the settings.");
    },
  });
  const failure: unknown = saving.error;
  const isReadOnly = !may("admin");
  const savedOwn = edited.stored;
  const changes = settingChanges(savedOwn, own);
  const isStale = failure instanceof ApiError && failure.isStale;
  const problems = failure instanceof ApiError ? problemsOfSave(failure.problem.errors) : [];

  const discard = () => {
    edited.discard();
    saving.reset();
  };
  const takeTheirs = () => {
    edited.take(savedOf(loaded));
    saving.reset();
  };

  // The contract's types call fields with a default required; the API does not.
  const save = (revision: number) => saving.mutate({ ...basedOn(undefined, revision), body: own as LocationSettings });

  const handle = <N extends SettingName>(name: N): Handle<N> => ({
    name,
    value: valueOf(name, own, savedOwn, loaded.location ?? {}),
    set: (value) => edited.replace((was) => ({ ...was, [name]: value })),
  });
  const frame = (name: SettingName) => ({
    source: sourceOf(name, own, savedOwn),
    isReadOnly,
    problems: fieldProblemsAt(problems, name),
    onReset: () => edited.replace((was) => withoutOwn(was, name)),
  });
  const text = (name: TextName) => ({ ...frame(name), handle: handle(name) });
  const tracking = handle("track_messages");
  const retention = handle("retention_days");
  const bookingRetention = handle("booking_retention_days");

  return (
    <form
      className="settings"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save(edited.revision);
      }}
    >
      {isReadOnly && <Notice>View only. An admin of the location can change the settings.</Notice>}

      <Section title="Sender" about="The name on messages to customers, and the address for their replies.">
        <TextSetting {...text("name")} label="Name" help="Shown as the sender of e-mails, and in templates" />
        <TextSetting
          {...text("email")}
          label="Reply-to address"
          type="email"
          help="Customers' replies go to this address. Leave it empty to accept no replies"
        />
        <TextSetting
          {...text("phone")}
          label="Reception phone"
          type="tel"
          help="With its country prefix, such as +49 30 1234567"
        />
        <TextSetting
          {...text("country")}
          label="Country"
          maxLength={2}
          help="Two capital letters, such as DE. Used to read phone numbers without a country prefix"
        />
      </Section>

      <Section title="Language and time" about="How dates and prices are written, and which time zone applies.">
        <TimeZone {...frame("timezone")} handle={handle("timezone")} />
        <Language {...frame("locale")} handle={handle("locale")} />
        <TextSetting {...text("currency")} label="Currency" maxLength={3} help="Three capital letters, such as EUR. Templates can name it" />
      </Section>

      <Section
        title="Quiet hours"
        about="Reminders wait until quiet hours end, but never past the booking's start. A delay has its own send window."
      >
        <QuietHours {...frame("quiet_hours")} handle={handle("quiet_hours")} />
      </Section>

      <Section
        title="Marketing"
        about="How much marketing guests get, surveys included. Confirmations, reminders and other messages always go out."
      >
        <MarketingLimits
          own={own}
          isReadOnly={isReadOnly}
          problemsAt={(name) => fieldProblemsAt(problems, name)}
          onChange={(part) => edited.change(part)}
        />
      </Section>

      <Section title="Address" about="What templates say about the location.">
        <TextSetting {...text("address")} label="Postal address" isLong />
        <TextSetting {...text("directions")} label="How to get there" isLong />
      </Section>

      <Section title="Admins" about="Who gets the messages that workflows send to “admin”.">
        <Admins {...frame("admins")} handle={handle("admins")} />
        <Field label="When executions fail" help="At most one e-mail an hour, with the workflows and how many failed, and no guest’s data">
          {() => (
            <Switch
              label="E-mail the admins when executions fail"
              isOn={own.failure_alerts ?? true}
              isDisabled={isReadOnly}
              onChange={(isOn) => edited.change({ failure_alerts: isOn })}
            >
              {(own.failure_alerts ?? true) ? "The admins get an e-mail" : "Nobody gets an e-mail"}
            </Switch>
          )}
        </Field>
      </Section>

      <Section title="Messages" about="What is recorded of sent messages, and where tests may go.">
        <Setting
          {...frame("track_messages")}
          label="Opened e-mails and used links"
          help="Recorded when on: e-mails then hold an invisible picture, and links lead over the mail service. In many countries guests have to agree to it first"
        >
          {() => (
            <Switch
              label="Record opened e-mails and used links"
              isOn={tracking.value ?? false}
              isDisabled={isReadOnly}
              onChange={tracking.set}
            >
              {tracking.value ? "Recorded" : "Not recorded"}
            </Switch>
          )}
        </Setting>
        <Field
          label="Numbers for test SMS"
          help="One on each line, with + and the country prefix. Tests of templates go to no other number"
          problems={asProblems(fieldProblemsAt(problems, "test_numbers"))}
        >
          {(input) => (
            <textarea
              {...input}
              className="input"
              rows={2}
              readOnly={isReadOnly}
              value={(own.test_numbers ?? []).join("\n")}
              onChange={({ target }) => edited.change({ test_numbers: target.value ? target.value.split("\n") : [] })}
            />
          )}
        </Field>
      </Section>

      <Section title="Surveys" about="What customers are asked after a visit.">
        <SurveySetting {...frame("survey_id")} handle={handle("survey_id")} />
      </Section>

      <Section title="Records" about="How long records are kept.">
        <Setting
          {...frame("retention_days")}
          label="Retention"
          help={`How long executions and the audit log are kept: 1 to ${MOST_DAYS.toLocaleString()} days. A shorter time applies to new records only.`}
        >
          {(input) => (
            <span className="settings__unit">
              <input
                {...input}
                className="input"
                type="number"
                min={1}
                max={MOST_DAYS}
                readOnly={isReadOnly}
                value={retention.value ?? ""}
                onChange={({ target }) => retention.set(target.valueAsNumber)}
              />
              days
            </span>
          )}
        </Setting>
        <Setting
          {...frame("booking_retention_days")}
          label="Bookings and guests"
          help={`How long bookings are kept after their end, with guests, notes, tasks and survey answers: ${LEAST_BOOKING_DAYS} to ${MOST_DAYS.toLocaleString()} days. A change applies to what is recorded from then on.`}
        >
          {(input) => (
            <span className="settings__unit">
              <input
                {...input}
                className="input"
                type="number"
                min={LEAST_BOOKING_DAYS}
                max={MOST_DAYS}
                readOnly={isReadOnly}
                value={bookingRetention.value ?? ""}
                onChange={({ target }) => bookingRetention.set(target.valueAsNumber)}
              />
              days
            </span>
          )}
        </Setting>
      </Section>

      {failure !== null && !isStale && <Notice tone="bad">{messageOf(failure)}</Notice>}
      {!isReadOnly && (
        <div className="settings__foot">
          <p className="muted small" role="status">
            {changes.length ? (
              `${count(changes.length, "change")} not saved yet`
            ) : loaded.updated_at ? (
              <Ago what="Saved" at={loaded.updated_at} isInline />
            ) : (
              "All values come from the booking system"
            )}
          </p>
          <Button isDisabled={changes.length === 0 || saving.isPending} onPress={discard}>
            Undo changes
          </Button>
          <Button type="submit" look="primary" isPending={saving.isPending} isDisabled={changes.length === 0}>
            Save settings
          </Button>
        </div>
      )}
      {isStale && (
        <StaleSave
          what="location’s settings"
          differing={loaded.revision === edited.revision ? null : settingChanges(loaded.settings, own).map(({ field }) => words(field))}
          isBusy={saving.isPending}
          onTakeTheirs={takeTheirs}
          onKeepMine={() => save(loaded.revision)}
        />
      )}
    </form>
  );
}
