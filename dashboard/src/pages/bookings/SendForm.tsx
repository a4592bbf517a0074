// Where an operator says which bookings are written to, and what they get.
import { Checkboxes } from "../../components/Checkboxes";
import { Field } from "../../components/Field";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { useWritten } from "../../components/Time";
import { messageOf } from "../../api/problem";
import { keyOf, severalTimes, startableOptions, type Choice, type Departure, type Startable, type Written } from "../../core/batches";
import { CHANNELS, isByEmail, type Channel } from "../../core/templates";

/** What the guests get: what a workflow does, or what is written here. */
export interface What {
  how: "workflow" | "write";
  workflowId: string;
  written: Written;
}

interface SendFormProps {
  id: string;
  /** Whether the booking is known already. */
  isForOne: boolean;
  choice: Choice;
  /** What leaves on the chosen day; null while there is none. */
  departures: { data?: { items: readonly Departure[] } | undefined; isFetching: boolean; error: unknown } | null;
  /** The statuses that bookings can have. */
  statuses: readonly string[];
  workflows: readonly Startable[];
  what: What;
  onChoice: (choice: Choice) => void;
  onWhat: (what: What) => void;
  onSubmit: () => void;
}

export function SendForm({ id, isForOne, choice, departures, statuses, workflows, what, onChoice, onWhat, onSubmit }: SendFormProps) {
  const timeOf = useWritten("minutes");
  const { written } = what;
  const write = (changes: Partial<Written>) => onWhat({ ...what, written: { ...written, ...changes } });
  return (
    <form
      id={id}
      className="form send"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {!isForOne && <Who {...{ choice, departures, statuses, onChoice }} />}
      <Segments
        label="What they get"
        options={[
          ["write", "Write a message"],
          ["workflow", "Start a workflow"],
        ]}
        value={what.how}
        onChange={(how) => onWhat({ ...what, how })}
      />
      {what.how === "workflow" ? (
        <Field
          label="Workflow"
          isRequired
          help={workflows.length ? "Its published version runs, whether it is on or off." : "No published workflow can be started by hand. Write a message, or publish a workflow with the trigger “Started by hand”."}
        >
          {(input) => (
            <Select
              {...input}
              options={[["", "Choose a workflow"], ...startableOptions(workflows, timeOf)]}
              value={what.workflowId}
              onChange={(workflowId) => onWhat({ ...what, workflowId })}
            />
          )}
        </Field>
      ) : (
        <>
          <Segments
            label="Sent as"
            options={Object.entries(CHANNELS) as [Channel, string][]}
            value={written.channel}
            onChange={(channel) => write({ channel })}
          />
          {isByEmail(written.channel) && (
            <Field label="Subject" isRequired>
              {(input) => (
                <input {...input} className="input" maxLength={200} value={written.subject} onChange={({ target }) => write({ subject: target.value })} />
              )}
            </Field>
          )}
          <Field label="Message" isRequired help="It goes out at once. It is kept as a template and a workflow of this name, to be used again.">
            {(input) => (
              <textarea {...input} className="input" rows={7} maxLength={20_000} value={written.text} onChange={({ target }) => write({ text: target.value })} />
            )}
          </Field>
        </>
      )}
    </form>
  );
}

function Who({ choice, departures, statuses, onChoice }: Pick<SendFormProps, "choice" | "departures" | "statuses" | "onChoice">) {
  const writeTime = useWritten("clock");
  const change = (changes: Partial<Choice>) => onChoice({ ...choice, ...changes });
  const listed = departures?.data?.items ?? [];
  const all = listed.reduce((sum, { bookings }) => sum + bookings, 0);
  return (
    <>
      <div className="send__when">
        <Field label="Day" isRequired>
          {(input) => (
            <input {...input} type="date" className="input" value={choice.day} onChange={({ target }) => change({ day: target.value, departure: "" })} />
          )}
        </Field>
        <Field label="Departure">
          {(input) => (
            <Select
              {...input}
              options={[
                ["", listed.length ? `All of this day · ${count(all, "booking")}` : "All of this day"],
                ...severalTimes(listed).map(({ key, name, bookings }) => [key, `All of ${name || "this activity"} · ${count(bookings, "booking")}`] as const),
                ...listed.map(
                  (each) =>
                    [
                      keyOf(each),
                      [writeTime(each.start_time), each.activity_name || "Unknown activity", count(each.bookings, "booking")].join(" · "),
                    ] as const,
                ),
              ]}
              value={choice.departure}
              onChange={(departure) => change({ departure })}
            />
          )}
        </Field>
      </div>
      {departures?.error != null && <Notice tone="bad">{messageOf(departures.error)}</Notice>}
      {departures?.data && listed.length === 0 && <Notice>No departures on this day.</Notice>}
      <details>
        <summary className="small">Status and party size</summary>
        <Checkboxes label="Statuses" choices={statuses} chosen={choice.statuses} onChange={(statuses) => change({ statuses })} />
        <div className="send__when">
          <Field label="At least" isOptional>
            {(input) => (
              <input {...input} type="number" min={0} className="input" value={choice.partyMin} onChange={({ target }) => change({ partyMin: target.value })} />
            )}
          </Field>
          <Field label="At most" isOptional>
            {(input) => (
              <input {...input} type="number" min={0} className="input" value={choice.partyMax} onChange={({ target }) => change({ partyMax: target.value })} />
            )}
          </Field>
        </div>
      </details>
    </>
  );
}
